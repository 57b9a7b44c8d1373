"""`ptxenergy dataset`: check measured rows, and say what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.cli.examples import examples
from ptxenergy.cli.kit import DatasetsOption, MeasureError, refusing
from ptxenergy.cli.screen import write

EXAMPLES = ("ptxenergy dataset check datasets/h200", "ptxenergy dataset summary datasets/h200")
PLOT_EXAMPLES = (EXAMPLES[1], "ptxenergy dataset summary datasets/h200 --plot h200.png")

app = typer.Typer(no_args_is_help=True, help="Check measured rows, and say what they hold.")

_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A data set: it holds `rows/`.")]


@app.command(epilog=examples(EXAMPLES[:1]))
def check(folder: _Folder, datasets: DatasetsOption = Path("datasets")) -> None:
    """Hold rows to the data dictionary: schema, ranges, sums, duplicates, checksums."""
    from ptxenergy.measure.rows.check import check as faults_of
    from ptxenergy.measure.rows.summary import rows_of

    _must_hold_rows(folder)
    with refusing():
        faults = faults_of(folder, datasets)
        count = len(rows_of(folder))
    write("".join(f"{fault}\n" for fault in faults))
    write(f"{count} rows, {len(faults)} faults\n")
    if faults:
        raise typer.Exit(2)


@app.command(epilog=examples(PLOT_EXAMPLES))
def summary(
    folder: _Folder,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw it, too: .png, .svg or .pdf."),
    ] = None,
    datasets: DatasetsOption = Path("datasets"),
) -> None:
    """Say what a data set holds. Locked families are counted and never shown."""
    from ptxenergy.measure.kernels.families import read_families
    from ptxenergy.measure.rows.summary import rows_of, summarise

    _must_hold_rows(folder)
    with refusing():
        families = read_families(datasets)
        locked = frozenset(name for name, family in families.items() if family.is_locked)
        rows = rows_of(folder)
        lines = list(summarise(rows, locked).lines())
        if plot is not None:
            _draw(rows, plot, locked)
    write("".join(f"{line}\n" for line in lines))


def _draw(rows: list[dict[str, str]], path: Path, locked: frozenset[str]) -> None:
    from ptxenergy.measure.rows.summary import plot

    try:
        plot(rows, path, locked)
    except ImportError as error:
        raise MeasureError("--plot needs matplotlib: pip install 'ptxenergy[plots]'") from error
    except ValueError as error:
        raise MeasureError(f"{path}: {error}") from error


def _must_hold_rows(folder: Path) -> None:
    if not any((folder / "rows").glob("*.csv")):
        raise MeasureError(f"{folder} is no data set: it has no `rows/*.csv`")
