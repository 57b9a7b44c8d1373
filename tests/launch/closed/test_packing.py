"""Registers packed into one and taken apart again: what is called exact is the reference's."""

from __future__ import annotations

import pytest

from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Pins
from tests.launch.reference_launches import launch_of, module_of

START = """.reg .pred %p<6>;
.reg .b16 %h<8>;
.reg .b32 %r<20>;
.reg .b64 %rd<12>;
ld.param.u64 %rd1, [data];
ld.param.u32 %r1, [n];
mov.u32 %r2, %tid.x;
mov.u32 %r3, %ctaid.x;
mad.lo.u32 %r4, %r3, 64, %r2;
"""
PARAMETERS = ".param .u64 data, .param .u32 n"
LOOP = """mov.u32 %r8, 0;
AGAIN:
mad.wide.u32 %rd3, %r6, 4, %rd1;
st.global.u32 [%rd3], %r6;
add.u32 %r6, %r6, 4096;
add.u32 %r8, %r8, 1;
setp.lt.u32 %p1, %r8, %r7;
@%p1 bra AGAIN;
ret;
"""


def counted(body: str, n: int) -> LaunchProfile:
    """A launch that is called exact, after it was compared with the reference in two orders."""
    module = module_of(START + body, PARAMETERS)
    kernel = module.kernels[0]
    launch = launch_of(kernel, 40, 64, {1: n})
    found = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=7)
    assert found.exact.all
    for order in (None, tuple(reversed(range(40)))):
        options = EvaluationOptions(data=n, wave_blocks=7, blocks=order)
        expected = evaluate(module, kernel, launch, options)
        assert found.instructions == expected.instructions
        assert found.footprint == expected.footprint
    return found


@pytest.mark.parametrize("n", [1, 5, 100])
def test_a_loop_turns_as_often_as_the_upper_half_of_a_register_says(n: int) -> None:
    found = counted("mov.b64 %rd2, {%r4, %r1};\nmov.b64 {%r6, %r7}, %rd2;\n" + LOOP, n)
    stores = next(i for i in found.instructions if i.instruction.opcode == "st.global.u32")
    assert stores.warp == 40 * 2 * n


def test_the_half_that_is_thrown_away_does_not_matter() -> None:
    counted("mov.b64 %rd2, {%r4, %r1};\nmov.b64 {_, %r7}, %rd2;\nmov.u32 %r6, %r4;\n" + LOOP, 3)


def test_a_block_number_in_the_upper_half_moves_what_is_stored_where() -> None:
    counted("mov.b64 %rd2, {%r1, %r4};\nmov.b64 {%r7, %r6}, %rd2;\n" + LOOP, 3)


def test_a_negative_number_does_not_spill_into_the_half_above() -> None:
    body = "sub.u32 %r5, %r3, 20;\nmov.b64 %rd2, {%r5, %r1};\nmov.b64 {%r9, %r7}, %rd2;\n"
    counted(f"{body}and.b32 %r9, %r9, 31;\nadd.u32 %r6, %r4, %r9;\n{LOOP}", 3)


def test_four_quarters_go_in_and_come_out_in_order() -> None:
    body = """cvt.u16.u32 %h1, %r2;
cvt.u16.u32 %h2, %r1;
mov.u16 %h3, 7;
mov.b64 %rd2, {%h3, %h1, %h3, %h2};
mov.b64 {%h4, %h5, %h6, %h7}, %rd2;
cvt.u32.u16 %r7, %h7;
cvt.u32.u16 %r5, %h5;
mad.lo.u32 %r6, %r3, 64, %r5;
"""
    counted(body + LOOP, 3)
