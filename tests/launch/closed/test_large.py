"""Launches too large to run block by block, and whole grids of a thousand blocks and more."""

from __future__ import annotations

import time

import pytest

from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Pins
from tests.launch.reference_launches import launch_of, module_of, traffic
from tests.launch.test_reference_oracle import corpus
from tests.pace import allowed

TRANSPOSE = """.reg .pred %p<4>;
.reg .b32 %r<20>;
.reg .b64 %rd<20>;
ld.param.u64 %rd1, [out];
ld.param.u64 %rd2, [in];
ld.param.u32 %r1, [width];
ld.param.u32 %r2, [height];
mov.u32 %r3, %ctaid.x;
mov.u32 %r4, %ntid.x;
mov.u32 %r5, %tid.x;
mad.lo.s32 %r6, %r3, %r4, %r5;
mov.u32 %r7, %ctaid.y;
mov.u32 %r8, %ntid.y;
mov.u32 %r9, %tid.y;
mad.lo.s32 %r10, %r7, %r8, %r9;
setp.ge.s32 %p1, %r6, %r1;
setp.ge.s32 %p2, %r10, %r2;
or.pred %p3, %p1, %p2;
@%p3 bra END;
mad.lo.s32 %r11, %r10, %r1, %r6;
mul.wide.s32 %rd3, %r11, 4;
add.s64 %rd4, %rd2, %rd3;
ld.global.u32 %r12, [%rd4];
mad.lo.s32 %r13, %r6, %r2, %r10;
mul.wide.s32 %rd5, %r13, 4;
add.s64 %rd6, %rd1, %rd5;
st.global.u32 [%rd6], %r12;
END:
ret;
"""
PARAMETERS = ".param .u64 out, .param .u64 in, .param .u32 width, .param .u32 height"


@pytest.mark.parametrize(
    ("grid", "block"), [((32, 98), (32, 8)), ((125, 25), (8, 32)), ((63, 49), (16, 16))]
)
def test_an_odd_pitch_over_thousands_of_blocks(
    grid: tuple[int, int], block: tuple[int, int]
) -> None:
    module = module_of(TRANSPOSE, PARAMETERS)
    kernel = module.kernels[0]
    launch = launch_of(kernel, grid, block, {2: 1000, 3: 777})
    found = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=1056)
    expected = evaluate(module, kernel, launch, EvaluationOptions(wave_blocks=1056))
    assert found.exact.all
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint


def test_a_hole_in_the_middle_of_the_grid() -> None:
    body = """.reg .pred %p<4>;
.reg .b32 %r<20>;
.reg .b64 %rd<20>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %ctaid.x;
mov.u32 %r2, %ctaid.y;
mov.u32 %r3, %tid.x;
sub.s32 %r4, %r1, 13;
setp.lt.u32 %p1, %r4, 9;
sub.s32 %r5, %r2, 11;
setp.lt.u32 %p2, %r5, 7;
and.pred %p3, %p1, %p2;
@%p3 bra END;
mad.lo.s32 %r6, %r2, 40, %r1;
mad.lo.s32 %r7, %r6, 64, %r3;
mul.wide.s32 %rd2, %r7, 4;
add.s64 %rd3, %rd1, %rd2;
st.global.u32 [%rd3], %r7;
END:
ret;
"""
    module = module_of(body, ".param .u64 out")
    launch = launch_of(module.kernels[0], (40, 30), (64,))
    found = evaluate_closed(module, module.kernels[0], launch, Pins())
    assert found.exact.all
    assert traffic(found, "global", "store").requests == 2 * (40 * 30 - 9 * 7)
    expected = evaluate(module, module.kernels[0], launch, EvaluationOptions())
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint


def test_a_trillion_thread_instructions_are_closed_not_iterated() -> None:
    module = corpus("sm_90", "gemm_naive")
    kernel = module.kernels[0]
    size = 8192
    launch = launch_of(
        kernel, (size // 16, size // 16), (16, 16), {0: size, 1: size, 2: size, 3: 1.0, 6: 0.5}
    )
    begun = time.process_time()
    found = evaluate_closed(module, kernel, launch, Pins())
    assert time.process_time() - begun < allowed(2.0)
    assert found.exact.all
    assert sum(item.thread for item in found.instructions) > 1e12
    fused = [i for i in found.instructions if i.opcode.root == "fma"]
    assert sum(item.thread for item in fused) == size**3 + size**2


def test_blocks_that_wrap_round_the_width_of_a_register() -> None:
    """A 32-bit index that wraps within the grid is no reason to give up, and no affine address."""
    body = """.reg .b32 %r<20>;
.reg .b64 %rd<20>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %ctaid.x;
mov.u32 %r3, %tid.x;
mul.lo.s32 %r4, %r1, 268435456;
add.s32 %r5, %r4, %r3;
mul.wide.u32 %rd2, %r5, 4;
add.s64 %rd3, %rd1, %rd2;
st.global.u32 [%rd3], %r5;
ret;
"""
    module = module_of(body, ".param .u64 out")
    launch = launch_of(module.kernels[0], (40,), (32,))
    found = evaluate_closed(module, module.kernels[0], launch, Pins())
    expected = evaluate(module, module.kernels[0], launch, EvaluationOptions())
    assert found.exact.all
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint


def test_a_guarded_write_leaves_other_lanes_as_they_were() -> None:
    """Also where the register was written in the same block and is read in no other."""
    body = """.reg .pred %p<2>;
.reg .b32 %r<9>;
.reg .b64 %rd<9>;
ld.param.u64 %rd1, [out];
mov.u32 %r1, %ctaid.x;
mov.u32 %r2, %tid.x;
mad.lo.s32 %r3, %r1, 64, %r2;
setp.lt.u32 %p1, %r2, 40;
@%p1 mul.lo.s32 %r3, %r3, 8;
mul.wide.s32 %rd2, %r3, 4;
add.s64 %rd3, %rd1, %rd2;
st.global.u32 [%rd3], %r3;
ret;
"""
    module = module_of(body, ".param .u64 out")
    kernel = module.kernels[0]
    launch = launch_of(kernel, (1000, 1), (64, 1), {})
    found = evaluate_closed(module, kernel, launch, Pins())
    expected = evaluate(module, kernel, launch, EvaluationOptions())
    assert found.exact.all
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint
