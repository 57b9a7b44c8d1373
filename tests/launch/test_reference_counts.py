"""Counts of small kernels, worked out by hand."""

from __future__ import annotations

import pytest

from ptxenergy.launch.profile import Traffic
from tests.launch.reference_launches import counted, module_of, only, traffic

REGISTERS = ".reg .pred %p<9>;\n.reg .b32 %r<40>;\n.reg .b64 %rd<20>;\n.reg .f32 %f<20>;\n"

GLOBAL_INDEX = """
mov.u32 %r1, %ctaid.x;
mov.u32 %r2, %ntid.x;
mov.u32 %r3, %tid.x;
mad.lo.s32 %r4, %r1, %r2, %r3;
"""

VECTOR_ADD = f"""{REGISTERS}
ld.param.u64 %rd1, [a];
ld.param.u64 %rd2, [b];
ld.param.u32 %r10, [n];
{GLOBAL_INDEX}
setp.ge.s32 %p1, %r4, %r10;
@%p1 bra DONE;
mul.wide.s32 %rd3, %r4, 4;
add.s64 %rd4, %rd1, %rd3;
ld.global.f32 %f1, [%rd4];
add.s64 %rd5, %rd2, %rd3;
st.global.f32 [%rd5], %f1;
DONE:
ret;
"""


def test_ragged_copy() -> None:
    module = module_of(VECTOR_ADD, ".param .u64 a, .param .u64 b, .param .u32 n")
    profile = counted(module, grid=4, block=64, values={2: 200})
    assert profile.exact.all
    assert not profile.assumptions
    assert profile.blocks_evaluated == 4
    branch = only(profile, "bra")
    # 8 warps issue; a branch counts all its active lanes.
    assert (branch.warp, branch.thread, branch.active) == (8, 256, 256)
    load = only(profile, "ld.global.f32")
    # Lanes 0 to 199: six whole warps and 8 lanes of the seventh; the eighth never comes.
    assert (load.warp, load.thread, load.active) == (7, 200, 200)
    assert traffic(profile, "global", "load") == Traffic(7, 6 * 4 + 1, 0, 800)
    assert traffic(profile, "global", "store") == Traffic(7, 25, 0, 800)
    assert only(profile, "ret").warp == 8
    assert profile.footprint.any.block == 50
    assert profile.footprint.any.launch == 50


def test_lanes_that_do_not_exist_are_not_active() -> None:
    module = module_of(f"{REGISTERS}\nmov.u32 %r1, %tid.x;\nret;")
    profile = counted(module, grid=3, block=50)
    assert (only(profile, "mov.u32").warp, only(profile, "mov.u32").thread) == (6, 150)
    assert profile.mean_active_lanes() == 25


TRANSPOSE = f"""{REGISTERS}
ld.param.u64 %rd1, [a];
ld.param.u64 %rd2, [b];
mov.u32 %r1, %tid.x;
mov.u32 %r2, %tid.y;
shl.b32 %r3, %r2, 5;
add.u32 %r3, %r3, %r1;
mul.wide.u32 %rd3, %r3, 4;
add.s64 %rd3, %rd3, %rd1;
ld.global.f32 %f1, [%rd3];
shl.b32 %r4, %r1, 5;
add.u32 %r4, %r4, %r2;
mul.wide.u32 %rd4, %r4, 4;
add.s64 %rd4, %rd4, %rd2;
st.global.f32 [%rd4], %f1;
ret;
"""


@pytest.mark.parametrize(
    ("block", "loaded", "stored"),
    [
        # A warp is one row: 4 sectors read, 32 columns written.
        ((32, 8), 8 * 4, 8 * 32),
        # A warp is 4 rows of 8: a sector a row read; 8 columns of 4, half a sector each.
        ((8, 32), 8 * 4, 8 * 8),
    ],
)
def test_naive_transpose_depends_on_the_shape(
    block: tuple[int, int], loaded: int, stored: int
) -> None:
    profile = counted(module_of(TRANSPOSE, ".param .u64 a, .param .u64 b"), 1, block)
    assert traffic(profile, "global", "load") == Traffic(8, loaded, 0, 1024)
    assert traffic(profile, "global", "store") == Traffic(8, stored, 0, 1024)


