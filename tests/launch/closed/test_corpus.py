"""Kernels of the corpus: exact counts against the reference, under two fills and block orders."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Dim3, Launch, Pins
from tests.corpus import CorpusLaunch, corpus_launches, one_launch_per_kernel
from tests.launch.test_reference_corpus import resolved

LIMIT = 150_000


def fewer_blocks(launch: Launch, most: int) -> Launch:
    """The launch with a grid small enough to be run block by block."""
    x, y, z = launch.grid
    z = min(z, 2)
    y = min(y, max(1, most // 6))
    x = min(x, max(1, most // (y * z)))
    return replace(launch, grid=Dim3(x, y, z))


def closed(case: CorpusLaunch, most: int) -> tuple[Launch, LaunchProfile] | None:
    module, kernel, launch = resolved(case)
    launch = fewer_blocks(launch, most)
    try:
        return launch, evaluate_closed(module, kernel, launch, Pins(), wave_blocks=most // 4)
    except UnsupportedError:
        return None


@pytest.mark.parametrize("case", one_launch_per_kernel(), ids=lambda case: case.name)
def test_exact_counts_are_the_references(case: CorpusLaunch) -> None:
    found = closed(case, 24)
    if found is None or not found[1].exact.all:
        pytest.skip("left to the reference evaluation")
    launch, profile = found
    module, kernel, _ = resolved(case)
    volume = launch.grid.volume
    for data in (1, 2):
        order = tuple(Random(data).sample(range(volume), volume))
        real = evaluate(
            module,
            kernel,
            launch,
            EvaluationOptions(data=data, blocks=order, warp_instruction_limit=LIMIT, wave_blocks=6),
        )
        if "truncated" in real.flags:
            pytest.skip("longer than this test waits")
        assert real.exact.all
        assert profile.instructions == real.instructions
        assert profile.footprint == real.footprint


def test_whole_corpus_launches_are_exact_where_data_decides_nothing() -> None:
    """At their full size, every third: of the launches that nothing loaded steers, three in four.

    `benchmarks/evaluation.py` has the share of all.
    """
    exact, decidable = 0, 0
    for case in corpus_launches()[::3]:
        module, kernel, launch = resolved(case)
        decidable += not case.data_dependent
        try:
            exact += evaluate_closed(module, kernel, launch, Pins()).exact.all
        except UnsupportedError:
            continue
    assert exact >= 0.75 * decidable
