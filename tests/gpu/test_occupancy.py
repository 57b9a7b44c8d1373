"""Occupancy against NVIDIA's cuda_occupancy.h: the committed answers, and fresh ones."""

from __future__ import annotations

import secrets

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ptxenergy.errors import LaunchError
from ptxenergy.gpu import load
from ptxenergy.gpu.occupancy import LIMITERS, occupancy
from tests.gpu.occupancy_oracle import (
    ANSWER_COLUMNS,
    ANSWERS,
    CASE_COLUMNS,
    DEVICES,
    FACTORS,
    ask,
    find_header,
    random_cases,
)

CAPABILITIES = list(DEVICES)
_FACTOR_BITS = sum(FACTORS.values())


def _ours(gpu_id: str, cases: NDArray[np.int64]) -> NDArray[np.int64]:
    """Blocks and the limits that bind as a bit mask, checking the answer against itself."""
    gpu = load(gpu_id)
    answers = []
    for block_threads, registers, static, dynamic in cases.tolist():
        found = occupancy(
            gpu,
            block_threads=block_threads,
            registers_per_thread=registers,
            shared_bytes=static + dynamic,
        )
        warps = -(-block_threads // 32) * found.blocks_per_sm
        assert found.warps_per_sm == warps
        assert found.fraction == warps / gpu.limits.max_warps_per_sm <= 1
        assert found.limiter == found.limiters[0] == min(found.limiters, key=LIMITERS.index)
        answers.append((found.blocks_per_sm, sum(FACTORS[name] for name in found.limiters)))
    return np.array(answers, dtype=np.int64)


def _disagreements(
    gpu_id: str, cases: NDArray[np.int64], theirs: NDArray[np.int64]
) -> list[tuple[list[int], list[int], list[int]]]:
    ours = _ours(gpu_id, cases)
    expected = theirs.copy()
    expected[:, 1] &= _FACTOR_BITS
    wrong = np.flatnonzero((ours != expected).any(axis=1))[:5]
    return [(cases[i].tolist(), ours[i].tolist(), expected[i].tolist()) for i in wrong]


@pytest.mark.parametrize("capability", CAPABILITIES, ids="{0[0]}.{0[1]}".format)
def test_equals_the_committed_answers_of_cuda_occupancy(capability: tuple[int, int]) -> None:
    with np.load(ANSWERS, allow_pickle=False) as stored:
        prefix = "{}.{} ".format(*capability)
        columns = [
            stored[prefix + name].astype(np.int64) for name in (*CASE_COLUMNS, *ANSWER_COLUMNS)
        ]
    table = np.stack(columns, axis=1)
    cases, theirs = table[:, :4], table[:, 4:]
    assert len(cases) >= 10_000
    assert _disagreements(DEVICES[capability][0], cases, theirs) == []


def test_the_committed_answers_say_their_version_and_cover_every_limit() -> None:
    with np.load(ANSWERS, allow_pickle=False) as stored:
        assert str(stored["header"]).startswith("cuda_occupancy.h of CUDA 1")
        for capability in DEVICES:
            prefix = "{}.{} ".format(*capability)
            blocks, mask = (stored[prefix + name] for name in ANSWER_COLUMNS)
            assert 0.05 < (blocks == 0).mean() < 0.7
            for bit in FACTORS.values():
                assert ((mask & bit) > 0).sum() > 50
            # One barrier per block binds only where the block slots do, so leaving it out is safe.
            assert (mask[(mask & 16) > 0] & FACTORS["blocks"]).all()


@pytest.mark.nvcc
def test_equals_fresh_answers_of_the_header_on_this_machine() -> None:
    header = find_header()
    if header is None:
        pytest.skip("no cuda_occupancy.h with g++ on this machine")
    seed = secrets.randbits(32)
    generator = np.random.default_rng(seed)
    cases = {capability: random_cases(generator, 400) for capability in DEVICES}
    for capability, theirs in ask(header, cases).items():
        wrong = _disagreements(DEVICES[capability][0], cases[capability], theirs)
        assert wrong == [], f"seed {seed}, capability {capability}"


@pytest.mark.parametrize(
    ("gpu", "threads", "registers", "shared", "blocks", "limiter"),
    [
        ("h200", 256, 32, 0, 8, "warps"),
        ("h200", 32, 16, 0, 32, "blocks"),
        ("h200", 256, 64, 0, 4, "registers"),
        ("h200", 128, 32, 100 * 1024, 2, "shared"),
        ("h200", 128, 32, 227 * 1024, 1, "shared"),
        ("h200", 128, 32, 227 * 1024 + 1, 0, "shared"),
        ("h200", 1025, 32, 0, 0, "warps"),
        ("h200", 1024, 65, 0, 0, "registers"),
        ("v100", 128, 32, 96 * 1024, 1, "shared"),
        ("p100", 128, 32, 49 * 1024, 0, "shared"),
        ("rtx4090", 1024, 32, 0, 1, "warps"),
    ],
)
def test_known_launches(
    gpu: str, threads: int, registers: int, shared: int, blocks: int, limiter: str
) -> None:
    found = occupancy(
        load(gpu), block_threads=threads, registers_per_thread=registers, shared_bytes=shared
    )
    assert (found.blocks_per_sm, found.limiter) == (blocks, limiter)


@given(
    threads=st.integers(1, 1024),
    registers=st.integers(1, 255),
    shared=st.integers(0, 227 * 1024),
    more=st.integers(0, 64),
)
def test_asking_for_more_never_lets_more_blocks_in(
    threads: int, registers: int, shared: int, more: int
) -> None:
    gpu = load("h100")

    def blocks(threads: int, registers: int, shared: int) -> int:
        return occupancy(
            gpu, block_threads=threads, registers_per_thread=registers, shared_bytes=shared
        ).blocks_per_sm

    here = blocks(threads, registers, shared)
    assert blocks(threads + more, registers, shared) <= here
    assert blocks(threads, registers + more, shared) <= here
    assert blocks(threads, registers, shared + more) <= here


@pytest.mark.parametrize(("threads", "registers", "shared"), [(0, 1, 0), (1, -1, 0), (1, 1, -1)])
def test_refuses_what_is_no_launch(threads: int, registers: int, shared: int) -> None:
    with pytest.raises(LaunchError):
        occupancy(
            load("t4"), block_threads=threads, registers_per_thread=registers, shared_bytes=shared
        )
