"""Pins say what the data does: held against the reference interpreter on the kernels' real data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import InstructionProfile
from ptxenergy.launch.request import Pins, Trips
from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.kernel import Data
from ptxenergy.measure.planning.facts import FactFinder
from ptxenergy.ptx import parse_text
from tests.measure.dataset import entries
from tests.measure.kernel_oracle import outcome

ENTRIES = tuple(
    entry for entry in entries() if not entry.kernel.is_generated and "// pin:" in entry.source
)


def way_down(text: list[str], counts: dict[int, InstructionProfile], line: int) -> float | None:
    """Share of the lanes at a branch that go on below it; None where others come there too."""
    for below in range(line + 1, len(text) + 1):
        if text[below - 1].lstrip().startswith("$"):
            return None
        if below in counts:
            return counts[below].active / counts[line].active if counts[line].active else None
    return None


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.kernel.name for entry in ENTRIES])
def test_branches_and_loops_go_as_the_pins_say(entry: Entry) -> None:
    pins = FactFinder(entry).pins(entry.kernel.check_size, Data())
    decided = [pin for pin in pins if pin["kind"] in ("branch", "trip")]
    text = read_ptx(entry.ptx).decode().splitlines()
    found = outcome(entry, entry.kernel.blocks[0]).profile
    counts = {p.instruction.location.line: p for p in found.instructions}
    for pin in decided:
        down = way_down(text, counts, int(pin["line"]))
        if down is None:
            continue
        if pin["kind"] == "branch":
            assert float(pin["value"]) == pytest.approx(1 - down, abs=0.08), pin
        else:
            assert float(pin["value"]) == pytest.approx(1 / np.float64(down), rel=0.1), pin


def pieces(found: InstructionProfile) -> float:
    """Sectors of a request, or passes where it is to shared memory."""
    traffic = found.traffic.items()
    whole = sum(t.wavefronts if space == "shared" else t.sectors for (space, _), t in traffic)
    return whole / found.warp


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.kernel.name for entry in ENTRIES])
def test_accesses_are_about_as_wide_as_the_pins_say(entry: Entry) -> None:
    """About: at these tiny sizes many warps are at an edge, which pins of real sizes leave out."""
    pins = FactFinder(entry).pins(entry.kernel.check_size, Data())
    found = outcome(entry, entry.kernel.blocks[0]).profile
    counts = {p.instruction.location.line: p for p in found.instructions}
    for pin in pins:
        at = counts[int(pin["line"])]
        if pin["kind"] == "access" and at.warp:
            assert 1 / 1.7 < float(pin["value"]) / pieces(at) < 1.7, pin


def request_pins(found: tuple[Mapping[str, float | int | str], ...], *, of_warps: bool) -> Pins:
    pins: dict[str, dict[int, Any]] = {"branch": {}, "trip": {}, "access": {}}
    for pin in found:
        value = pin["value"]
        if of_warps and "warp" in pin:
            value = Trips(float(value), float(pin["warp"]))  # type: ignore[assignment]
        pins[str(pin["kind"])][int(pin["line"])] = value
    return Pins(pins["trip"], pins["branch"], pins["access"])


@pytest.mark.parametrize(
    "name",
    [
        *("bfs_pull", "bfs_push", "hash_join", "mandelbrot_escape", "search_naive"),
        *("spmv_csr_scalar", "triangles_merge"),
    ],
)
def test_warps_wait_for_their_lane_with_most_trips(name: str) -> None:
    """With both means, as many warp instructions as on the data; with that of lanes, fewer."""
    (entry,) = (entry for entry in ENTRIES if entry.kernel.name == name)
    profile = outcome(entry, entry.kernel.blocks[0]).profile
    real = sum(item.warp for item in profile.instructions)
    module = parse_text(read_ptx(entry.ptx), entry.ptx.name)
    kernel = module.functions[entry.kernel.entry]
    pins = FactFinder(entry).pins(entry.kernel.check_size, Data())
    of_lanes, of_warps = (
        sum(
            item.warp
            for item in evaluate_closed(
                module, kernel, profile.launch, request_pins(pins, of_warps=chosen)
            ).instructions
        )
        for chosen in (False, True)
    )
    assert of_warps == pytest.approx(real, rel=0.1)
    assert of_lanes < 0.85 * real
