"""Launches too large to run block by block, and whole grids of a thousand blocks and more."""

from __future__ import annotations

import time

import pytest

from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.closed.machine import Machine
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


REMAPPED = """.reg .pred %p<4>;
.reg .b32 %r<24>;
.reg .b64 %rd<8>;
ld.param.u64 %rd1, [out];
ld.param.u64 %rd2, [in];
ld.param.u32 %r1, [width];
ld.param.u32 %r2, [height];
mov.u32 %r3, %ctaid.x;
mov.u32 %r4, %tid.x;
shl.b32 %r5, %r1, 3;
div.s32 %r6, %r3, %r5;
shl.b32 %r7, %r6, 3;
sub.s32 %r8, %r2, %r7;
min.s32 %r9, %r8, 8;
mul.lo.s32 %r10, %r6, %r5;
sub.s32 %r11, %r3, %r10;
div.s32 %r12, %r11, %r9;
mul.lo.s32 %r13, %r12, %r9;
sub.s32 %r14, %r11, %r13;
add.s32 %r15, %r14, %r7;
mad.lo.s32 %r16, %r12, 64, %r4;
mul.lo.s32 %r17, %r1, 64;
mad.lo.s32 %r18, %r15, %r17, %r16;
rem.s32 %r19, %r18, 1500;
mul.wide.s32 %rd3, %r18, 4;
add.s64 %rd4, %rd1, %rd3;
mul.wide.s32 %rd5, %r19, 4;
add.s64 %rd6, %rd2, %rd5;
ld.global.u32 %r20, [%rd6];
st.global.u32 [%rd4], %r20;
ret;
"""


@pytest.mark.parametrize(("width", "height"), [(32, 32), (31, 33), (8, 130)])
def test_tiles_in_groups_of_eight_rows_with_fewer_in_the_last(width: int, height: int) -> None:
    """Blocks remapped by divisions, as compilers of tiled kernels do for the sake of the L2."""
    module = module_of(REMAPPED, PARAMETERS)
    kernel = module.kernels[0]
    launch = launch_of(kernel, width * height, 64, {2: width, 3: height})
    found = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=100)
    expected = evaluate(module, kernel, launch, EvaluationOptions(wave_blocks=100))
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


STENCIL = """.reg .pred %p<4>;
.reg .b32 %r<30>;
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
add.s32 %r11, %r6, -1;
max.s32 %r11, %r11, 0;
mad.lo.s32 %r12, %r10, %r1, %r11;
mul.wide.s32 %rd3, %r12, 4;
add.s64 %rd4, %rd2, %rd3;
ld.global.u32 %r13, [%rd4];
add.s32 %r14, %r10, 1;
add.s32 %r15, %r2, -1;
min.s32 %r14, %r14, %r15;
mad.lo.s32 %r16, %r14, %r1, %r6;
mul.wide.s32 %rd5, %r16, 4;
add.s64 %rd6, %rd2, %rd5;
ld.global.u32 %r17, [%rd6];
mad.lo.s32 %r18, %r10, %r1, %r6;
mul.wide.s32 %rd7, %r18, 4;
add.s64 %rd8, %rd1, %rd7;
st.global.u32 [%rd8], %r13;
END:
ret;
"""


@pytest.mark.parametrize("block", [(32, 8), (24, 4)])
def test_all_edges_of_a_stencil_are_cut_off_at_once(
    block: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    run = Machine.run

    def noting(machine: Machine) -> None:
        runs.append(len(machine.scope.boxes))
        run(machine)

    monkeypatch.setattr(Machine, "run", noting)
    module = module_of(STENCIL, PARAMETERS)
    kernel = module.kernels[0]
    grid = (-(-200 // block[0]), -(-100 // block[1]))
    launch = launch_of(kernel, grid, block, {2: 200, 3: 100})
    found = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=20)
    expected = evaluate(module, kernel, launch, EvaluationOptions(wave_blocks=20))
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint
    assert len(runs) == 2
    assert runs[0] == 1
