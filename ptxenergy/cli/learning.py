"""What `train`, `evaluate` and `features` share: where rows and workers are, and bars."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptxenergy.errors import PtxEnergyError

if TYPE_CHECKING:
    from ptxenergy.train.parallel import Workers

SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="A Dask scheduler that does the work."),
]
RowsGpuOption = Annotated[
    str | None,
    typer.Option("--gpu", metavar="ID", help="The rows' GPU, where their own name does not tell."),
]


class LearningError(PtxEnergyError):
    """What training needs is not installed, or a file of its own cannot be written."""

    code = "training"


@contextmanager
def needing_training(where: Path | None = None) -> Iterator[None]:
    """Turn a missing library and an unwritable file into an error that says what to do."""
    try:
        yield
    except ImportError as error:
        raise LearningError(
            f"{error.name or error} is needed and not installed: pip install 'ptxenergy[train]'"
        ) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise LearningError(f"{error.filename or where}: {error.strerror or error}") from error


def workers(jobs: int, scheduler: str | None) -> Workers:
    """The workers asked for, with a bar for what they do."""
    from ptxenergy.train.parallel import Workers, usable_cores

    return Workers(jobs or usable_cores(), scheduler, watched)


def watched(items: Iterable[object], doing: str, total: int) -> Iterator[object]:
    """The items, with a bar on standard error where that is a terminal."""
    if total < 2 or sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, doing, total=total, console=Console(stderr=True), transient=True)
