"""Properties that every evaluation has: additive over blocks, the same in any order, and what is
called exact is what real data gives.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ptxenergy.launch.profile import LaunchProfile, Traffic
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Launch
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Function, Module
from tests.launch.reference_launches import launch_of

CORPUS = Path(__file__).parent.parent / "corpus" / "ptx" / "nvcc-13.0" / "sm_90"

Case = tuple[str, str, int | tuple[int, ...], int | tuple[int, ...], dict[int, int | float], int]
EXACT: list[Case] = [
    ("vector_add", "vector_add", 5, 96, {3: 400}, 0),
    ("transpose", "transpose_naive", (2, 5), (32, 8), {2: 60, 3: 37}, 0),
    ("transpose", "_Z15transpose_tiledILi32ELi8ELi1EEvPKfPfii", (2, 2), (32, 8), {2: 60, 3: 37}, 0),
    ("gemm_tiled", "gemm_tiled", (2, 2), (16, 16), {3: 20, 4: 30, 5: 33}, 0),
    ("reduce_tree", "reduce_max_tree", 3, 128, {2: 700}, 512),
    ("scan", "scan_blocks", 2, 64, {3: 200}, 512),
    ("softmax", "softmax_rows", 3, 64, {2: 100}, 0),
    ("fourier", "fft_512", 2, 64, {}, 0),
]
DATA_DEPENDENT: list[Case] = [
    ("sorting", "merge_path", 2, 64, {1: 300, 3: 200, 5: 10}, 0),
    ("histogram", "histogram_bytes", 2, 96, {2: 900}, 0),
]


@cache
def module_named(name: str) -> Module:
    path = CORPUS / f"{name}.ptx"
    return parse_text(path.read_bytes(), path.name)


def prepared(case: Case) -> tuple[Module, Function, Launch]:
    name, kernel, grid, block, values, shared = case
    module = module_named(name)
    function = module.functions[kernel]
    return module, function, launch_of(function, grid, block, values, shared)


def counts(profile: LaunchProfile) -> list[tuple[object, ...]]:
    """Everything counted, instruction by instruction."""
    return [(i.warp, i.thread, i.active, dict(i.traffic)) for i in profile.instructions]


def summed(profiles: list[LaunchProfile]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for parts in zip(*(p.instructions for p in profiles), strict=True):
        traffic: dict[tuple[str, str], Traffic] = {}
        for part in parts:
            for key, own in part.traffic.items():
                traffic[key] = traffic[key] + own if key in traffic else own
        rows.append(
            (sum(p.warp for p in parts), sum(p.thread for p in parts),
             sum(p.active for p in parts), traffic)
        )  # fmt: skip
    return rows


@pytest.mark.parametrize("case", EXACT + DATA_DEPENDENT, ids=lambda c: c[1])
def test_counts_add_up_over_blocks(case: Case) -> None:
    module, kernel, launch = prepared(case)
    whole = evaluate(module, kernel, launch, EvaluationOptions())
    singles = [
        evaluate(module, kernel, launch, EvaluationOptions(blocks=(block,)))
        for block in range(launch.grid.volume)
    ]
    assert counts(whole) == summed(singles)
    assert whole.footprint.any.block == sum(p.footprint.any.block for p in singles)


@pytest.mark.parametrize("case", EXACT + DATA_DEPENDENT, ids=lambda c: c[1])
def test_the_order_of_blocks_changes_nothing(case: Case) -> None:
    module, kernel, launch = prepared(case)
    order = np.random.default_rng(3).permutation(launch.grid.volume)
    whole = evaluate(module, kernel, launch, EvaluationOptions())
    shuffled = evaluate(
        module, kernel, launch, EvaluationOptions(blocks=tuple(int(b) for b in order))
    )
    assert counts(shuffled) == counts(whole)
    assert shuffled.footprint == whole.footprint


@pytest.mark.parametrize("case", EXACT, ids=lambda c: c[1])
@pytest.mark.parametrize("seed", [0, 1])
def test_exact_counts_are_those_of_real_data(case: Case, seed: int) -> None:
    module, kernel, launch = prepared(case)
    assumed = evaluate(module, kernel, launch, EvaluationOptions())
    real = evaluate(module, kernel, launch, EvaluationOptions(data=seed))
    assert assumed.exact.all
    assert real.exact.all
    assert not assumed.assumptions
    assert counts(real) == counts(assumed)
    assert real.footprint == assumed.footprint


@pytest.mark.parametrize("case", DATA_DEPENDENT, ids=lambda c: c[1])
def test_what_data_decides_is_not_called_exact(case: Case) -> None:
    module, kernel, launch = prepared(case)
    assumed = evaluate(module, kernel, launch, EvaluationOptions())
    real = evaluate(module, kernel, launch, EvaluationOptions(data=0))
    assert not assumed.exact.all
    assert not real.exact.all
    assert assumed.assumptions
    assert not real.assumptions


def test_a_run_repeats_itself() -> None:
    module, kernel, launch = prepared(DATA_DEPENDENT[0])
    first = evaluate(module, kernel, launch, EvaluationOptions())
    again = evaluate(module, kernel, launch, EvaluationOptions())
    assert first == again
