"""What is assumed where data decides, and what pins change."""

from __future__ import annotations

import pytest

from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions
from ptxenergy.launch.request import Pins
from ptxenergy.ptx.syntax import Module
from tests.launch.reference_launches import counted, launch_of, module_of, only, run, traffic
from tests.launch.test_reference_counts import REGISTERS

LOAD_OWN = """
ld.param.u64 %rd1, [a];
mov.u32 %r1, %ctaid.x;
mov.u32 %r2, %ntid.x;
mov.u32 %r3, %tid.x;
mad.lo.s32 %r4, %r1, %r2, %r3;
mul.wide.u32 %rd2, %r4, 4;
add.s64 %rd2, %rd2, %rd1;
ld.global.u32 %r5, [%rd2];
"""


def kernel(rest: str) -> Module:
    return module_of(f"{REGISTERS}{LOAD_OWN}{rest}\nret;", ".param .u64 a")


def line_of(profile: LaunchProfile, opcode: str) -> int:
    return only(profile, opcode).instruction.location.line


BRANCH = """
setp.gt.s32 %p1, %r5, 0;
@%p1 bra SKIP;
xor.b32 %r6, %r5, 1;
SKIP:
"""


def test_an_unknown_branch_is_a_coin() -> None:
    profile = counted(kernel(BRANCH), 64, 128)
    passed = only(profile, "xor.b32")
    assert 0.45 < passed.thread / (64 * 128) < 0.55
    assert not profile.exact.control
    assert profile.exact.addresses
    (assumption,) = profile.assumptions
    line = line_of(profile, "bra")
    assert (assumption.code, assumption.line) == ("branch", line)
    assert assumption.option == f"--branch {line}=0.5"


@pytest.mark.parametrize(("probability", "share"), [(0.0, 1.0), (1.0, 0.0), (0.9, 0.1)])
def test_a_pinned_branch(probability: float, share: float) -> None:
    line = line_of(counted(kernel(BRANCH), 1, 32), "bra")
    profile = counted(kernel(BRANCH), 64, 128, pins=Pins(branches={line: probability}))
    passed = only(profile, "xor.b32")
    assert passed.thread / (64 * 128) == pytest.approx(share, abs=0.02)
    assert not profile.assumptions
    assert not profile.exact.control


def test_one_predicate_is_answered_once() -> None:
    rest = """
setp.gt.s32 %p1, %r5, 0;
@%p1 add.u32 %r6, %r5, 1;
@!%p1 sub.u32 %r6, %r5, 1;
@%p1 bra SKIP;
xor.b32 %r7, %r5, 1;
SKIP:
"""
    profile = counted(kernel(rest), 8, 128)
    yes, no = only(profile, "add.u32").thread, only(profile, "sub.u32").thread
    assert 0 < yes < 1024
    assert yes + no == 1024
    assert only(profile, "xor.b32").thread == no


def test_a_guard_that_data_decides() -> None:
    rest = """
setp.gt.s32 %p1, %r5, 0;
@%p1 st.global.u32 [%rd2], %r5;
"""
    module = kernel(rest)
    line = line_of(counted(module, 1, 32), "st.global.u32")
    profile = counted(module, 64, 128, pins=Pins(branches={line: 0.25}))
    store = only(profile, "st.global.u32")
    assert store.thread / store.active == pytest.approx(0.25, abs=0.03)
    assert traffic(profile, "global", "store").bytes == 4 * store.thread


BOTTOM_LOOP = """
LOOP:
xor.b32 %r6, %r6, %r5;
sub.s32 %r5, %r5, 1;
setp.gt.s32 %p1, %r5, 0;
@%p1 bra LOOP;
"""
TOP_LOOP = """
LOOP:
setp.le.s32 %p1, %r5, 0;
@%p1 bra DONE;
xor.b32 %r6, %r6, %r5;
sub.s32 %r5, %r5, 1;
bra.uni LOOP;
DONE:
"""


