"""Work spread over processes, or over a Dask cluster; the results do not depend on which."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from msgspec import Struct

from ptxenergy.train.errors import TrainingError

Task = TypeVar("Task")
Result = TypeVar("Result")
_ANSWER_S = 5
Track: TypeAlias = Callable[[Iterable[object], str, int], Iterable[object]]


def no_track(items: Iterable[object], doing: str, total: int) -> Iterable[object]:
    """The items as they are: nobody watches."""
    return items


class Workers(Struct, frozen=True):
    """How much runs at once: `jobs` processes, or what a Dask `scheduler` (its address) offers.

    `track` is handed the results as they come, with what is being done and how many there will be.
    """

    jobs: int = 1
    scheduler: str | None = None
    track: Track = no_track

    def map(
        self, work: Callable[[Task], Result], tasks: Sequence[Task], doing: str
    ) -> list[Result]:
        """`work` of each task, in order. Raises TrainingError where no scheduler answers."""
        return list(self.each(work, tasks, doing))

    def each(
        self, work: Callable[[Task], Result], tasks: Sequence[Task], doing: str
    ) -> Iterator[Result]:
        """The same, one by one as they are done; later ones wait for earlier ones."""
        yield from self.track(self._results(work, tasks), doing, len(tasks))  # type: ignore[misc]

    def _results(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        if self.scheduler is None and (self.jobs == 1 or len(tasks) < 2):
            yield from map(work, tasks)
            return
        from joblib import Parallel, delayed

        with _backend(self.scheduler), warnings.catch_warnings():
            # joblib begins a new process where one has grown; nothing is lost by that.
            warnings.filterwarnings("ignore", "A worker stopped while some jobs")
            count = -1 if self.scheduler else self.jobs
            parallel = Parallel(n_jobs=count, return_as="generator", batch_size=1)
            yield from parallel(delayed(work)(task) for task in tasks)


@contextmanager
def _backend(scheduler: str | None) -> Iterator[None]:
    if scheduler is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise TrainingError("--scheduler needs Dask: pip install 'ptxenergy[dask]'") from error
    from joblib import parallel_config

    try:
        client = Client(scheduler, timeout=_ANSWER_S)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise TrainingError(f"no Dask scheduler answers at {scheduler}: {error}") from error
    with client, parallel_config(backend="dask", client=client):
        yield


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
