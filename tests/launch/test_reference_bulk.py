"""Plain bulk copies with contents, and mbarriers whose phases are followed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory
from ptxenergy.launch.reference.phases import Phases
from tests.launch.reference_launches import launch_of, module_of, region, run

POINTERS = ".param .u64 k_source, .param .u64 k_target, .param .u32 k_size, .param .u32 k_at"
LOAD = "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
STORE = "cp.async.bulk.global.shared::cta.bulk_group"
INIT = "mbarrier.init.shared::cta.b64 [%r3], 1;"
EXPECT = "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], %r5;"
BRING = f"{LOAD} [%r2], [%rd1], %r5, [%r3];"
PARITY = "mbarrier.try_wait.parity.shared::cta.b64"
TILE_BYTES = 4096


def awaited(parity: int) -> str:
    """A loop that waits for the phase of a parity."""
    return f"WAIT{parity}: {PARITY} %p2, [%r3], {parity};\n@!%p2 bra WAIT{parity};"


def kernel(*lines: str) -> str:
    """Thread 0 of each block acts; %r2 is a place in the tile, %r5 the size, %rd1 the source."""
    return f"""
    .reg .b32 %r<16>;
    .reg .b64 %rd<16>;
    .reg .pred %p<4>;
    .shared .align 128 .b8 tile[{TILE_BYTES}];
    .shared .align 8 .b8 full[16];
    ld.param.u64 %rd1, [k_source];
    ld.param.u64 %rd2, [k_target];
    ld.param.u32 %r5, [k_size];
    ld.param.u32 %r6, [k_at];
    mov.u32 %r7, %ctaid.x;
    mul.wide.u32 %rd3, %r7, {TILE_BYTES};
    add.s64 %rd1, %rd1, %rd3;
    add.s64 %rd2, %rd2, %rd3;
    mov.u32 %r2, tile;
    add.u32 %r2, %r2, %r6;
    mov.u32 %r3, full;
    mov.u32 %r1, %tid.x;
    setp.ne.s32 %p1, %r1, 0;
    @%p1 bra DONE;
    {chr(10).join(lines)}
    DONE:
    ret;
    """


def copied(lines: tuple[str, ...], size: int, at: int) -> tuple[GlobalMemory, LaunchProfile]:
    """Run three blocks on a memory of random bytes."""
    module = module_of(kernel(*lines), POINTERS)
    memory = GlobalMemory(seed=3)
    launch = launch_of(module.kernels[0], 3, 64, {2: size, 3: at})
    return memory, run(module, launch, memory, EvaluationOptions(data=3))


@settings(max_examples=20)
@given(pieces=st.integers(1, 64), at=st.integers(0, 127))
def test_bytes_go_through_shared_memory_and_come_back(pieces: int, at: int) -> None:
    size, start = 16 * pieces, 16 * at
    there_and_back = (INIT, EXPECT, BRING, awaited(0), f"{STORE} [%rd2], [%r2], %r5;")
    memory, profile = copied(there_and_back, size, start)
    before = GlobalMemory(seed=3)
    for block in range(3):
        source = memory.read(region(0) + block * TILE_BYTES, size, np.uint8)
        target = memory.read(region(1) + block * TILE_BYTES, size, np.uint8)
        beyond = region(1) + block * TILE_BYTES + size
        assert (source == target).all()
        assert (memory.read(beyond, 16, np.uint8) == before.read(beyond, 16, np.uint8)).all()
    assert profile.flags == ("spin-wait",)


@pytest.mark.parametrize(("size", "at"), [(24, 0), (32, 8), (16, 4)])
def test_what_is_no_multiple_of_16_bytes_is_seen(size: int, at: int) -> None:
    _, profile = copied((INIT, EXPECT, BRING, awaited(0)), size, at)
    assert "bulk-misaligned" in profile.flags


def test_other_lanes_see_what_a_copy_brought() -> None:
    read = "ld.shared.u32 %r8, [%r2+4];\nst.global.u32 [%rd2], %r8;"
    memory, _ = copied((INIT, EXPECT, BRING, awaited(0), read), 32, 0)
    assert memory.read(region(1), 1, np.uint32) == memory.read(region(0) + 4, 1, np.uint32)


def test_a_copy_beyond_shared_memory_is_seen() -> None:
    _, profile = copied((INIT, EXPECT, BRING, awaited(0)), 16384, 4080)
    assert "shared-out-of-bounds" in profile.flags


TWICE = (INIT, EXPECT, BRING, awaited(0), EXPECT, BRING, awaited(1))


@pytest.mark.parametrize(
    ("lines", "is_met"),
    [
        ((INIT, EXPECT, BRING, awaited(0)), True),
        (TWICE, True),
        ((INIT, BRING, EXPECT, awaited(0)), True),
        # The first phase has not begun to be over, or nothing was ever brought.
        ((INIT, awaited(0), EXPECT, BRING), False),
        ((INIT, EXPECT, awaited(0)), False),
        # The wrong parity: the second phase is still open.
        ((INIT, EXPECT, BRING, EXPECT, BRING, awaited(1), awaited(0)), False),
        # Two arrivals are wanted, one comes.
        ((INIT.replace("1;", "2;"), EXPECT, BRING, awaited(0)), False),
        # Fewer bytes come than are expected, and more.
        ((INIT, EXPECT, BRING.replace("%r5", "16"), awaited(0)), False),
        ((INIT, EXPECT.replace("%r5", "16"), BRING, awaited(0)), False),
        # A parity that was over before the phase began is no wait at all.
        ((INIT, awaited(1), EXPECT, BRING, awaited(0)), True),
    ],
)
def test_a_wait_that_would_not_end_is_seen(lines: tuple[str, ...], is_met: bool) -> None:
    _, profile = copied(lines, 64, 0)
    assert ("wait-unmet" not in profile.flags) == is_met


def test_arrivals_of_other_kinds_are_not_judged() -> None:
    foreign = "cp.async.mbarrier.arrive.shared.b64 [%r3];"
    _, profile = copied((INIT, foreign, awaited(0)), 64, 0)
    assert "wait-unmet" not in profile.flags


@given(events=st.lists(st.integers(0, 3), max_size=30), count=st.integers(1, 3))
def test_a_phase_is_over_when_arrivals_and_bytes_are_all_there(
    events: list[int], count: int
) -> None:
    """Against a plain count of what has happened so far."""
    phases, key = Phases(), (0, 64)
    phases.begin(key, count)
    arrived = wanted = came = over = 0
    for event in events:
        step = {0: (1, 0, 0), 1: (1, 32, 0), 2: (0, 0, 16), 3: (0, 16, 0)}[event]
        phases.note(key, arrivals=step[0], expected=step[1], came=step[2])
        arrived, wanted, came = arrived + step[0], wanted + step[1], came + step[2]
        if arrived == count * (over + 1) and wanted == came:
            over += 1
        if arrived > count * (over + 1):
            return
        assert phases.is_over(key, over) is False
        assert phases.is_over(key, over + 1) is True
