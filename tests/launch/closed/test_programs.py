"""Random kernels: what is called exact is what the reference counts, lane by lane."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Pins
from tests.launch.closed.programs import functions, program
from tests.launch.reference_launches import launch_of, module_of

PARAMETERS = ".param .u64 a, .param .u64 b"
GRIDS = ((5,), (3, 4), (17,), (2, 3, 2), (33, 2), (40,))
BLOCKS = ((32,), (48,), (8, 8), (16, 4), (20, 3), (64,))
LIMIT = 200_000


def compared(
    seed: int, depth: int, shape: tuple[tuple[int, ...], tuple[int, ...]], callees: int = 0
) -> str:
    """`exact` where both evaluations agree, else why a random kernel was not compared."""
    before = functions(Random(seed + 1), callees)
    module = module_of(program(Random(seed), depth, callees), PARAMETERS, before)
    launch = launch_of(module.kernels[0], *shape)
    wave = Random(seed).choice([None, 2, 5])
    try:
        found = evaluate_closed(module, module.kernels[0], launch, Pins(), wave)
    except UnsupportedError:
        return "unsupported"
    options = EvaluationOptions(wave_blocks=wave, warp_instruction_limit=LIMIT)
    expected = evaluate(module, module.kernels[0], launch, options)
    if "truncated" in expected.flags or not found.exact.all:
        return "long"
    if not expected.exact.all:
        # What a lane did not set is unknown to the reference even where the other operand settles
        # the result: any value must do.
        fills = (replace(options, data=data) for data in (seed, seed + 1))
        compared_with = [evaluate(module, module.kernels[0], launch, fill) for fill in fills]
    else:
        compared_with = [expected]
    for real in compared_with:
        assert found.instructions == real.instructions
        assert found.footprint == real.footprint
    return "exact"


@settings(max_examples=120)
@given(
    st.integers(0, 1 << 32),
    st.integers(1, 3),
    st.tuples(st.sampled_from(GRIDS), st.sampled_from(BLOCKS)),
)
def test_random_kernels(
    seed: int, depth: int, shape: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    compared(seed, depth, shape)


@settings(max_examples=60)
@given(st.integers(0, 1 << 32), st.integers(1, 3))
def test_random_kernels_that_call_functions(seed: int, callees: int) -> None:
    compared(seed, 2, (GRIDS[seed % 6], BLOCKS[seed % 5]), callees)


def test_nearly_all_random_kernels_are_counted_exactly() -> None:
    outcomes = [compared(seed, 2, (GRIDS[seed % 6], BLOCKS[seed % 5])) for seed in range(60)]
    assert outcomes.count("exact") >= 55
    calling = [compared(seed, 2, (GRIDS[seed % 6], BLOCKS[seed % 5]), 2) for seed in range(60)]
    assert calling.count("exact") >= 45


@pytest.mark.parametrize("seed", [2, 11, 23])
def test_the_order_of_lanes_and_the_contents_of_memory_change_nothing(seed: int) -> None:
    module = module_of(program(Random(seed), 2), PARAMETERS)
    launch = launch_of(module.kernels[0], (7, 3), (24, 2))
    found = evaluate_closed(module, module.kernels[0], launch, Pins())
    for data in (1, 2):
        order = tuple(Random(data).sample(range(21), 21))
        options = EvaluationOptions(data=data, blocks=order)
        real = evaluate(module, module.kernels[0], launch, options)
        assert found.instructions == real.instructions
        assert found.footprint == real.footprint
