"""The fingerprint of random kernels and of the corpus, against an interpreter that notes each byte
it writes; where data decides what runs, but does not sway what is written, under two fills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import Run, run_closed
from ptxenergy.launch.closed.stores import _POINTS, _PRIME, fingerprint
from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory, evaluate
from ptxenergy.launch.reference.lanes import Array, Bools
from ptxenergy.launch.request import Launch, Pins
from ptxenergy.ptx.syntax import Function, Module
from ptxenergy.tune.work import Work
from tests.corpus import CorpusLaunch, one_launch_per_kernel
from tests.launch.closed.programs import program
from tests.launch.closed.test_corpus import fewer_blocks
from tests.launch.reference_launches import launch_of, module_of
from tests.launch.test_reference_corpus import resolved

PARAMETERS = ".param .u64 a, .param .u64 b"
GRIDS = ((5,), (3, 4), (17,), (2, 3, 2))
BLOCKS = ((32,), (48,), (8, 8), (20, 3), (64,))
LIMIT = 50_000
CORPUS_LIMIT = 8_000


class Noting(GlobalMemory):
    """Global memory that notes which bytes are written, and how often each. `below` is a bound of
    the words that it is filled with: numbers of any size make loops that data ends too long."""

    def __init__(self, seed: int, below: int | None = None) -> None:
        super().__init__(seed)
        self.written: Counter[int] = Counter()
        self.below = below

    def _page(self, number: int) -> npt.NDArray[np.uint8]:
        is_new = number not in self._pages
        page = super()._page(number)
        if is_new and self.below is not None:
            page.view(np.uint32)[:] %= self.below
        return page

    def write(self, address: int, values: Array) -> None:
        """What variables hold at the start is not written by the launch."""
        before = self.written.copy()
        super().write(address, values)
        self.written = before

    def store(self, addresses: Array, lanes: Bools, values: Array) -> None:
        for address in addresses[np.nonzero(lanes)[0]].tolist():
            self.written.update(range(address, address + values.dtype.itemsize))
        super().store(addresses, lanes, values)


def compared(seed: int, grid: tuple[int, ...], block: tuple[int, ...]) -> str:
    """`same`, where both find the same writes, or why they were not compared."""
    module = module_of(program(Random(seed), 2), PARAMETERS)
    kernel = module.kernels[0]
    return held(module, kernel, launch_of(kernel, grid, block), seed)


def held(module: Module, kernel: Function, launch: Launch, seed: int, limit: int = LIMIT) -> str:
    """The same of a launch; where data decides anything, under two fills."""
    try:
        run = run_closed(module, kernel, launch, Pins())
    except UnsupportedError:
        return "unsupported"
    if Work(run, 1 << 20).doubt:
        return "decided by data"
    written: list[Counter[int]] = []
    for memory in (Noting(seed), Noting(seed + 1), Noting(seed, 3), Noting(seed + 1, 5)):
        options = EvaluationOptions(warp_instruction_limit=limit, data=seed)
        if "truncated" not in evaluate(module, kernel, launch, options, memory).flags:
            written.append(memory.written)
        if len(written) == 1 + (not run.policy.control_exact):
            break
    else:
        return "long"
    for own in written:
        assert value_of(run) == listed(own)
    return "same" if written[0] else "nothing written"


def value_of(run: Run) -> list[int]:
    """The fingerprint of all that is written, whatever by."""
    found = fingerprint(run.sums) or ()
    return [sum(total[place] for _, total in found) % _PRIME for place in range(len(_POINTS))]


def listed(written: Counter[int]) -> list[int]:
    """The fingerprint of bytes one by one."""
    return [sum(n * pow(x, at, _PRIME) for at, n in written.items()) % _PRIME for x in _POINTS]


@settings(max_examples=25)
@given(st.integers(0, 1 << 32), st.sampled_from(GRIDS), st.sampled_from(BLOCKS))
def test_random_kernels_write_what_their_fingerprint_says(
    seed: int, grid: tuple[int, ...], block: tuple[int, ...]
) -> None:
    compared(seed, grid, block)


def test_most_random_kernels_are_compared() -> None:
    found = [compared(seed, GRIDS[seed % 4], BLOCKS[seed % 5]) for seed in range(20)]
    assert found.count("same") >= 12, Counter(found)


def cases() -> Iterator[Any]:
    """The launches; those for which the interpreter takes half a minute are slow."""
    for case in one_launch_per_kernel():
        is_slow = case.label in ("spmv_csr_scalar", "spmv_csr_vector")
        yield pytest.param(case, id=case.name, marks=[pytest.mark.slow] if is_slow else [])


@pytest.mark.parametrize("case", cases())
def test_corpus_kernels_that_data_steers_write_what_their_fingerprint_says(
    case: CorpusLaunch,
) -> None:
    module, kernel, launch = resolved(case)
    launch = fewer_blocks(launch, 2)
    try:
        run = run_closed(module, kernel, launch, Pins())
    except UnsupportedError:
        pytest.skip("unsupported")
    if run.policy.control_exact:
        pytest.skip("data decides nothing")
    outcome = held(module, kernel, launch, 1, CORPUS_LIMIT)
    if outcome != "same":
        pytest.skip(outcome)