def strided(stride: int, vector: str = "", registers: str = "%f1") -> str:
    return f"""{REGISTERS}
ld.param.u64 %rd1, [a];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd2, %r1, {stride};
add.s64 %rd2, %rd2, %rd1;
ld.global{vector}.f32 {registers}, [%rd2];
ret;
"""


@pytest.mark.parametrize(("stride", "sectors"), [(0, 1), (4, 4), (8, 8), (32, 32), (256, 32)])
def test_strided_loads(stride: int, sectors: int) -> None:
    profile = counted(module_of(strided(stride), ".param .u64 a"), 1, 32)
    assert traffic(profile, "global", "load") == Traffic(1, sectors, 0, 128)


def test_a_vector_load_is_one_request() -> None:
    text = strided(16, ".v4", "{%f1, %f2, %f3, %f4}")
    profile = counted(module_of(text, ".param .u64 a"), 1, 32)
    assert traffic(profile, "global", "load") == Traffic(1, 16, 0, 512)


def shared_tile(pitch: int) -> str:
    """A store by rows and a load by columns of a 32 x 32 tile."""
    return f"""{REGISTERS}
.shared .align 4 .b8 tile[{32 * pitch}];
mov.u32 %r1, %tid.x;
mov.u32 %r2, %tid.y;
mov.u32 %r9, tile;
mad.lo.u32 %r3, %r2, {pitch}, %r9;
shl.b32 %r4, %r1, 2;
add.u32 %r3, %r3, %r4;
st.shared.u32 [%r3], %r1;
bar.sync 0;
mad.lo.u32 %r5, %r1, {pitch}, %r9;
shl.b32 %r6, %r2, 2;
add.u32 %r5, %r5, %r6;
ld.shared.u32 %r7, [%r5];
ret;
"""


@pytest.mark.parametrize(("pitch", "wavefronts"), [(128, 32), (132, 1)])
def test_bank_conflicts_of_a_tile(pitch: int, wavefronts: int) -> None:
    profile = counted(module_of(shared_tile(pitch)), 1, (32, 32))
    assert traffic(profile, "shared", "store") == Traffic(32, 0, 32, 4096)
    assert traffic(profile, "shared", "load") == Traffic(32, 0, 32 * wavefronts, 4096)
    assert only(profile, "bar.sync").warp == 32
    assert profile.exact.all


def test_vector_lanes_of_shared_memory() -> None:
    text = f"""{REGISTERS}
.shared .align 16 .b8 tile[512];
mov.u32 %r1, %tid.x;
shl.b32 %r2, %r1, 4;
mov.u32 %r3, tile;
add.u32 %r3, %r3, %r2;
ld.shared.v4.u32 {{%r4, %r5, %r6, %r7}}, [%r3];
st.shared.v2.u32 [%r3], {{%r4, %r5}};
ret;
"""
    profile = counted(module_of(text), 1, 32)
    assert traffic(profile, "shared", "load") == Traffic(1, 0, 4, 512)
    # Lanes 16 bytes apart write 8: words 4l and 4l+1, four lanes to a bank.
    assert traffic(profile, "shared", "store") == Traffic(1, 0, 4, 256)


NESTED = f"""{REGISTERS}
mov.u32 %r1, %tid.x;
setp.lt.u32 %p1, %r1, 8;
@%p1 bra OUTER;
add.u32 %r2, %r1, 1;
bra JOIN;
OUTER:
setp.lt.u32 %p2, %r1, 2;
@!%p2 bra INNER_JOIN;
sub.u32 %r2, %r1, 1;
INNER_JOIN:
xor.b32 %r2, %r1, 3;
JOIN:
mul.lo.u32 %r3, %r2, %r2;
ret;
"""


