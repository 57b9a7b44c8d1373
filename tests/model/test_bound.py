"""The physical bound: monotone in work, within the power limit, and the sum of its parts."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.gpu import available, load
from ptxenergy.model.bound import dram_bytes, physical_bound
from ptxenergy.model.prediction import Placement
from ptxenergy.model.work import Work

PIPES = ("fp32", "fp64", "int", "int_mul", "logic", "sfu", "conversion", "memory", "control")
MAPPINGS = ("pipe_warps", "pipe_lanes", "tensor_macs", "atomic_lanes", "atomic_sectors")
amounts = st.floats(0, 1e13, allow_nan=False)


@st.composite
def works(draw: st.DrawFn) -> Work:
    warps = draw(st.dictionaries(st.sampled_from(PIPES), amounts))
    scalar = {f.name: draw(amounts) for f in fields(Work) if f.name not in MAPPINGS}
    return Work(
        pipe_warps=warps,
        pipe_lanes={pipe: 32 * count for pipe, count in warps.items()},
        tensor_macs=draw(st.dictionaries(st.sampled_from(("f16", "s8", "tf32")), amounts)),
        atomic_sectors=draw(st.dictionaries(st.sampled_from(("global", "shared")), amounts)),
        atomic_lanes=draw(st.dictionaries(st.sampled_from(("global", "shared")), amounts)),
        **scalar,
    )


placements = st.builds(
    Placement,
    busiest_share=st.floats(1 / 132, 1),
    resident_warps=st.floats(1, 64),
    warps=st.floats(1, 1e9),
)


def _with(work: Work, name: str, value: object) -> Work:
    return Work(**{**{f.name: getattr(work, f.name) for f in fields(Work)}, name: value})


@given(works(), placements, st.floats(1, 10), st.data())
def test_more_work_is_never_less_energy_or_time(
    work: Work, placement: Placement, factor: float, data: st.DataObject
) -> None:
    gpu = load(data.draw(st.sampled_from(available())))
    name = data.draw(st.sampled_from([f.name for f in fields(Work)]))
    value = getattr(work, name)
    grown = (
        {key: amount * factor for key, amount in value.items()}
        if isinstance(value, dict)
        else value * factor
    )
    more = physical_bound(_with(work, name, grown), placement, gpu)
    less = physical_bound(work, placement, gpu)
    assert more.energy_j >= less.energy_j * (1 - 1e-6)
    assert more.time_s >= less.time_s * (1 - 1e-6)


@given(works(), placements, st.sampled_from(available()))
def test_contributions_add_up_and_power_stays_within_the_limit(
    work: Work, placement: Placement, gpu_id: str
) -> None:
    gpu = load(gpu_id)
    bound = physical_bound(work, placement, gpu)
    assert sum(part.energy_j for part in bound.contributions) == pytest.approx(
        bound.energy_j, rel=1e-9
    )
    assert bound.energy_j == pytest.approx(bound.power_w * bound.time_s, rel=1e-9)
    assert bound.power_w <= gpu.power_limit_w * (1 + 1e-6) or bound.clock_mhz < 0.21 * (
        gpu.clock_boost_mhz
    )
    assert bound.time_s >= max(bound.times_s.values(), default=0)


def work_with(**amounts: object) -> Work:
    empty: dict[str, object] = {f.name: {} if f.name in MAPPINGS else 0.0 for f in fields(Work)}
    return Work(**{**empty, **amounts})  # type: ignore[arg-type]


def test_streaming_is_bound_by_dram_at_the_measured_bandwidth() -> None:
    gpu = load("h200")
    streamed = 8e9
    work = work_with(l1_bytes=streamed, l2_bytes=streamed, footprint_bytes=streamed)
    bound = physical_bound(work, Placement(1 / 132, 64, 1e6), gpu)
    assert max(bound.times_s, key=lambda name: bound.times_s[name]) == "DRAM"
    assert streamed / bound.times_s["DRAM"] == pytest.approx(
        gpu.dram_bytes_per_s * gpu.dram_efficiency
    )


def test_a_footprint_that_fits_in_l2_moves_nothing_from_dram_when_launches_repeat() -> None:
    gpu = load("h200")
    assert dram_bytes(work_with(footprint_bytes=0.4 * gpu.l2_bytes), gpu) == 0
    assert dram_bytes(work_with(footprint_bytes=4.0 * gpu.l2_bytes), gpu) == 4.0 * gpu.l2_bytes


def test_a_last_block_alone_on_an_sm_doubles_the_time() -> None:
    gpu = load("h200")
    blocks = gpu.sm_count

    def time_s(grid_blocks: int) -> float:
        work = work_with(
            pipe_warps={"fp32": 1e6 * grid_blocks}, pipe_lanes={"fp32": 32e6 * grid_blocks}
        )
        share = -(-grid_blocks // gpu.sm_count) / grid_blocks
        return physical_bound(work, Placement(share, 8, 8 * grid_blocks), gpu).time_s

    assert time_s(blocks + 1) > 1.9 * time_s(blocks)
