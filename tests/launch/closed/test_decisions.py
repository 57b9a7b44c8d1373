"""Branches, guards, loops and addresses that data decides, in launches of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.closed.intervals import Bytes
from ptxenergy.launch.closed.pieces import Piece
from ptxenergy.launch.closed.reach import launch_sectors
from ptxenergy.launch.profile import InstructionProfile, LaunchProfile
from ptxenergy.launch.reference import evaluate_sampled
from ptxenergy.launch.request import Pins
from tests.corpus import one_launch_per_kernel
from tests.launch.closed.test_corpus import fewer_blocks
from tests.launch.reference_launches import launch_of, module_of
from tests.launch.test_reference_corpus import resolved

REGISTERS = """.reg .pred %p<6>;
.reg .b32 %r<20>;
.reg .b64 %rd<20>;
"""
PARAMETERS = ".param .u64 data, .param .u64 out"
INDEX = """ld.param.u64 %rd1, [data];
ld.param.u64 %rd4, [out];
mov.u32 %r1, %ctaid.x;
mov.u32 %r2, %tid.x;
mad.lo.s32 %r3, %r1, 256, %r2;
mul.wide.s32 %rd2, %r3, 4;
add.s64 %rd3, %rd1, %rd2;
add.s64 %rd5, %rd4, %rd2;
"""
BLOCKS, WARPS = 1_000_003, 8 * 1_000_003


def counted(body: str, **pins: float) -> LaunchProfile:
    """A launch of a million blocks. `branch` and `trip` pin the line marked `// here`."""
    module = module_of(REGISTERS + INDEX + body, PARAMETERS)
    kernel = module.kernels[0]
    marked = [i for i in kernel.instructions if i.guard is not None]
    line = marked[0].location.line if marked else 0
    chosen = Pins(
        branches={line: pins["branch"]} if "branch" in pins else {},
        trips={line: pins["trip"]} if "trip" in pins else {},
    )
    return evaluate_closed(module, kernel, launch_of(kernel, (BLOCKS, 1), (256, 1), {}), chosen)


def of(profile: LaunchProfile, opcode: str) -> InstructionProfile:
    return next(i for i in profile.instructions if i.instruction.opcode == opcode)


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.9])
def test_a_branch_is_taken_by_as_many_as_its_probability_says(probability: float) -> None:
    body = """ld.global.u32 %r4, [%rd3];
setp.ne.s32 %p1, %r4, 0;
@%p1 bra TAKEN;
bra.uni END;
TAKEN:
st.global.u32 [%rd5], %r3;
END:
ret;
"""
    profile = counted(body, branch=probability)
    assert not profile.exact.control
    assert profile.exact.addresses or "footprint-estimated" in profile.flags
    store = of(profile, "st.global.u32")
    some = 1 - (1 - probability) ** 32
    assert store.warp == pytest.approx(
        WARPS * some, rel=5 * ((1 - some) / some / 256) ** 0.5 + 1e-9
    )
    assert store.thread == pytest.approx(
        32 * WARPS * probability, rel=0.5 if probability < 0.1 else 0.1
    )
    assert profile.blocks_evaluated == BLOCKS
    assert "sampled" not in profile.flags


def test_a_guard_and_its_negation_share_out_the_lanes() -> None:
    body = """ld.global.u32 %r4, [%rd3];
setp.ne.s32 %p1, %r4, 0;
@%p1 st.global.u32 [%rd5], %r3;
@!%p1 st.global.u16 [%rd5], 0;
ret;
"""
    profile = counted(body)
    taken, left = of(profile, "st.global.u32"), of(profile, "st.global.u16")
    assert 0 < taken.thread < 32 * WARPS
    assert taken.thread + left.thread == 32 * WARPS


LOOP = """mov.u32 %r5, 0;
AGAIN:
ld.global.u32 %r4, [%rd3];
add.s64 %rd3, %rd3, 1024;
add.s32 %r5, %r5, 1;
setp.ne.s32 %p1, %r4, 0;
@%p1 bra AGAIN;
st.global.u32 [%rd5], %r5;
ret;
"""


@pytest.mark.parametrize("trips", [1, 8, 1_000_000])
def test_a_loop_that_data_ends_turns_as_often_as_pinned(trips: int) -> None:
    profile = counted(LOOP, trip=trips)
    assert of(profile, "ld.global.u32").warp == WARPS * trips
    assert of(profile, "st.global.u32").thread == 32 * WARPS
    assert not profile.exact.control


def test_a_mean_of_trips_that_is_no_whole_number() -> None:
    profile = counted(LOOP, trip=100.25)
    assert of(profile, "ld.global.u32").thread == pytest.approx(32 * WARPS * 100.25, rel=1e-3)
    assert of(profile, "ld.global.u32").warp == pytest.approx(WARPS * 101, rel=1e-3)


def test_an_inner_loop_counts_anew_at_each_turn_of_the_outer_one() -> None:
    body = """mov.u32 %r6, 0;