@pytest.mark.parametrize("loop", [BOTTOM_LOOP, TOP_LOOP], ids=["bottom", "top"])
@pytest.mark.parametrize(("pin", "expected"), [(None, 8), (3.0, 3), (1.0, 1)])
def test_trips_of_a_loop_that_data_ends(loop: str, pin: float | None, expected: int) -> None:
    module = kernel(loop)
    bare = counted(module, 4, 64)
    line = line_of(bare, "bra")
    profile = bare if pin is None else counted(module, 4, 64, pins=Pins(trips={line: pin}))
    body = only(profile, "xor.b32")
    assert (body.warp, body.thread) == (8 * expected, 256 * expected)
    if pin is None:
        (assumption,) = profile.assumptions
        assert (assumption.code, assumption.line) == ("trip", line)
        assert assumption.option == f"--trip {line}=8"
    else:
        assert not profile.assumptions


def test_a_fractional_pin_is_a_mean() -> None:
    module = kernel(BOTTOM_LOOP)
    line = line_of(counted(module, 1, 32), "bra")
    profile = counted(module, 64, 128, pins=Pins(trips={line: 2.5}))
    assert only(profile, "xor.b32").thread / (64 * 128) == pytest.approx(2.5, abs=0.05)


def test_a_loop_entered_again_counts_anew() -> None:
    rest = """
mov.u32 %r7, 0;
OUTER:
add.s32 %r8, %r5, %r7;
INNER:
xor.b32 %r6, %r6, %r8;
sub.s32 %r8, %r8, 1;
setp.gt.s32 %p1, %r8, 0;
@%p1 bra INNER;
add.u32 %r7, %r7, 1;
setp.lt.u32 %p2, %r7, 3;
@%p2 bra.uni OUTER;
"""
    profile = counted(kernel(rest), 1, 32)
    assert only(profile, "xor.b32").warp == 3 * 8


GATHER = """
mul.wide.u32 %rd3, %r5, 4;
add.s64 %rd3, %rd3, %rd1;
ld.global.f32 %f1, [%rd3];
"""


@pytest.mark.parametrize(
    ("pin", "sectors"), [(None, 32), ("random", 32), ("coalesced", 4), (10.0, 10)]
)
def test_unknown_addresses(pin: str | float | None, sectors: int) -> None:
    module = kernel(GATHER)
    line = line_of(counted(module, 1, 32), "ld.global.f32")
    pins = Pins() if pin is None else Pins(accesses={line: pin})  # type: ignore[dict-item]
    profile = counted(module, 2, 64, pins=pins)
    load = only(profile, "ld.global.f32").traffic["global", "load"]
    assert (load.requests, load.sectors, load.bytes) == (4, 4 * sectors, 4 * 128)
    assert profile.exact.control
    assert not profile.exact.addresses
    assert [a.code for a in profile.assumptions] == ([] if pin else ["access"])


def test_a_known_factor_of_zero_makes_an_address_known() -> None:
    rest = """
and.b32 %r6, %r5, 0;
mul.wide.u32 %rd3, %r6, 4;
add.s64 %rd3, %rd3, %rd1;
ld.global.f32 %f1, [%rd3];
"""
    profile = counted(kernel(rest), 1, 32)
    assert only(profile, "ld.global.f32").traffic["global", "load"].sectors == 1
    assert profile.exact.all


@pytest.mark.parametrize(("opcode", "exact"), [("sub.s32", True), ("sub.f32", False)])
def test_only_an_integer_less_itself_is_zero_whatever_it_is(opcode: str, exact: bool) -> None:
    rest = f"{opcode} %r6, %r5, %r5;\nsetp.eq.b32 %p1, %r6, 0;\n@%p1 bra SKIP;\nSKIP:\n"
    assert counted(kernel(rest), 1, 32).exact.control is exact


