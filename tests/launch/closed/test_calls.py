"""Calls: what arrives, what comes back, and what nobody set."""

from __future__ import annotations

import pytest

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Pins
from tests.launch.reference_launches import launch_of, module_of, traffic

PLACE = """
.func (.param .b32 out) place(.param .b32 thread)
{
.reg .pred %p<3>;
.reg .b32 %r<5>;
ld.param.u32 %r1, [thread];
setp.ge.u32 %p1, %r1, 16;
BODY
}
"""
KERNEL = """.reg .b32 %r<9>;
.reg .b64 %rd<9>;
ld.param.u64 %rd1, [data];
mov.u32 %r1, %tid.x;
{
.param .b32 one;
.param .b32 back;
st.param.b32 [one], %r1;
call (back), place, (one);
ld.param.b32 %r2, [back];
}
mul.wide.u32 %rd2, %r2, 4;
add.s64 %rd3, %rd1, %rd2;
st.global.u32 [%rd3], %r1;
ret;
"""


def both(body: str) -> tuple[LaunchProfile, LaunchProfile]:
    module = module_of(KERNEL, ".param .u64 data", PLACE.replace("BODY", body))
    kernel = module.kernels[0]
    launch = launch_of(kernel, 3000, 64, {})
    return evaluate_closed(module, kernel, launch, Pins()), evaluate(
        module, kernel, launch, EvaluationOptions()
    )


def test_lanes_that_return_apart_bring_what_each_set() -> None:
    found, expected = both(
        "@%p1 bra FAR;\nst.param.b32 [out], %r1;\nret;\n"
        "FAR:\nmul.lo.s32 %r2, %r1, 8;\nst.param.b32 [out], %r2;\nret;"
    )
    assert found.exact.all
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint


def test_a_result_that_a_lane_did_not_set_is_unknown() -> None:
    found, expected = both("@%p1 ret;\nst.param.b32 [out], %r1;\nret;")
    for profile in (found, expected):
        assert profile.exact.control
        assert not profile.exact.addresses
    assert traffic(found, "global", "store") == traffic(expected, "global", "store")


def test_a_result_read_in_another_width_is_unknown() -> None:
    found, _ = both("shl.b32 %r2, %r1, 1;\nst.param.b16 [out], %r2;\nret;")
    assert not found.exact.addresses


def test_endless_recursion_is_left_to_the_reference() -> None:
    inner = """{
.param .b32 again;
.param .b32 more;
st.param.b32 [again], %r1;
call (more), place, (again);
ld.param.b32 %r2, [more];
}
st.param.b32 [out], %r2;
ret;"""
    with pytest.raises(UnsupportedError, match="nest"):
        both(inner)
