"""Exchange between lanes, indirect control and address spaces, by results in memory."""

from __future__ import annotations

import numpy as np
import pytest

from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory
from ptxenergy.launch.reference.lanes import Array
from ptxenergy.ptx import parse_text
from tests.launch.reference_launches import HEADER, launch_of, module_of, only, region, run
from tests.launch.test_reference_counts import REGISTERS

LANES = np.arange(32)

START = f"""{REGISTERS}
ld.param.u64 %rd1, [out];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd2, %r1, 4;
add.s64 %rd2, %rd2, %rd1;
mov.u32 %r30, 0;
"""
END = "\nst.global.u32 [%rd2], %r30;\nret;\n"


def outcome(body: str, threads: int = 32, before: str = "") -> tuple[Array, LaunchProfile]:
    """What every thread leaves in %r30."""
    module = module_of(START + body + END, ".param .u64 out", before=before)
    memory = GlobalMemory(seed=0)
    options = EvaluationOptions(data=0)
    profile = run(module, launch_of(module.kernels[0], 1, threads), memory, options)
    return memory.read(region(0), threads, np.uint32), profile


@pytest.mark.parametrize(
    ("mode", "b", "c", "source"),
    [
        ("up", 3, 0x0, np.where(LANES >= 3, LANES - 3, LANES)),
        ("down", 3, 0x1F, np.where(LANES + 3 <= 31, LANES + 3, LANES)),
        ("bfly", 5, 0x1F, LANES ^ 5),
        ("idx", 9, 0x1F, np.full(32, 9)),
        # Segments of eight lanes: the mask in bits 8 to 12 of c fixes the upper lane bits.
        ("idx", 2, 0x181F, LANES // 8 * 8 + 2),
        ("down", 6, 0x181F, np.where(LANES % 8 + 6 <= 7, LANES + 6, LANES)),
        ("up", 6, 0x1800, np.where(LANES % 8 >= 6, LANES - 6, LANES)),
    ],
)
def test_shuffles(mode: str, b: int, c: int, source: Array) -> None:
    body = f"""
mul.lo.u32 %r2, %r1, 7;
shfl.sync.{mode}.b32 %r30|%p1, %r2, {b}, {c}, -1;
"""
    found, profile = outcome(body)
    assert found.tolist() == (source * 7).tolist()
    assert profile.exact.all


def test_votes_of_the_active_lanes() -> None:
    body = """
setp.ge.u32 %p1, %r1, 10;
@%p1 bra MEET;
and.b32 %r2, %r1, 1;
setp.eq.u32 %p2, %r2, 1;
vote.sync.ballot.b32 %r3, %p2, 1023;
vote.sync.any.pred %p3, %p2, 1023;
vote.sync.all.pred %p4, %p2, 1023;
vote.sync.all.pred %p5, !%p4, 1023;
activemask.b32 %r4;
selp.u32 %r5, 1024, 0, %p3;
selp.u32 %r6, 2048, 0, %p4;
selp.u32 %r7, 4096, 0, %p5;
or.b32 %r30, %r3, %r5;
or.b32 %r30, %r30, %r6;
or.b32 %r30, %r30, %r7;
shl.b32 %r4, %r4, 16;
or.b32 %r30, %r30, %r4;
MEET:
"""
    found, profile = outcome(body)
    assert found[:10].tolist() == [0b1010101010 | 1024 | 4096 | 0x3FF << 16] * 10
    assert not found[10:].any()
    assert profile.exact.all


def test_match_and_redux() -> None:
    body = """
shr.u32 %r2, %r1, 3;
match.any.sync.b32 %r3, %r2, -1;
redux.sync.add.u32 %r4, %r1, -1;
redux.sync.max.s32 %r5, %r1, -1;
redux.sync.and.b32 %r6, %r3, -1;
xor.b32 %r30, %r3, %r4;
xor.b32 %r30, %r30, %r5;
xor.b32 %r30, %r30, %r6;
"""
    found, _ = outcome(body)
    groups = np.uint64(0xFF) << (LANES // 8 * 8).astype(np.uint64)
    assert found.tolist() == (groups.astype(np.uint32) ^ np.uint32(496) ^ np.uint32(31)).tolist()


def test_one_lane_of_each_warp_is_elected() -> None:
    body = """
setp.lt.u32 %p1, %r1, 5;
@%p1 bra MEET;
elect.sync %r2|%p2, -1;
@%p2 add.u32 %r30, %r2, 100;
MEET:
"""
    found, profile = outcome(body, threads=64)
    expected = np.zeros(64, int)
    expected[5], expected[32] = 105, 100
    assert found.tolist() == expected.tolist()
    assert only(profile, "elect.sync").thread == 59


def test_a_barrier_that_counts() -> None:
    body = """
and.b32 %r2, %r1, 3;
setp.eq.u32 %p1, %r2, 0;
bar.red.popc.u32 %r3, 0, %p1;
bar.red.or.pred %p2, 0, %p1;
bar.red.and.pred %p3, 0, !%p1;
selp.u32 %r4, 1000, 0, %p2;
selp.u32 %r5, 2000, 0, %p3;
add.u32 %r30, %r3, %r4;
add.u32 %r30, %r30, %r5;
"""
    found, profile = outcome(body, threads=70)
    assert found.tolist() == [18 + 1000] * 70
    assert only(profile, "bar.red.popc.u32").warp == 3


def test_an_indirect_branch_by_lane() -> None:
    body = """
and.b32 %r2, %r1, 3;
TABLE: .branchtargets ZERO, ONE, TWO, ZERO;
brx.idx %r2, TABLE;
ZERO:
add.u32 %r30, %r30, 10;
bra MEET;
ONE:
sub.u32 %r30, %r30, 1;
bra MEET;
TWO:
xor.b32 %r30, %r30, 7;
MEET:
"""
    found, profile = outcome(body)
    assert found.tolist() == [[10, 2**32 - 1, 7, 10][lane % 4] for lane in range(32)]
    lanes = {name: only(profile, name).active for name in ("add.u32", "sub.u32", "xor.b32")}
    assert lanes == {"add.u32": 16, "sub.u32": 8, "xor.b32": 8}
    assert only(profile, "brx.idx").thread == 32
    assert profile.exact.all


CALLEES = "\n".join(
    f"""
.func (.param .b32 result) {name}(.param .b32 value)
{{
.reg .b32 %r<3>;
ld.param.u32 %r1, [value];
{name}.lo.u32 %r2, %r1, 3;
st.param.b32 [result], %r2;
ret;
}}
""".replace(f"{name}.lo.u32", operation)
    for name, operation in (("triple", "mul.lo.u32"), ("more", "add.u32"))
)


def test_an_indirect_call_by_lane() -> None:
    body = """
mov.u64 %rd3, triple;
mov.u64 %rd4, more;
and.b32 %r2, %r1, 1;
setp.eq.u32 %p1, %r2, 0;
selp.b64 %rd5, %rd3, %rd4, %p1;
{
.param .b32 given;
st.param.b32 [given], %r1;
.param .b32 taken;
PROTOTYPE: .callprototype (.param .b32 _) _ (.param .b32 _);
call (taken), %rd5, (given), PROTOTYPE;
ld.param.b32 %r30, [taken];
}
"""
    found, profile = outcome(body, before=CALLEES)
    assert found.tolist() == [n * 3 if n % 2 == 0 else n + 3 for n in range(32)]
    assert only(profile, "mul.lo.u32").active == 16
    assert profile.exact.all


def test_generic_addresses_find_their_space() -> None:
    body = """
.shared .align 4 .b8 box[128];
.local .align 4 .b8 depot[16];
mov.u64 %rd3, box;
cvta.shared.u64 %rd4, %rd3;
mul.wide.u32 %rd5, %r1, 4;
add.s64 %rd4, %rd4, %rd5;
st.u32 [%rd4], %r1;
mov.u64 %rd6, depot;
cvta.local.u64 %rd7, %rd6;
add.u32 %r2, %r1, 1000;
st.u32 [%rd7+4], %r2;
isspacep.shared %p1, %rd4;
isspacep.global %p2, %rd2;
isspacep.local %p3, %rd4;
add.s64 %rd8, %rd7, 4;
and.b32 %r3, %r1, 1;
setp.eq.u32 %p4, %r3, 0;
selp.b64 %rd9, %rd4, %rd8, %p4;
ld.u32 %r30, [%rd9];
@!%p1 mov.u32 %r30, 1;
@!%p2 mov.u32 %r30, 2;
@%p3 mov.u32 %r30, 3;
"""
    found, profile = outcome(body)
    assert found.tolist() == [n if n % 2 == 0 else n + 1000 for n in range(32)]
    load = only(profile, "ld.u32")
    assert load.traffic["shared", "load"].bytes == 64
    assert load.traffic["local", "load"].sectors == 4
    assert profile.exact.all


def test_wide_registers_and_carries() -> None:
    body = """
.reg .b128 %w<2>;
cvt.u64.u32 %rd3, %r1;
mov.u64 %rd4, 18446744073709551615;
mov.b128 %w1, {%rd3, %rd4};
mov.b128 {%rd5, %rd6}, %w1;
add.cc.u64 %rd7, %rd6, %rd5;
addc.u64 %rd8, 0, 0;
cvt.u32.u64 %r2, %rd7;
cvt.u32.u64 %r3, %rd8;
shl.b32 %r3, %r3, 16;
or.b32 %r30, %r2, %r3;
"""
    found, _ = outcome(body)
    assert found.tolist() == [
        ((2**64 - 1 + n) % 2**32 | ((2**64 - 1 + n) >> 64) << 16) for n in range(32)
    ]


def test_a_cluster_knows_its_blocks() -> None:
    text = f"""{REGISTERS}
ld.param.u64 %rd1, [out];
mov.u32 %r1, %cluster_ctarank;
mov.u32 %r2, %cluster_nctarank;
mov.u32 %r3, %clusterid.x;
mad.lo.u32 %r4, %r2, 100, %r1;
mad.lo.u32 %r4, %r3, 1000, %r4;
mov.u32 %r5, %ctaid.x;
mul.wide.u32 %rd2, %r5, 4;
add.s64 %rd2, %rd2, %rd1;
st.global.u32 [%rd2], %r4;
ret;
"""
    directives = ".reqnctapercluster 2, 1, 1\n"
    source = HEADER.replace("sm_80", "sm_90")
    source += f".visible .entry k(.param .u64 out)\n{directives}{{\n{text}\n}}\n"
    module = parse_text(source.encode(), "cluster.ptx")
    memory = GlobalMemory(seed=0)
    run(module, launch_of(module.kernels[0], 6, 32), memory, EvaluationOptions(data=0))
    found = memory.read(region(0), 6, np.uint32)
    assert found.tolist() == [200, 201, 1200, 1201, 2200, 2201]
