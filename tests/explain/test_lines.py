"""Energy by instruction and by source line: every event at its own line, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptxenergy.explain import explain_text
from ptxenergy.explain.explanation import CONSTANT, Explanation, LineCost, Place
from ptxenergy.gpu import load
from ptxenergy.model.board import Board
from ptxenergy.model.energies import ENERGY_NAMES
from ptxenergy.pipeline import Options
from tests.explain.explained import (
    NUMBA_REQUEST,
    PTX,
    STRIDED,
    STRIDED_CU,
    STRIDED_REQUEST,
    corpus_explained,
    explained,
    strided,
)

TIGHT = 1e-9
CORPUS = (
    "triton-3.9.0/cc_80/tl_softmax.ptx",
    "triton-3.9.0/cc_90/tl_matmul.ptx",
    "nvcc-13.0/sm_90/gemm_tiled.lineinfo.ptx",
    "nvcc-13.5/sm_90/sorting.lineinfo.ptx",
    "nvcc-13.0/sm_90/dot.debug.ptx",
    "nvcc-13.0/sm_80/softmax.lineinfo.ptx",
)


def line(explanation: Explanation, number: int, file: str = STRIDED_CU) -> LineCost:
    return next(one for one in explanation.lines if one.place == Place(file, number))


def assert_adds_up(explanation: Explanation) -> None:
    total = explanation.prediction.energy_j.value
    for parts in (
        [part.energy_j for part in explanation.contributions],
        [one.parts.energy_j for one in explanation.lines],
        [one.parts.energy_j for one in explanation.instructions],
    ):
        assert sum(parts) == pytest.approx(total, rel=TIGHT, abs=0)
    for part in explanation.contributions:
        by_line = [one.parts.by_name_j.get(part.name, 0.0) for one in explanation.lines]
        assert sum(by_line) == pytest.approx(part.energy_j, rel=TIGHT, abs=0), part.name


@pytest.mark.parametrize("name", CORPUS)
def test_lines_and_contributions_add_up_to_the_total(name: str) -> None:
    found = corpus_explained(name)
    assert_adds_up(found)
    assert {name for one in found.lines for name in one.parts.by_name_j} <= {*ENERGY_NAMES}
    assert sum(one.place is not None for one in found.lines) > 3


@pytest.mark.parametrize("cache_state", ["warm", "cold"])
@pytest.mark.parametrize("at_call", [False, True])
def test_they_add_up_whatever_the_cache_and_the_grouping(cache_state: str, at_call: bool) -> None:
    assert_adds_up(strided(cache_state, at_call))


@pytest.mark.parametrize("cache_state", ["warm", "cold"])
def test_the_strided_load_burns_what_it_moves(cache_state: str) -> None:
    """Smearing by instructions or by bytes asked for would give both lines the same."""
    found = strided(cache_state)
    side, apart = line(found, 12), line(found, 13)
    assert apart.parts.memory_j >= 4 * side.parts.memory_j > 0
    assert apart.parts.memory_j == pytest.approx(8 * side.parts.memory_j, rel=1e-6)


@pytest.mark.parametrize("cache_state", ["warm", "cold"])
def test_a_table_that_the_cache_keeps_burns_nothing_beyond_it(cache_state: str) -> None:
    """It asks for eight times the sectors of the stream, and memory gives it next to none."""
    found = explained(PTX / "table.ptx", STRIDED_REQUEST, cache_state)
    assert_adds_up(found)
    file = "tests/explain/ptx/table.cu"
    table, stream = (line(found, at, file).parts.by_name_j for at in (7, 8))
    assert table["L1"] == pytest.approx(8 * stream["L1"], rel=TIGHT)
    assert table["L2"] < 2 * stream["L2"]
    if cache_state == "cold":
        assert table["DRAM"] < 0.01 * stream["DRAM"]


def test_the_same_kernel_by_numba() -> None:
    found = explained(PTX / "strided_numba.ptx", NUMBA_REQUEST)
    assert_adds_up(found)
    side, apart = (line(found, at, f"{STRIDED_CU[:-3]}_numba.py") for at in (16, 17))
    assert apart.parts.memory_j >= 4 * side.parts.memory_j > 0
    # Its last instruction is on line 0, which is no line.
    assert found.lines[-1].place is None


def test_a_store_pays_for_the_sectors_that_it_makes_memory_read() -> None:
    found = strided("cold")
    store = line(found, 14)
    assert store.parts.by_name_j["DRAM"] > 0
    assert "DRAM" not in line(found, 10).parts.by_name_j


@pytest.mark.parametrize("gpu_id", ["v100", "a100", "rtx4090"])
def test_they_add_up_on_any_gpu_however_it_is_run(gpu_id: str) -> None:
    board = Board(power_limit_w=load(gpu_id).constant_power_w + 40, cache="cold")
    options = Options(gpu=gpu_id, request=STRIDED_REQUEST, board=board)
    (found,) = explain_text(STRIDED.read_bytes(), "k.ptx", options).results
    assert found.prediction.bound.is_power_limited
    assert_adds_up(found)
    assert line(found, 13).parts.memory_j >= 4 * line(found, 12).parts.memory_j


@pytest.mark.parametrize("clock_mhz", [None, 900.0])
def test_each_event_has_the_price_of_the_bound(clock_mhz: float | None) -> None:
    """What is exact by instruction is event × cost there, not a share of a sum."""
    options = Options(request=STRIDED_REQUEST, board=Board(clock_mhz))
    (found,) = explain_text(STRIDED.read_bytes(), "k.ptx", options).results
    gpu = load(found.prediction.inspection.gpu)
    volts = gpu.voltage(found.prediction.bound.clock_mhz) ** 2
    for cost in found.instructions:
        item, parts = cost.profile, cost.parts.by_name_j
        issue_j = item.warp * item.opcode.expansion * gpu.energy_pj["warp_instruction"] * 1e-12
        assert parts.get("instruction issue", 0.0) == pytest.approx(issue_j * volts, rel=TIGHT)
        sectors = sum(traffic.sectors for traffic in item.traffic.values())
        l1_j = 32 * sectors * gpu.energy_pj["l1_byte"] * 1e-12
        assert parts.get("L1", 0.0) == pytest.approx(l1_j * volts, rel=TIGHT)


def test_constant_power_goes_by_instructions_issued_and_stays_apart() -> None:
    found = strided()
    issued = sum(one.profile.warp * one.profile.opcode.expansion for one in found.instructions)
    static = next(part.energy_j for part in found.contributions if part.name == CONSTANT)
    for one in found.lines:
        own = sum(i.profile.warp * i.profile.opcode.expansion for i in one.instructions)
        assert one.parts.constant_j == pytest.approx(static * own / issued, rel=TIGHT)
        parts = one.parts
        whole = parts.memory_j + parts.compute_j + parts.constant_j
        assert whole == pytest.approx(parts.energy_j, rel=TIGHT)


def test_inlined_code_counts_where_it_stands_or_where_it_was_called() -> None:
    found, called = strided(), strided(at_call=True)
    assert line(found, 5).callers == (Place(STRIDED_CU, 14),)
    both = line(found, 5).parts.energy_j + line(found, 14).parts.energy_j
    assert line(called, 14).parts.energy_j == pytest.approx(both, rel=TIGHT)
    assert Place(STRIDED_CU, 5) not in {one.place for one in called.lines}


def test_a_file_without_lines_has_one_line_that_is_none(tmp_path: Path) -> None:
    bare = tmp_path / "bare.ptx"
    kept = [line for line in STRIDED.read_text().splitlines() if ".loc" not in line]
    bare.write_text("\n".join(kept) + "\n")
    found = explained(bare, STRIDED_REQUEST)
    assert [one.place for one in found.lines] == [None]
    assert_adds_up(found)