def test_what_is_stored_in_shared_memory_is_known_when_it_comes_back() -> None:
    text = f"""{REGISTERS}
.shared .align 4 .b8 box[256];
ld.param.u64 %rd1, [a];
mov.u32 %r1, %tid.x;
mov.u32 %r2, box;
shl.b32 %r3, %r1, 2;
add.u32 %r4, %r2, %r3;
st.shared.u32 [%r4], %r1;
bar.sync 0;
ld.shared.u32 %r5, [box+12];
mul.wide.u32 %rd2, %r5, 4;
add.s64 %rd2, %rd2, %rd1;
ld.global.f32 %f1, [%rd2];
ret;
"""
    assert counted(module_of(text, ".param .u64 a"), 1, 64).exact.all


def test_a_wait_on_memory_is_one_try() -> None:
    rest = """
WAIT:
ld.acquire.gpu.global.u32 %r6, [%rd1];
setp.eq.s32 %p1, %r6, 0;
@%p1 bra WAIT;
"""
    for options in (EvaluationOptions(), EvaluationOptions(data=5)):
        module = kernel(rest)
        profile = run(module, launch_of(module.kernels[0], 2, 64), options=options)
        assert only(profile, "ld.acquire.gpu.global.u32").warp == 4
        assert "spin-wait" in profile.flags


def test_an_mbarrier_wait_is_one_try() -> None:
    text = f"""{REGISTERS}
.shared .align 8 .b64 bar;
mov.u32 %r1, bar;
WAIT:
mbarrier.try_wait.parity.shared.b64 %p1, [%r1], 0;
@!%p1 bra WAIT;
ret;
"""
    profile = counted(module_of(text), 1, 64)
    assert only(profile, "mbarrier.try_wait.parity.shared.b64").warp == 2
    assert profile.flags == ("spin-wait",)
    assert profile.exact.all


def test_a_loop_that_never_ends_is_stopped() -> None:
    text = f"{REGISTERS}\nLOOP:\nadd.u32 %r1, %r1, 1;\nbra LOOP;\nret;"
    module = module_of(text)
    options = EvaluationOptions(warp_instruction_limit=1000)
    profile = run(module, launch_of(module.kernels[0], 1, 32), options=options)
    assert "truncated" in profile.flags
    assert not profile.exact.control
    assert sum(i.warp for i in profile.instructions) <= 1002


def test_clocks_are_unknown() -> None:
    text = f"""{REGISTERS}
mov.u32 %r1, %clock;
setp.gt.u32 %p1, %r1, 5;
@%p1 bra DONE;
DONE:
ret;
"""
    assert not counted(module_of(text), 1, 32).exact.control


@pytest.mark.parametrize(("initial", "known"), [(" = {3, 4}", True), ("", False)])
def test_constants_are_known_only_with_initial_values(initial: str, known: bool) -> None:
    text = f"""{REGISTERS}
ld.const.u32 %r1, [table+4];
setp.ne.u32 %p1, %r1, 4;
@%p1 bra DONE;
xor.b32 %r2, %r1, 1;
DONE:
ret;
"""
    profile = counted(module_of(text, before=f".const .align 4 .u32 table[2]{initial};"), 1, 32)
    assert profile.exact.all is known
    assert (only(profile, "xor.b32").thread == 32) is known


SWITCH = """
and.b32 %r6, %r5, 1;
TABLE: .branchtargets FIRST, SECOND;
brx.idx %r6, TABLE;
FIRST:
add.u32 %r7, %r5, 1;
bra.uni MEET;
SECOND:
sub.u32 %r7, %r5, 1;
MEET:
"""


@pytest.mark.parametrize(("pin", "share"), [(None, 0.5), (0.9, 0.9), (0.0, 0.0)])
def test_an_indirect_branch_that_data_decides(pin: float | None, share: float) -> None:
    module = kernel(SWITCH)
    bare = counted(module, 64, 128)
    line = line_of(bare, "brx.idx")
    pins = Pins() if pin is None else Pins(branches={line: pin})
    profile = counted(module, 64, 128, pins=pins)
    first, second = only(profile, "add.u32").thread, only(profile, "sub.u32").thread
    assert first / (64 * 128) == pytest.approx(share, abs=0.02)
    assert first + second == 64 * 128
    assert not profile.exact.control
    offered = [] if pin is not None else [f"--branch {line}=0.5"]
    assert [a.option for a in profile.assumptions] == offered