def test_nested_divergence_meets_at_the_post_dominator() -> None:
    profile = counted(module_of(NESTED), 1, 32)
    lanes = {name: only(profile, name).active for name in ("add.u32", "sub.u32", "xor.b32")}
    assert lanes == {"add.u32": 24, "sub.u32": 2, "xor.b32": 8}
    join = only(profile, "mul.lo.u32")
    assert (join.warp, join.active) == (1, 32)


LANE_TRIPS = f"""{REGISTERS}
mov.u32 %r1, %tid.x;
mov.u32 %r2, 0;
LOOP:
add.u32 %r2, %r2, 1;
setp.le.u32 %p1, %r2, %r1;
@%p1 bra LOOP;
xor.b32 %r3, %r2, %r1;
ret;
"""


def test_a_warp_loops_as_long_as_its_last_lane() -> None:
    profile = counted(module_of(LANE_TRIPS), 1, 64)
    body = only(profile, "add.u32")
    # Lane t goes round t + 1 times: the warps 32 and 64 times, the lanes 1 + … + 64 times.
    assert (body.warp, body.thread) == (32 + 64, 64 * 65 // 2)
    after = only(profile, "xor.b32")
    assert (after.warp, after.active) == (2, 64)


def test_an_early_exit_thins_the_warp_out() -> None:
    text = f"""{REGISTERS}
mov.u32 %r1, %laneid;
setp.ge.u32 %p1, %r1, 20;
@%p1 exit;
add.u32 %r2, %r1, 1;
setp.ge.u32 %p2, %r1, 5;
@%p2 ret;
sub.u32 %r2, %r1, 1;
ret;
"""
    profile = counted(module_of(text), 1, 32)
    leave = only(profile, "exit")
    assert (leave.warp, leave.active, leave.thread) == (1, 32, 12)
    assert only(profile, "add.u32").active == 20
    assert only(profile, "sub.u32").active == 5


def test_a_guard_that_is_false_for_all_is_issued_but_makes_no_request() -> None:
    text = f"""{REGISTERS}
ld.param.u64 %rd1, [a];
mov.u32 %r1, %ctaid.x;
setp.eq.u32 %p1, %r1, 1;
@%p1 ld.global.f32 %f1, [%rd1];
ret;
"""
    profile = counted(module_of(text, ".param .u64 a"), 4, 32)
    load = only(profile, "ld.global.f32")
    assert (load.warp, load.thread, load.active) == (4, 32, 128)
    assert traffic(profile, "global", "load") == Traffic(1, 1, 0, 128)


def test_atomics_on_one_address() -> None:
    text = f"""{REGISTERS}
ld.param.u64 %rd1, [a];
mov.u32 %r1, %tid.x;
shr.u32 %r2, %r1, 3;
mul.wide.u32 %rd2, %r2, 64;
add.s64 %rd2, %rd2, %rd1;
red.global.add.u32 [%rd2], 1;
ret;
"""
    profile = counted(module_of(text, ".param .u64 a"), 2, 48)
    # Eight lanes to an address: four addresses a whole warp, two in the half one.
    assert traffic(profile, "global", "atomic") == Traffic(4, 12, 0, 384, 8, 32)


def test_constants_count_distinct_words() -> None:
    text = f"""{REGISTERS}
mov.u32 %r1, %tid.x;
shr.u32 %r2, %r1, 2;
mul.wide.u32 %rd2, %r2, 4;
mov.u64 %rd3, table;
add.s64 %rd3, %rd3, %rd2;
ld.const.u32 %r4, [%rd3];
ld.const.u32 %r5, [table+4];
ret;
"""
    before = ".const .align 4 .u32 table[8] = {0, 1, 2, 3, 4, 5, 6, 7};"
    profile = counted(module_of(text, before=before), 1, 32)
    assert traffic(profile, "constant", "load") == Traffic(2, 0, 8 + 1, 256)


def test_local_memory_interleaves() -> None:
    text = f""".local .align 8 .b8 depot[64];
.reg .b64 %SP;
.reg .b64 %SPL;
{REGISTERS}
mov.u64 %SPL, depot;
cvta.local.u64 %SP, %SPL;
mov.u32 %r1, %tid.x;
st.local.u32 [%SPL+8], %r1;
ld.u32 %r2, [%SP+8];
and.b32 %r3, %r1, 1;
mul.wide.u32 %rd1, %r3, 4;
add.s64 %rd2, %SPL, %rd1;
ld.local.u32 %r4, [%rd2];
ret;
"""
    profile = counted(module_of(text), 1, 32)
    assert traffic(profile, "local", "store") == Traffic(1, 4, 0, 128)
    # The generic load is four sectors again; even and odd lanes' words lie in eight.
    assert traffic(profile, "local", "load") == Traffic(2, 4 + 8, 0, 256)
    assert profile.exact.all


def test_async_copy_counts_on_both_sides() -> None:
    text = f"""{REGISTERS}
.shared .align 16 .b8 tile[512];
ld.param.u64 %rd1, [a];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd2, %r1, 16;
add.s64 %rd2, %rd2, %rd1;
shl.b32 %r2, %r1, 4;
mov.u32 %r3, tile;
add.u32 %r3, %r3, %r2;
cp.async.cg.shared.global [%r3], [%rd2], 16;
cp.async.wait_all;
ret;
"""
    profile = counted(module_of(text, ".param .u64 a"), 1, 32)
    assert traffic(profile, "global", "load") == Traffic(1, 16, 0, 512)
    assert traffic(profile, "shared", "store") == Traffic(1, 0, 4, 512)


def test_a_bulk_copy_is_one_request() -> None:
    text = f"""{REGISTERS}
.shared .align 128 .b8 tile[2048];
.shared .align 8 .b64 bar;
ld.param.u64 %rd1, [a];
mov.u32 %r1, %tid.x;
setp.ne.u32 %p1, %r1, 0;
@%p1 bra DONE;
mov.u32 %r3, tile;
mov.u32 %r4, bar;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r3], [%rd1], 1040, [%r4];
DONE:
ret;
"""
    profile = counted(module_of(text, ".param .u64 a"), 2, 64)
    assert traffic(profile, "global", "load") == Traffic(2, 2 * 33, 0, 2080)
    assert traffic(profile, "shared", "store") == Traffic(2, 0, 2 * 9, 2080)
    # Both blocks copy the same bytes.
    assert profile.footprint.any.block == 66
    assert profile.footprint.any.launch == 33


def test_ldmatrix_reads_rows_of_sixteen_bytes() -> None:
    text = f"""{REGISTERS}
.shared .align 16 .b8 tile[4096];
mov.u32 %r1, %laneid;
shl.b32 %r2, %r1, 7;
mov.u32 %r3, tile;
add.u32 %r3, %r3, %r2;
ldmatrix.sync.aligned.m8n8.x4.shared.b16 {{%r4, %r5, %r6, %r7}}, [%r3];
ldmatrix.sync.aligned.m8n8.x1.shared.b16 {{%r8}}, [%r3];
ret;
"""
    profile = counted(module_of(text), 1, 32)
    # Rows 128 bytes apart lie in the same four banks: 32 and 8 rows of one another's conflict.
    assert traffic(profile, "shared", "load") == Traffic(2, 0, 32 + 8, 512 + 128)


GRID_STRIDE = f"""{REGISTERS}
ld.param.u64 %rd1, [a];
ld.param.u32 %r10, [n];
{GLOBAL_INDEX}
mov.u32 %r5, %nctaid.x;
mul.lo.s32 %r6, %r5, %r2;
setp.ge.s32 %p1, %r4, %r10;
@%p1 bra DONE;
LOOP:
mul.wide.s32 %rd3, %r4, 4;
add.s64 %rd4, %rd1, %rd3;
ld.global.f32 %f1, [%rd4];
add.s32 %r4, %r4, %r6;
setp.lt.s32 %p2, %r4, %r10;
@%p2 bra LOOP;
DONE:
ret;
"""


def test_grid_stride_loop() -> None:
    module = module_of(GRID_STRIDE, ".param .u64 a, .param .u32 n")
    profile = counted(module, 2, 128, {1: 1000})
    load = only(profile, "ld.global.f32")
    # 1000 elements over 256 threads: 31 whole warps and a quarter of one.
    assert (load.warp, load.thread) == (32, 1000)
    assert traffic(profile, "global", "load") == Traffic(32, 125, 0, 4000)


SHARED_TREE = f"""{REGISTERS}
.shared .align 4 .b8 tile[1024];
mov.u32 %r1, %tid.x;
mov.u32 %r9, tile;
shl.b32 %r2, %r1, 2;
add.u32 %r3, %r9, %r2;
st.shared.u32 [%r3], %r1;
mov.u32 %r4, 128;
LOOP:
bar.sync 0;
setp.ge.u32 %p1, %r1, %r4;
@%p1 bra NEXT;
shl.b32 %r5, %r4, 2;
add.u32 %r6, %r3, %r5;
ld.shared.u32 %r7, [%r6];
ld.volatile.shared.u32 %r8, [%r3];
add.s32 %r8, %r8, %r7;
st.volatile.shared.u32 [%r3], %r8;
NEXT:
shr.u32 %r4, %r4, 1;
setp.ne.u32 %p2, %r4, 0;
@%p2 bra LOOP;
ret;
"""


def test_shared_tree_reduction() -> None:
    profile = counted(module_of(SHARED_TREE), 1, 256)
    # Eight rounds of eight warps; 128 … 1 lanes add: 4 + 2 + 1 + 1 + 1 + 1 + 1 + 1 warps.
    assert only(profile, "bar.sync").warp == 64
    body = only(profile, "add.s32")
    assert (body.warp, body.thread) == (12, 255)
    assert traffic(profile, "shared", "load") == Traffic(24, 0, 24, 2 * 255 * 4)
    assert traffic(profile, "shared", "store") == Traffic(20, 0, 20, 1024 + 255 * 4)
    assert profile.exact.all


def test_a_call_counts_the_callees_instructions() -> None:
    before = """
.func (.param .b32 result) twice(.param .b32 value)
{
.reg .b32 %r<3>;
ld.param.u32 %r1, [value];
shl.b32 %r2, %r1, 1;
st.param.b32 [result], %r2;
ret;
}
"""
    text = f"""{REGISTERS}
mov.u32 %r1, %tid.x;
setp.lt.u32 %p1, %r1, 10;
@!%p1 bra DONE;
{{
.param .b32 in;
st.param.b32 [in], %r1;
.param .b32 out;
call.uni (out), twice, (in);
ld.param.b32 %r2, [out];
}}
add.u32 %r3, %r2, 1;
DONE:
ret;
"""
    profile = counted(module_of(text, before=before), 2, 64)
    call = only(profile, "call.uni")
    assert (call.warp, call.thread) == (2, 20)
    inside = only(profile, "shl.b32")
    assert (inside.warp, inside.active) == (2, 20)
    assert profile.exact.all


def test_an_external_call_is_one_instruction() -> None:
    before = ".extern .func (.param .b32 status) vprintf(.param .b64 f, .param .b64 a);"
    text = f"""{REGISTERS}
{{
.param .b64 first;
.param .b64 second;
.param .b32 status;
mov.u64 %rd1, 0;
st.param.b64 [first], %rd1;
st.param.b64 [second], %rd1;
call.uni (status), vprintf, (first, second);
ld.param.b32 %r1, [status];
}}
ret;
"""
    profile = counted(module_of(text, before=before), 1, 32)
    assert only(profile, "call.uni").warp == 1
    assert only(profile, "ld.param.b32").warp == 1
    assert only(profile, "ld.param.b32").opcode.category == "move"
    assert ("param", "load") not in profile.traffic()
