"""The fingerprint of random kernels, against an interpreter that notes each byte it writes."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import run_closed
from ptxenergy.launch.closed.stores import _POINTS, _PRIME, fingerprint
from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory, evaluate
from ptxenergy.launch.reference.lanes import Array, Bools
from ptxenergy.launch.request import Pins
from tests.launch.closed.programs import program
from tests.launch.reference_launches import launch_of, module_of

PARAMETERS = ".param .u64 a, .param .u64 b"
GRIDS = ((5,), (3, 4), (17,), (2, 3, 2))
BLOCKS = ((32,), (48,), (8, 8), (20, 3), (64,))
LIMIT = 50_000


class Noting(GlobalMemory):
    """Global memory that notes which bytes are written, and how often each."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.written: Counter[int] = Counter()

    def store(self, addresses: Array, lanes: Bools, values: Array) -> None:
        for address in addresses[np.nonzero(lanes)[0]].tolist():
            self.written.update(range(address, address + values.dtype.itemsize))
        super().store(addresses, lanes, values)


def compared(seed: int, grid: tuple[int, ...], block: tuple[int, ...]) -> str:
    """`same`, where both find the same writes, or why they were not compared."""
    module = module_of(program(Random(seed), 2), PARAMETERS)
    kernel = module.kernels[0]
    launch = launch_of(kernel, grid, block)
    try:
        run = run_closed(module, kernel, launch, Pins())
    except UnsupportedError:
        return "unsupported"
    found = fingerprint(run.sums)
    if found is None or not run.policy.control_exact:
        return "decided by data"
    memory = Noting(seed)
    options = EvaluationOptions(warp_instruction_limit=LIMIT, data=seed)
    if "truncated" in evaluate(module, kernel, launch, options, memory).flags:
        return "long"
    for place, point in enumerate(_POINTS):
        listed = sum(n * pow(point, at, _PRIME) for at, n in memory.written.items()) % _PRIME
        assert sum(total[place] for _, total in found) % _PRIME == listed
    return "same" if memory.written else "nothing written"


@settings(max_examples=25)
@given(st.integers(0, 1 << 32), st.sampled_from(GRIDS), st.sampled_from(BLOCKS))
def test_random_kernels_write_what_their_fingerprint_says(
    seed: int, grid: tuple[int, ...], block: tuple[int, ...]
) -> None:
    compared(seed, grid, block)


def test_most_random_kernels_are_compared() -> None:
    found = [compared(seed, GRIDS[seed % 4], BLOCKS[seed % 5]) for seed in range(20)]
    assert found.count("same") >= 12, Counter(found)
