"""The reported counts are sums of the profile, by NVIDIA's rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.launch.counts import DIRECTIONS, SPACES, TENSOR_KINDS, count
from ptxenergy.launch.profile import Traffic
from ptxenergy.program.opcode import CATEGORIES, TensorShape
from tests.report.handmade import ATOMIC, BARRIER, GUARDED, issued, opcode, profile


def test_categories_add_up_to_the_total() -> None:
    counts = count(profile())
    for by_category in (counts.warp_instructions, counts.thread_instructions):
        assert list(by_category) == ["total", *CATEGORIES]
        assert by_category["total"] == sum(by_category[name] for name in CATEGORIES)
    assert counts.warp_instructions["total"] == 610
    assert counts.thread_instructions["fp32"] == 3200


def test_only_bar_and_barrier_are_barriers() -> None:
    assert count(profile()).barriers == 100
    cluster = issued(opcode("barrier.cluster.arrive", "barrier"), 7, 224)
    mbarrier = issued(opcode("mbarrier.arrive.b64", "barrier"), 5, 160)
    assert count(profile(BARRIER, cluster, mbarrier)).barriers == 107


def test_mean_active_lanes_is_before_the_guard() -> None:
    assert count(profile(GUARDED)).mean_active_lanes == 32


def mma(kind: str, macs: int, warps: int = 1, *, is_sparse: bool = False) -> TensorShape:
    return TensorShape(kind, macs, warps, is_sparse)


def test_tensor_work_is_shared_among_the_warps_that_issue_it() -> None:
    dense = issued(opcode("mma.sync", "tensor", mma("f16", 4096)), 10, 320)
    group = issued(opcode("wgmma.mma_async", "tensor", mma("bf16", 4 * 262144, 4)), 8, 256)
    sparse = issued(opcode("mma.sp", "tensor", mma("f16", 8192, is_sparse=True)), 3, 96)
    bits = issued(opcode("mma.b1", "tensor", mma("b1", 32768)), 2, 64)
    macs = count(profile(dense, group, sparse, bits)).tensor_macs
    assert macs["f16"] == 10 * 4096 + 3 * 8192
    assert macs["sparse"] == 3 * 8192
    assert macs["bf16"] == 8 * 262144
    assert macs["s8"] == 2 * 32768
    assert list(macs) == [*TENSOR_KINDS, "sparse"]


def test_a_matrix_instruction_that_its_guard_skips_multiplies_nothing() -> None:
    shape = mma("f16", 4096)
    half = issued(opcode("mma.sync", "tensor", shape), 10, 160, active=320)
    never = issued(opcode("mma.sync", "tensor", shape), 10, 0, active=320)
    one_lane = issued(opcode("tcgen05.mma", "tensor", shape), 4, 1, active=128)
    assert count(profile(half)).tensor_macs["f16"] == 5 * 4096
    assert count(profile(never)).tensor_macs["f16"] == 0
    assert count(profile(one_lane)).tensor_macs["f16"] == 4096


def test_every_space_and_direction_is_there() -> None:
    memory = count(profile()).memory
    assert tuple(memory) == SPACES
    assert all(tuple(by_direction) == DIRECTIONS for by_direction in memory.values())
    assert memory["global"]["atomic"] == Traffic(10, 10, 0, 1280, 32, 320)
    assert memory["cluster"]["load"] == Traffic()


def test_what_could_not_be_resolved_is_charged_to_global() -> None:
    unresolved = issued(
        opcode("ld.f32", "memory"), 1, 32, traffic={("generic", "load"): Traffic(1, 32, 0, 128)}
    )
    assert count(profile(unresolved)).memory["global"]["load"].sectors == 32


@given(st.lists(st.sampled_from([ATOMIC, GUARDED, BARRIER]), max_size=8))
def test_counts_of_a_whole_are_the_sums_of_its_parts(parts: list[object]) -> None:
    instructions = [part for part in (ATOMIC, GUARDED, BARRIER) for p in parts if p is part]
    if not instructions:
        return
    whole = count(profile(*instructions))
    each = [count(profile(one)) for one in instructions]
    assert whole.warp_instructions["total"] == sum(c.warp_instructions["total"] for c in each)
    assert whole.memory["global"]["atomic"].sectors == sum(
        c.memory["global"]["atomic"].sectors for c in each
    )
