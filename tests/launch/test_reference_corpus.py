"""Every kernel of the corpus: what is called exact is what real data gives, and nothing is called
exact that data steers.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import (
    EvaluationOptions,
    evaluate,
    evaluate_sampled,
)
from ptxenergy.launch.request import Dim3, Launch, Pins
from ptxenergy.launch.resolve import resolve
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Function, Module
from tests.corpus import CorpusLaunch, corpus_launches, one_launch_per_kernel

LIMIT = 60_000
# Where a texture lies is the driver's business, and a tensor copy's size is in its tensor map.
OPAQUE = {"warp_image", "halve_image", "gemm_wgmma"}
FEW = 3_000.0


@cache
def module_of(path: Path) -> Module:
    return parse_text(path.read_bytes(), path.name)


def one_wave(_: Dim3) -> int:
    return 132


def resolved(case: CorpusLaunch) -> tuple[Module, Function, Launch]:
    module = module_of(case.path)
    kernel = module.functions[case.kernel]
    return module, kernel, resolve(module, kernel, case.request, one_wave)


def some_blocks(case: CorpusLaunch, data: int | None) -> LaunchProfile:
    """The first, the middle and the last block, with unknown or with real contents."""
    module, kernel, launch = resolved(case)
    last = launch.grid.volume - 1
    options = EvaluationOptions(
        data="unknown" if data is None else data,
        blocks=tuple(sorted({0, last // 2, last})),
        warp_instruction_limit=LIMIT,
    )
    return evaluate(module, kernel, launch, options)


@pytest.mark.parametrize("case", one_launch_per_kernel(), ids=lambda case: case.name)
def test_exact_counts_are_those_of_real_data(case: CorpusLaunch) -> None:
    assumed = some_blocks(case, None)
    if "truncated" in assumed.flags:
        pytest.skip("longer than this test waits")
    if case.data_dependent or case.label in OPAQUE:
        assert not assumed.exact.all
        return
    assert assumed.exact.all, assumed.assumptions
    real = some_blocks(case, 5)
    assert real.exact.all
    for one, other in zip(assumed.instructions, real.instructions, strict=True):
        assert one == other
    assert real.footprint == assumed.footprint


@pytest.mark.parametrize("case", corpus_launches(), ids=lambda case: case.name)
def test_every_launch_is_counted(case: CorpusLaunch) -> None:
    module, kernel, launch = resolved(case)
    profile = evaluate_sampled(module, kernel, launch, Pins(), FEW)
    assert sum(item.warp for item in profile.instructions) > 0
    assert all(item.thread <= item.active <= 32 * item.warp for item in profile.instructions)
    if not profile.exact.all:
        assert profile.assumptions or profile.flags
