"""Bulk copies, matrix fragments and multimem: what is called exact is what the reference counts."""

from __future__ import annotations

import pytest

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Pins
from tests.launch.reference_launches import launch_of, module_of, only

START = """.reg .pred %p<6>;
.reg .b32 %r<20>;
.reg .f32 %f<20>;
.reg .b64 %rd<12>;
.shared .align 128 .b8 tile[16384];
.shared .align 8 .b64 bar;
ld.param.u64 %rd1, [data];
ld.param.u32 %r1, [n];
mov.u32 %r2, %tid.x;
mov.u32 %r3, %ctaid.x;
mov.u32 %r4, tile;
mov.u32 %r5, bar;
"""
PARAMETERS = ".param .u64 data, .param .u32 n"
FETCH = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
KEEP = "cp.async.bulk.global.shared::cta.bulk_group"
ADD = "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32"


def both(body: str, n: int, blocks: int = 40) -> tuple[LaunchProfile, LaunchProfile]:
    module = module_of(START + body + "\nret;", PARAMETERS)
    kernel = module.kernels[0]
    launch = launch_of(kernel, blocks, 64, {1: n})
    found = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=7)
    return found, evaluate(module, kernel, launch, EvaluationOptions(wave_blocks=7))


def assert_equal(body: str, n: int) -> LaunchProfile:
    found, expected = both(body, n)
    assert found.exact.all
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint
    return found


@pytest.mark.parametrize("n", [16384, 40 * 1024 - 304, 100, 16])
def test_one_lane_copies_what_is_left_of_a_range(n: int) -> None:
    found = assert_equal(
        f"""setp.ne.u32 %p1, %r2, 0;
        shl.b32 %r6, %r3, 10;
        setp.ge.u32 %p2, %r6, %r1;
        or.pred %p3, %p1, %p2;
        @%p3 bra DONE;
        sub.u32 %r7, %r1, %r6;
        min.u32 %r8, %r7, 1024;
        cvt.u64.u32 %rd2, %r6;
        add.s64 %rd3, %rd1, %rd2;
        mbarrier.arrive.expect_tx.shared.b64 %rd4, [%r5], %r8;
        {FETCH} [%r4], [%rd3], %r8, [%r5];
        {ADD} [%rd3], [%r4], %r8;
        {KEEP} [%rd3+65536], [%r4], %r8;
        DONE:""",
        n,
    )
    fetched = only(found, FETCH).traffic["global", "load"]
    assert fetched.bytes == min(n, 40 * 1024)
    assert fetched.requests == -(-min(n, 40 * 1024) // 1024)


def test_lanes_copy_ranges_of_several_lengths_in_a_loop() -> None:
    assert_equal(
        f"""mov.u32 %r6, 0;
        and.b32 %r7, %r2, 3;
        mad.lo.u32 %r8, %r7, 48, 16;
        TURN:
        mad.lo.u32 %r9, %r2, 496, %r6;
        mad.lo.u32 %r9, %r3, 4000, %r9;
        cvt.u64.u32 %rd2, %r9;
        add.s64 %rd3, %rd1, %rd2;
        {FETCH} [%r4], [%rd3], %r8, [%r5];
        add.u32 %r6, %r6, 16;
        setp.lt.u32 %p1, %r6, %r1;
        @%p1 bra TURN;""",
        160,
    )


@pytest.mark.parametrize("size", ["%r6", "%r1"])
def test_a_copy_of_nothing_or_of_unknown_length_is_left_to_the_reference(size: str) -> None:
    body = f"ld.global.u32 %r6, [%rd1];\n{KEEP} [%rd1], [%r4], {size};"
    with pytest.raises(UnsupportedError):
        both(body, 0)


@pytest.mark.parametrize("layout", ["row", "col"])
@pytest.mark.parametrize("pitch", [16, 24, 777, 4096])
def test_matrix_fragments_lie_at_their_pitch(layout: str, pitch: int) -> None:
    listed = "{%r10,%r11,%r12,%r13,%r14,%r15,%r16,%r17}"
    held = "{%f1,%f2,%f3,%f4,%f5,%f6,%f7,%f8}"
    assert_equal(
        f"""shr.u32 %r6, %r2, 5;
        shl.b32 %r6, %r6, 4;
        mad.lo.u32 %r7, %r3, 32, %r6;
        mad.lo.u32 %r7, %r7, %r1, 0;
        mul.wide.u32 %rd2, %r7, 2;
        add.s64 %rd3, %rd1, %rd2;
        mul.wide.u32 %rd4, %r7, 4;
        add.s64 %rd5, %rd1, %rd4;
        wmma.load.a.sync.aligned.{layout}.m16n16k16.global.f16 {listed}, [%rd3], %r1;
        wmma.load.b.sync.aligned.{layout}.m16n16k16.shared.f16 {listed}, [%r4];
        wmma.store.d.sync.aligned.{layout}.m16n16k16.global.f32 [%rd5+65536], {held}, %r1;""",
        pitch,
    )


def test_a_pitch_that_differs_between_lanes_is_left_to_the_reference() -> None:
    listed = "{%r10,%r11,%r12,%r13,%r14,%r15,%r16,%r17}"
    load = "wmma.load.a.sync.aligned.row.m16n16k16.global.f16"
    with pytest.raises(UnsupportedError):
        both(f"add.u32 %r6, %r1, %r2;\n{load} {listed}, [%rd1], %r6;", 16)


def test_multimem_is_counted_at_its_address() -> None:
    assert_equal(
        """mad.lo.u32 %r6, %r3, 64, %r2;
        mul.wide.u32 %rd2, %r6, 16;
        add.s64 %rd3, %rd1, %rd2;
        multimem.ld_reduce.relaxed.sys.global.add.v4.f32 {%f1,%f2,%f3,%f4}, [%rd3];
        multimem.st.relaxed.sys.global.v4.f32 [%rd3+8], {%f1,%f2,%f3,%f4};""",
        1,
    )
