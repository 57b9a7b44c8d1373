"""`ptxenergy dataset`: check measured rows, and say what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.cli import publish
from ptxenergy.cli.examples import examples
from ptxenergy.cli.files import write_texts
from ptxenergy.cli.kit import DatasetsOption, MeasureError, must_hold_rows, refusing
from ptxenergy.cli.learning import needing_training
from ptxenergy.cli.options import JsonOption
from ptxenergy.cli.screen import show, write

EXAMPLES = (
    "ptxenergy dataset check datasets/h200",
    "ptxenergy dataset findings datasets/h200",
    "ptxenergy dataset publish datasets/h200 --readme README.md",
)
PLOT_EXAMPLES = (
    "ptxenergy dataset summary datasets/h200",
    "ptxenergy dataset summary datasets/h200 --plot h200.png",
)
ADD_EXAMPLES = ("ptxenergy dataset add datasets/h200 out",)
FINDINGS_EXAMPLES = (
    EXAMPLES[1],
    "ptxenergy dataset findings datasets/h200 --json",
    "ptxenergy dataset findings datasets/h200 --plots figures",
)

app = typer.Typer(
    no_args_is_help=True, help="Check measured rows, and say what they hold and show."
)

_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A data set: it holds `rows/`.")]


@app.command(epilog=examples(EXAMPLES[:1]))
def check(folder: _Folder, datasets: DatasetsOption = Path("datasets")) -> None:
    """Hold rows to the data dictionary: schema, ranges, sums, duplicates, checksums."""
    from ptxenergy.measure.rows.check import check as faults_of
    from ptxenergy.measure.rows.summary import rows_of

    must_hold_rows(folder)
    with refusing():
        faults = faults_of(folder, datasets)
        count = len(rows_of(folder))
    write("".join(f"{fault}\n" for fault in faults))
    write(f"{count} rows, {len(faults)} faults\n")
    if faults:
        raise typer.Exit(2)


@app.command(epilog=examples(ADD_EXAMPLES))
def add(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The data set to add to.")],
    source: Annotated[Path, typer.Argument(metavar="FROM", help="What was measured elsewhere.")],
    datasets: DatasetsOption = Path("datasets"),
) -> None:
    """Add what was measured elsewhere: rows, campaigns, counters, verdicts, probe."""
    from ptxenergy.measure.rows.adding import add as added
    from ptxenergy.measure.rows.check import check as faults_of

    must_hold_rows(source)
    with refusing():
        faults = faults_of(source, datasets)
        if faults:
            write("".join(f"{fault}\n" for fault in faults))
            raise typer.Exit(2)
        found = added(source, folder)
    campaigns = found["campaigns"]
    write(
        f"{campaigns} campaign{'' if campaigns == 1 else 's'}, {found['counters']} launches with "
        f"counters and {found['verified']} verdicts added to {folder}\n"
    )


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
    from ptxenergy.measure.kernels.families import locked_families
    from ptxenergy.measure.rows.summary import rows_of, summarise

    must_hold_rows(folder)
    with refusing():
        locked = locked_families(datasets)
        rows = rows_of(folder)
        lines = list(summarise(rows, locked).lines())
        if plot is not None:
            _draw(rows, plot, locked)
    write("".join(f"{line}\n" for line in lines))


@app.command(epilog=examples(FINDINGS_EXAMPLES))
def findings(
    folder: _Folder,
    as_json: JsonOption = False,
    plots: Annotated[
        Path | None,
        typer.Option("--plots", metavar="FOLDER", help="Draw them, too: SVG files in this folder."),
    ] = None,
    datasets: DatasetsOption = Path("datasets"),
) -> None:
    """Say what rows show: goals, meters, and what block shape changes beyond noise.

    Taken from rows, campaigns, probe and counters alone. Locked families are only counted.
    """
    must_hold_rows(folder)
    with needing_training(plots), refusing():
        from ptxenergy.findings.data_set import read_data_set
        from ptxenergy.findings.finding import findings_of
        from ptxenergy.findings.tables import findings_json, show_findings

        known = read_data_set(folder, datasets)
        found = findings_of(known)
        if plots is not None:
            from ptxenergy.findings.pictures import findings_pictures

            write_texts(plots, findings_pictures(known, found))
    if as_json:
        from ptxenergy.report.json import dump

        write(dump(findings_json(found)) + "\n")
    else:
        show(show_findings(found))


app.command("publish", epilog=examples(publish.EXAMPLES))(publish.publish)


def _draw(rows: list[dict[str, str]], path: Path, locked: frozenset[str]) -> None:
    from ptxenergy.measure.rows.summary import plot

    try:
        plot(rows, path, locked)
    except ImportError as error:
        raise MeasureError("--plot needs matplotlib: pip install 'ptxenergy[plots]'") from error
    except ValueError as error:
        raise MeasureError(f"{path}: {error}") from error
