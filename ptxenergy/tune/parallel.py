"""Shapes tried in several processes at once; what is found does not depend on how many."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ptxenergy.launch.request import Dim3
from ptxenergy.tune.result import Candidate, Excluded
from ptxenergy.tune.trial import Trial

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

_LEAST_SHAPES: Final = 4
"""Fewer for each process are not worth beginning it."""

_trials: list[Trial] = []


def outcomes(
    trial: Trial, shapes: Sequence[Dim3], processes: int
) -> Iterable[Candidate | Excluded]:
    """What comes of each shape, in order; processes begin at once.

    They are copies of this one, with all that it knows of the kernel; where the system does not
    make copies, or not safely, which is all but Linux, there is only this one.
    """
    processes = min(processes, len(shapes) // _LEAST_SHAPES)
    if processes < 2 or sys.platform != "linux":
        return map(trial.outcome, shapes)
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(processes, get_context("fork"), _trials.append, (trial,))
    with warnings.catch_warnings():
        # Python warns of copies made beside threads; those here are NumPy's, which are not needed.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = pool.map(_outcome, shapes, chunksize=2)
    return _and_close(pool, found)


def _and_close(
    pool: ProcessPoolExecutor, found: Iterator[Candidate | Excluded]
) -> Iterator[Candidate | Excluded]:
    with pool:
        yield from found


def _outcome(shape: Dim3) -> Candidate | Excluded:
    return _trials[-1].outcome(shape)
