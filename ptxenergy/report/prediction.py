"""What `predict` shows a person: the answer first, then why, then what had to be assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.launch.counts import Counts, count
from ptxenergy.model.prediction import Bound, Contribution, Prediction, Quantity
from ptxenergy.report.blocks import (
    assumptions,
    bar,
    grid,
    heading,
    indented,
    joined,
    remarks,
    section,
    skipped,
    traffic_row,
)
from ptxenergy.report.units import percent, ratio, si, whole
from ptxenergy.report.words import chain, exactness, placement, registers, residency

if TYPE_CHECKING:
    from ptxenergy.pipeline import Predictions

_BAR_COLUMNS = 28
_SHOWN_CATEGORIES = 4
_SHOWN_TIMES = 6
_LEAST_SHARE = 0.02


def show_predictions(predictions: Predictions, *, ascii_only: bool = False) -> RenderableType:
    """All predictions of a file: one in full, several in a compact section each."""
    results = predictions.results
    if len(results) == 1:
        return joined(
            show_prediction(results[0], ascii_only=ascii_only), skipped(predictions.skipped)
        )
    parts = [part for result in results for part in (show_briefly(result), "")]
    sources = dict.fromkeys(map(basis, results))
    return joined(*parts, *(Text(*source) for source in sources), skipped(predictions.skipped))


def show_prediction(prediction: Prediction, *, ascii_only: bool = False) -> RenderableType:
    """One prediction. `ascii_only`: draw bars for a terminal without block characters."""
    inspection = prediction.inspection
    return joined(
        heading(inspection, run_of(prediction)),
        "",
        indented(answer(prediction)),
        indented(Text(*basis(prediction))),
        section("Where the energy goes", contributions(prediction.contributions, ascii_only)),
        section("How long each resource would take alone", times(prediction.bound, ascii_only)),
        section("What the launch executes", _counts(prediction)),
        assumptions(inspection),
        remarks(inspection, prediction.flags),
    )


def show_briefly(prediction: Prediction) -> RenderableType:
    """One prediction among several: the problem, the answer, and what had to be assumed."""
    inspection = prediction.inspection
    parts = sorted(prediction.contributions, key=lambda part: -part.energy_j)
    total = sum(part.energy_j for part in parts)
    largest = [
        f"{p.name} {percent(p.energy_j / total)}" for p in parts[:_SHOWN_CATEGORIES] if total
    ]
    why = grid("left", "left")
    why.add_row("energy in", ", ".join(largest))
    why.add_row("time in", _largest_times(prediction.bound))
    why.add_row("instructions", _mix(count(inspection.profile)))
    why.add_row("occupancy", residency(inspection))
    return joined(
        heading(inspection, run_of(prediction)),
        indented(answer(prediction)),
        indented(why),
        assumptions(inspection),
        remarks(inspection, prediction.flags),
    )


def run_of(prediction: Prediction) -> str:
    """The GPU and how it is run."""
    conditions = prediction.conditions
    return (
        f"{prediction.inspection.gpu}, {conditions.clock_mhz:.0f} MHz, "
        f"{conditions.power_limit_w:.0f} W limit, {conditions.cache} cache, {conditions.data} data"
    )


def answer(prediction: Prediction) -> RenderableType:
    """Energy, time and power with their intervals, then energy per block and per thread."""
    launch = prediction.inspection.profile.launch
    blocks = launch.grid.volume
    energy_j = prediction.energy_j.value
    table = grid("left", "right", "left")
    for name, quantity, unit in (
        ("energy", prediction.energy_j, "J"),
        ("time", prediction.time_s, "s"),
        ("power", prediction.power_w, "W"),
    ):
        value = Text(si(quantity.value, unit), style="bold")
        table.add_row(name, value, _interval(quantity, unit))
    shares = (
        f"{si(energy_j / blocks, 'J')} per block, "
        f"{si(energy_j / (blocks * launch.block.volume), 'J')} per thread"
    )
    return joined(table, Text(shares))


def _interval(quantity: Quantity, unit: str) -> Text:
    low, high = si(quantity.low, unit), si(quantity.high, unit)
    return Text(f"{low} to {high} ({percent(quantity.level)} interval)", style="dim")


def basis(prediction: Prediction) -> tuple[str, str]:
    """What stands behind the numbers, and the style to say it in."""
    if prediction.calibrated:
        return f"Corrected by measurements of other kernels: model {prediction.model_id}.", "dim"
    if prediction.model_id is not None:
        text = (
            f"Not calibrated: model {prediction.model_id} cannot be believed here, the notes say "
            "why. The interval is at least as wide as the bound's."
        )
        return text, "yellow"
    text = (
        f"Not calibrated: nothing was measured on {prediction.inspection.gpu} yet. This is a "
        "physical bound; the interval is a judgement."
    )
    return text, "yellow"


def contributions(parts: tuple[Contribution, ...], ascii_only: bool) -> Table:
    """Each part of the energy with its share, largest first."""
    total = sum(part.energy_j for part in parts)
    table = grid("left", "right", "right", "left")
    for part in sorted(parts, key=lambda part: -part.energy_j):
        if part.energy_j <= 0:
            continue
        share = part.energy_j / total
        drawn = Text(bar(share, _BAR_COLUMNS, ascii_only=ascii_only), style="green")
        table.add_row(part.name, si(part.energy_j, "J"), percent(share), drawn)
    return table


def times(bound: Bound, ascii_only: bool) -> RenderableType:
    """What each resource would take if it were the only cost, then how the launch lies on SMs."""
    table = grid("left", "right", "right", "left")
    for name, time_s in _longest(bound):
        share = time_s / bound.time_s
        drawn = Text(bar(share, _BAR_COLUMNS, ascii_only=ascii_only), style="green")
        table.add_row(name, si(time_s, "s"), percent(share), drawn)
    return joined(table, Text(chain(bound)), Text(placement(bound)))


def _longest(bound: Bound) -> list[tuple[str, float]]:
    """The resources that take longest, each above a fiftieth of the time."""
    found = sorted(bound.times_s.items(), key=lambda item: -item[1])
    return [item for item in found if item[1] >= _LEAST_SHARE * bound.time_s][:_SHOWN_TIMES]


def _largest_times(bound: Bound) -> str:
    return ", ".join(
        f"{name} {percent(time_s / bound.time_s)}"
        for name, time_s in _longest(bound)[:_SHOWN_CATEGORIES]
    )


def _counts(prediction: Prediction) -> Table:
    inspection = prediction.inspection
    counts = count(inspection.profile)
    table = grid("left", "left")
    total = counts.warp_instructions["total"]
    table.add_row("warp instructions", f"{whole(total)}: {_mix(counts)}")
    table.add_row("exact", exactness(inspection))
    table.add_row("active lanes", f"{counts.mean_active_lanes:.3g} of 32 on average")
    for space, by_direction in counts.memory.items():
        for direction, traffic in by_direction.items():
            if traffic.requests:
                name, *numbers = traffic_row(space, direction, traffic)
                table.add_row(name, ", ".join(numbers))
    memory = inspection.memory
    moved = {"L1": memory.l1_bytes, "L2": memory.l2_bytes, "DRAM": memory.dram_bytes}
    if any(moved.values()):
        table.add_row("moved", ", ".join(f"{level} {si(n, 'B')}" for level, n in moved.items()))
        table.add_row("footprint", f"{si(memory.footprint_bytes, 'B')} of global memory")
    for kind, macs in counts.tensor_macs.items():
        if macs:
            table.add_row(f"tensor {kind}", si(macs, "MAC"))
    if counts.barriers:
        table.add_row("barriers", whole(counts.barriers))
    table.add_row("occupancy", residency(inspection))
    table.add_row("waves", ratio(inspection.waves, 1))
    table.add_row("registers", registers(inspection))
    return table


def _mix(counts: Counts) -> str:
    """The largest categories of warp instructions as shares."""
    total = counts.warp_instructions["total"]
    if not total:
        return "none"
    categories = [
        (n, name) for name, n in counts.warp_instructions.items() if name != "total" and n
    ]
    largest = sorted(categories, reverse=True)[:_SHOWN_CATEGORIES]
    return ", ".join(f"{name} {percent(n / total)}" for n, name in largest)
