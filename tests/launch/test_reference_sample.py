"""Samples of large launches against whole evaluations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.launch.reference import EvaluationOptions, evaluate_sampled
from ptxenergy.launch.reference.strata import in_order, strata_of, stratum_of, weights_of
from ptxenergy.launch.request import Dim3, Pins
from tests.launch.reference_launches import launch_of, module_of, only, run, traffic
from tests.launch.test_reference_counts import REGISTERS, TRANSPOSE, VECTOR_ADD

EXTENTS = st.integers(1, 12)
GRIDS = st.builds(Dim3, EXTENTS, EXTENTS, EXTENTS)
SMALL = 8_000.0


@given(GRIDS, st.integers(1, 40))
def test_weights_stand_for_every_block(grid: Dim3, size: int) -> None:
    blocks = tuple(in_order(grid))[:size]
    assert len(set(blocks)) == len(blocks)
    assert all(0 <= block < grid.volume for block in blocks)
    assert sum(weights_of(grid, blocks)) == pytest.approx(grid.volume)


@given(GRIDS)
def test_every_stratum_is_sampled_first(grid: Dim3) -> None:
    strata = strata_of(grid)
    first = tuple(in_order(grid))[: len(strata) + 2]
    assert {stratum_of(grid, block) for block in first} == set(strata)


def test_a_small_launch_is_evaluated_whole() -> None:
    module = module_of(VECTOR_ADD, ".param .u64 a, .param .u64 b, .param .u32 n")
    kernel = module.kernels[0]
    launch = launch_of(kernel, 40, 64, {2: 2500})
    sampled = evaluate_sampled(module, kernel, launch, Pins())
    whole = run(module, launch, options=EvaluationOptions())
    assert sampled.exact.all
    assert sampled.flags == ()
    assert sampled.by_opcode() == whole.by_opcode()
    assert sampled.traffic() == whole.traffic()
    assert sampled.footprint == whole.footprint


def test_a_ragged_end_is_counted_rightly_from_a_sample() -> None:
    module = module_of(VECTOR_ADD, ".param .u64 a, .param .u64 b, .param .u32 n")
    kernel = module.kernels[0]
    elements = 256 * 99_999 + 7
    launch = launch_of(kernel, 100_000, 256, {2: elements})
    profile = evaluate_sampled(module, kernel, launch, Pins(), SMALL)
    assert "sampled" in profile.flags
    assert not profile.exact.control
    assert profile.blocks_evaluated < 1000
    load = only(profile, "ld.global.f32")
    assert load.thread == elements
    assert load.warp == 99_999 * 8 + 1
    assert traffic(profile, "global", "load").sectors == 99_999 * 32 + 1
    assert profile.footprint.any.block == 2 * (99_999 * 32 + 1)
    assert profile.footprint.any.launch == pytest.approx(2 * elements / 8, rel=0.01)


MATRIX_ROWS = f"""{REGISTERS}
ld.param.u64 %rd1, [a];
mov.u32 %r1, %ctaid.x;
mov.u32 %r2, %tid.x;
mov.u32 %r3, 0;
LOOP:
mad.lo.u32 %r4, %r3, 64, %r2;
mul.wide.u32 %rd3, %r4, 4;
add.s64 %rd3, %rd3, %rd1;
ld.global.f32 %f1, [%rd3];
add.u32 %r3, %r3, 1;
setp.lt.u32 %p1, %r3, 20;
@%p1 bra LOOP;
ret;
"""


def test_what_all_blocks_share_is_counted_once_in_the_footprint() -> None:
    module = module_of(MATRIX_ROWS, ".param .u64 a")
    kernel = module.kernels[0]
    launch = launch_of(kernel, 5000, 64)
    profile = evaluate_sampled(module, kernel, launch, Pins(), SMALL)
    assert "sampled" in profile.flags
    assert profile.footprint.any.launch == 20 * 64 * 4 / 32
    assert profile.footprint.any.block == pytest.approx(5000 * 160)


def test_a_kernel_that_does_not_end_is_bounded() -> None:
    text = f"{REGISTERS}\nmov.u32 %r1, 0;\nLOOP:\nadd.u32 %r1, %r1, 1;\nbra LOOP;\nret;"
    module = module_of(text)
    kernel = module.kernels[0]
    profile = evaluate_sampled(module, kernel, launch_of(kernel, 100, 64), Pins(), SMALL)
    assert {"sampled", "truncated"} <= set(profile.flags)
    assert not profile.exact.control
    assert "no block ended" in profile.assumptions[-1].message
    assert profile.blocks_evaluated < 100
    assert only(profile, "mov.u32").warp == 200


LONG_LOOPS = f"""{REGISTERS}
ld.param.u64 %rd1, [a];
ld.param.u32 %r10, [n];
mov.u32 %r2, %tid.x;
mov.u32 %r3, 0;
OUTER:
mov.u32 %r5, 64;
INNER:
add.u32 %r4, %r3, %r5;
shl.b32 %r6, %r4, 6;
add.u32 %r6, %r6, %r2;
mul.wide.u32 %rd3, %r6, 4;
add.s64 %rd3, %rd3, %rd1;
ld.global.f32 %f1, [%rd3];
sub.s32 %r5, %r5, 1;
setp.ne.s32 %p1, %r5, 0;
@%p1 bra INNER;
add.u32 %r3, %r3, 64;
setp.lt.u32 %p2, %r3, %r10;
@%p2 bra OUTER;
ret;
"""


@pytest.mark.parametrize("work", [50_000.0, 55_555.0, 60_000.0, 61_000.0, 62_000.0])
def test_a_loop_that_is_cut_short_is_extrapolated(work: float) -> None:
    module = module_of(LONG_LOOPS, ".param .u64 a, .param .u32 n")
    kernel = module.kernels[0]
    launch = launch_of(kernel, 10, 64, {1: 64 * 500})
    profile = evaluate_sampled(module, kernel, launch, Pins(), work)
    assert {"sampled", "truncated"} <= set(profile.flags)
    load = only(profile, "ld.global.f32")
    assert load.warp == pytest.approx(10 * 2 * 64 * 500, rel=0.1)
    outer = [i for i in profile.instructions if i.opcode.text == "setp.lt.u32"]
    assert outer[0].warp == pytest.approx(10 * 2 * 500, rel=0.15)
    assert profile.footprint.any.launch == pytest.approx(64 * 500 * 8, rel=0.15)
    line = profile.instructions[-2].instruction.location.line
    assert f"the loop at line {line} is extrapolated" in profile.assumptions[-1].message


def test_a_sample_repeats_itself() -> None:
    module = module_of(TRANSPOSE, ".param .u64 a, .param .u64 b")
    kernel = module.kernels[0]
    launch = launch_of(kernel, (100, 90), (32, 8))
    first = evaluate_sampled(module, kernel, launch, Pins(), SMALL)
    assert "sampled" in first.flags
    assert first == evaluate_sampled(module, kernel, launch, Pins(), SMALL)
