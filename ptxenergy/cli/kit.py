"""What the commands of the measuring kit share: its errors as one, and where its data lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.errors import PtxEnergyError

DatasetsOption = Annotated[
    Path, typer.Option("--datasets", help="The folder that holds kernels, PTX and plan.")
]


class MeasureError(PtxEnergyError):
    """The measuring kit refuses, or a file of its own cannot be read or written."""

    code = "measure"


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the kit's errors into one that the command line shows as a line."""
    from ptxenergy.measure.kernels.compile import CompileError
    from ptxenergy.measure.kernels.families import FamilyError
    from ptxenergy.measure.planning.plan import PlanError

    try:
        yield
    except (CompileError, FamilyError, PlanError) as error:
        raise MeasureError(str(error)) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise MeasureError(str(error)) from error


def must_hold_rows(folder: Path) -> None:
    """Raise MeasureError where a folder is no data set."""
    if not any((folder / "rows").glob("*.csv")):
        raise MeasureError(f"{folder} is no data set: it has no `rows/*.csv`")