OUTER:
mov.u64 %rd6, %rd3;
AGAIN:
ld.global.u32 %r4, [%rd6];
add.s64 %rd6, %rd6, 4;
setp.ne.s32 %p1, %r4, 0;
@%p1 bra AGAIN;
add.s32 %r6, %r6, 1;
setp.lt.s32 %p2, %r6, 1000;
@%p2 bra OUTER;
st.global.u32 [%rd5], %r6;
ret;
"""
    profile = counted(body, trip=12)
    assert of(profile, "ld.global.u32").warp == WARPS * 12 * 1000


def test_what_is_known_settles_what_is_not() -> None:
    """`loaded && i < 4` ends the loop after four iterations whatever was loaded."""
    body = """mov.u32 %r5, 0;
AGAIN:
ld.global.u32 %r4, [%rd3];
add.s32 %r5, %r5, 1;
setp.ne.s32 %p1, %r4, 0;
setp.lt.s32 %p2, %r5, 4;
and.pred %p3, %p1, %p2;
@%p3 bra AGAIN;
ret;
"""
    assert of(counted(body, trip=8), "ld.global.u32").warp == 4 * WARPS


def test_an_index_that_data_sets_in_some_lanes_leaves_the_others_known() -> None:
    body = """ld.global.u32 %r4, [%rd3];
setp.lt.u32 %p1, %r2, 16;
@%p1 add.s32 %r3, %r3, %r4;
mul.wide.s32 %rd6, %r3, 4;
add.s64 %rd7, %rd4, %rd6;
st.global.u32 [%rd7], %r1;
ret;
"""
    profile = counted(body)
    stored = of(profile, "st.global.u32").traffic["global", "store"]
    assert stored.requests == WARPS
    assert stored.bytes == 4 * 32 * WARPS
    # Warp 0 of each block: 16 unknown lanes, a sector each, and 16 lanes in two sectors.
    assert stored.sectors == BLOCKS * (16 + 2 + 7 * 4)
    assert profile.exact.control
    assert not profile.exact.addresses
    # Each unknown lane is a sector of its own; the known ones are 30 sectors of their block.
    assert profile.footprint.write.launch == BLOCKS * (16 + 30)


def test_a_value_that_came_through_shared_memory_is_left_to_the_reference() -> None:
    body = """.shared .b32 kept[256];
mov.u32 %r6, kept;
shl.b32 %r7, %r2, 2;
add.s32 %r8, %r6, %r7;
st.shared.u32 [%r8], %r2;
ld.shared.u32 %r9, [%r8];
setp.lt.s32 %p1, %r9, 16;
@%p1 st.global.u32 [%rd5], %r9;
ret;
"""
    with pytest.raises(UnsupportedError):
        counted(body)


# Kernels in which each lane looks at a value of its own.
NEAR = ("spmv_csr_scalar", "bfs_level", "hash_insert", "hamming", "run_automaton")


@pytest.mark.parametrize("label", NEAR)
def test_estimates_are_near_those_of_lanes_drawn_one_by_one(label: str) -> None:
    case = next(c for c in one_launch_per_kernel() if c.label == label)
    module, kernel, launch = resolved(case)
    launch = fewer_blocks(launch, 60)
    found = evaluate_closed(module, kernel, launch, Pins())
    expected = evaluate_sampled(module, kernel, launch, Pins(), 1e8)
    assert "sampled" not in expected.flags
    for count in ("warp", "thread"):
        one, other = (
            sum(getattr(i, count) for i in profile.instructions) for profile in (found, expected)
        )
        assert one == pytest.approx(other, rel=0.05)
    one, other = (
        sum(t.sectors for (space, _), t in profile.traffic().items() if space == "global")
        for profile in (found, expected)
    )
    assert one == pytest.approx(other, rel=0.1)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), min_size=1, max_size=6),
    st.lists(st.tuples(st.sampled_from([32, 64, 96, 1024]), st.integers(1, 5)), max_size=2),
    st.tuples(st.sampled_from([0, 32, 128]), st.integers(1, 4)),
)
def test_rounding_to_sectors_changes_no_count_of_sectors(
    intervals: list[tuple[int, int]], loops: list[tuple[int, int]], move: tuple[int, int]
) -> None:
    starts = np.array([start for start, _ in intervals], np.int64)
    own = Bytes.of(starts, starts + np.array([length for _, length in intervals]))
    box = Box((0, 0, 0), (1, 1, 1), (move[1], 1, 1))
    piece = Piece(box, own, tuple(sorted(loops)), (move[0], 0, 0))
    assert launch_sectors([piece.rounded()])[0] == launch_sectors([piece])[0]
