"""Each resource takes what its unit needs for the work, by hand for H200 and RTX 4090."""

from typing import Any

import pytest

from ptxenergy.gpu import load
from ptxenergy.model.prediction import Chain, Placement
from ptxenergy.model.times import demand_of, overlapped
from tests.model import kernels
from tests.model.kernels import bound
from tests.model.works import work_with

CLOCK_MHZ = 1000.0
ONE_SM = Placement(1.0, 8.0, warps=8.0, turns=3.0, warps_per_block=8.0)
SPREAD = Placement(1 / 132, 8.0, warps=8.0, turns=1.0, warps_per_block=8.0)


def cycles(name: str, placement: Placement = ONE_SM, gpu: str = "h200", **work: Any) -> float:
    """Clock cycles of one resource for this work."""
    demand = demand_of(work_with(**work), Chain(), placement, load(gpu))
    return demand.times_s(CLOCK_MHZ).get(name, 0.0) * CLOCK_MHZ * 1e6


@pytest.mark.parametrize(
    ("name", "work", "expected"),
    [
        ("issue", {"pipe_warps": {"fp32": 1000, "move": 1000}}, 2000 / 4),
        ("fp32", {"pipe_warps": {"fp32": 1000}}, 1000 * 32 / 128),
        ("fp64", {"pipe_warps": {"fp64": 1000}}, 1000 * 32 / 64),
        ("integer", {"pipe_warps": {"int": 500, "logic": 300, "shift": 200}}, 1000 * 32 / 64),
        ("integer multiply", {"pipe_warps": {"int_mul": 500, "dp4a": 500}}, 1000 * 32 / 64),
        ("fp32 + integer", {"pipe_warps": {"fp32": 600, "int": 400}}, 1000 * 32 / 128),
        ("fp32 + integer", {"pipe_warps": {"fp32": 600}}, 0),
        ("conversion", {"pipe_warps": {"conversion": 10, "conversion64": 10}}, 10 * 0.5 + 10 * 2),
        ("vote", {"pipe_warps": {"vote": 10, "redux": 10}}, 10 * 0.5 + 10 * 2),
        ("load/store", {"pipe_warps": {"memory": 1000}}, 1000),
        ("tensor", {"tensor_macs": {"f16": 2048_000}}, 1000),
        ("tensor", {"mma_macs": {"f16": 2048_000}}, 1000 / 0.62),
        ("tensor", {"tensor_macs": {"s8": 4096_000}, "mma_macs": {"f64": 128_000}}, 2000),
        ("tensor operands", {"operand_bytes": 128_000}, 1000),
        ("shared memory", {"operand_bytes": 128_000, "shared_wavefronts": 500}, 1500),
        ("L1", {"l1_bytes": 128_000}, 1000),
        ("shared atomics", {"atomic_turns": {"shared": 1000}}, 3000),
    ],
)  # fmt: skip
def test_an_sm_takes_what_its_units_need(name: str, work: dict[str, Any], expected: float) -> None:
    assert cycles(name, **work) == pytest.approx(expected)
    assert cycles(name, placement=SPREAD, **work) == pytest.approx(expected / 132)


@pytest.mark.parametrize(
    ("name", "work", "expected"),
    [
        ("L2", {"l2_bytes": 4930_000}, 1000),
        ("atomics", {"atomic_turns": {"global": 1000}}, 1000),
        ("atomics", {"atomic_sectors": {"global": 4930 / 32 * 330}}, 1000),
        ("DRAM", {"dram_bytes": 4800e9 * 0.87 * 1e-6}, 1000),
    ],
)
def test_what_all_sms_share_does_not_depend_on_where_blocks_lie(
    name: str, work: dict[str, Any], expected: float
) -> None:
    assert cycles(name, **work) == pytest.approx(expected)
    assert cycles(name, placement=SPREAD, **work) == pytest.approx(expected)


def test_barriers_cost_each_warp_of_the_block_turn_after_turn() -> None:
    """Two barriers a warp, 25 cycles and one for each of 8 warps, three times."""
    assert cycles("barriers", barriers=16.0) == pytest.approx(2 * (25 + 8) * 3)


def test_integers_take_fp32_lanes_where_they_share_them() -> None:
    warps = {"fp32": 1000.0, "int": 500.0}
    assert cycles("fp32", gpu="rtx4090", pipe_warps=warps) == pytest.approx(1000 / 4)
    assert cycles("fp32 + integer", gpu="rtx4090", pipe_warps=warps) == pytest.approx(1500 / 4)


def test_barriers_wait_for_the_warps_of_their_block() -> None:
    """Eight warps against one: seven cycles more at each barrier, in the chain as well."""
    chains = [bound(kernels.BARRIERS, "h200", f"132x{n}", 1000) for n in (32, 256)]
    waits_s = [found.times_s["latency"] * found.clock_mhz * 1e6 for found in chains]
    assert waits_s[1] - waits_s[0] == pytest.approx(7 * 16_000, rel=0.01)


def test_work_and_waiting_hide_behind_each_other_as_far_as_they_do() -> None:
    assert overlapped(1.0, 0.0) == overlapped(0.0, 1.0) == 1.0
    assert overlapped(0.0, 0.0) == 0.0
    assert overlapped(1.0, 1.0) == pytest.approx(2 ** (1 / 3))
    assert overlapped(3e-9, 1e-9) == pytest.approx(3e-9 * (1 + 1 / 27) ** (1 / 3))


def test_beyond_l2_the_clock_of_the_core_does_not_matter() -> None:
    chain = Chain(level_cycles=(100.0, 300.0, 700.0), l2_share=1.0, dram_share=1.0)
    gpu = load("h200")
    demand = demand_of(work_with(), chain, SPREAD, gpu)
    at_boost, at_half = (
        demand.times_s(share * gpu.clock_boost_mhz)["latency"] for share in (1.0, 0.5)
    )
    assert at_boost == pytest.approx(700 / (gpu.clock_boost_mhz * 1e6))
    assert at_half == pytest.approx((300 * 2 + 400) / (gpu.clock_boost_mhz * 1e6))
