"""Programs and launches that no compiler makes: bounded in time and memory, and flagged."""

from __future__ import annotations

import resource
import time

import pytest

from ptxenergy.launch.reference import EvaluationOptions, evaluate_sampled
from ptxenergy.launch.request import Pins
from tests.launch.reference_launches import counted, launch_of, module_of, only, run
from tests.launch.test_reference_counts import REGISTERS, VECTOR_ADD
from tests.pace import allowed

FOREVER = """
.func forever()
{
call.uni forever;
ret;
}
"""


def test_endless_recursion_is_cut_off() -> None:
    module = module_of(f"{REGISTERS}\ncall.uni forever;\nret;", before=FOREVER)
    profile = counted(module, 2, 64)
    assert "deep-recursion" in profile.flags
    assert not profile.exact.control
    assert profile.assumptions[0].code == "call"


def test_a_branch_to_itself_ends_in_time() -> None:
    module = module_of("LOOP:\nbra LOOP;")
    started = time.process_time()
    profile = evaluate_sampled(
        module, module.kernels[0], launch_of(module.kernels[0], 1, 1024), Pins()
    )
    assert time.process_time() - started < allowed(5.0)
    assert "truncated" in profile.flags


def test_a_huge_grid_is_sampled() -> None:
    module = module_of(VECTOR_ADD, ".param .u64 a, .param .u64 b, .param .u32 n")
    launch = launch_of(module.kernels[0], (2**31 - 1, 65535, 65535), 1024, {2: 1000})
    profile = evaluate_sampled(module, module.kernels[0], launch, Pins())
    assert "sampled" in profile.flags
    assert only(profile, "bra").warp == pytest.approx((2**31 - 1) * 65535**2 * 32)


def test_huge_local_and_constant_memory_is_not_all_kept() -> None:
    text = f"""
.local .align 4 .b8 depot[1073741824];
{REGISTERS}
mov.u64 %rd1, depot;
mov.u32 %r1, %tid.x;
st.local.u32 [%rd1], %r1;
st.local.u32 [%rd1+1073741820], %r1;
ld.local.u32 %r2, [%rd1+1073741820];
setp.eq.u32 %p1, %r2, 0;
@%p1 exit;
ret;
"""
    before = ".const .align 4 .b8 table[1073741824];"
    profile = counted(module_of(text, before=before), 4, 1024)
    assert "local-out-of-bounds" in profile.flags
    assert only(profile, "ld.local.u32").warp == 128
    assert not profile.exact.control
    used_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert used_kib < 2_000_000


def test_a_barrier_that_others_never_reach_lets_go() -> None:
    text = f"""{REGISTERS}
mov.u32 %r1, %tid.x;
setp.ge.u32 %p1, %r1, 32;
@%p1 bra OTHER;
bar.sync 1;
bra DONE;
OTHER:
bar.sync 2;
DONE:
ret;
"""
    profile = counted(module_of(text), 2, 64)
    assert "barrier-mismatch" in profile.flags
    assert only(profile, "ret").warp == 4


def test_a_barrier_after_others_have_exited_is_no_mismatch() -> None:
    text = f"""{REGISTERS}
mov.u32 %r1, %tid.x;
setp.ge.u32 %p1, %r1, 32;
@%p1 exit;
bar.sync 0;
ret;
"""
    assert counted(module_of(text), 2, 96).flags == ()


def test_an_unknown_opcode_is_counted_and_its_result_unknown() -> None:
    text = f"""{REGISTERS}
mov.u32 %r1, 1;
frobnicate.u32 %r1, %r1;
setp.eq.u32 %p1, %r1, 1;
@%p1 bra DONE;
DONE:
ret;
"""
    profile = counted(module_of(text), 1, 64)
    unknown = only(profile, "frobnicate.u32")
    assert (unknown.warp, unknown.opcode.known) == (2, False)
    assert not profile.exact.control


def test_an_undefined_register_is_unknown() -> None:
    text = f"{REGISTERS}\nsetp.eq.u32 %p1, %r1, 1;\n@%p1 bra DONE;\nDONE:\nret;"
    assert not counted(module_of(text), 1, 32).exact.control


def test_addresses_beyond_every_region_are_counted() -> None:
    text = f"""{REGISTERS}
mov.u64 %rd1, 18446744073709551600;
ld.global.u32 %r1, [%rd1+12];
st.shared.u32 [%rd1], %r1;
ld.shared.u32 %r2, [%rd1];
setp.eq.u32 %p1, %r2, 0;
@%p1 exit;
ret;
"""
    module = module_of(text)
    for options in (EvaluationOptions(), EvaluationOptions(data=1)):
        profile = run(module, launch_of(module.kernels[0], 1, 32), options=options)
        assert only(profile, "ld.global.u32").traffic["global", "load"].sectors == 1
        assert "shared-out-of-bounds" in profile.flags
