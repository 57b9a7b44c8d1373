"""`ptxenergy dataset publish`: everything that rows show, by one command, as pages and pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptxenergy.cli.files import write_file, write_texts
from ptxenergy.cli.kit import DatasetsOption, MeasureError, must_hold_rows, refusing
from ptxenergy.cli.learning import (
    RowsGpuOption,
    SchedulerOption,
    needing_training,
    watched,
    workers,
)
from ptxenergy.cli.options import JobsOption
from ptxenergy.cli.screen import show, write

if TYPE_CHECKING:
    from ptxenergy.findings.conclusions import Commands, Conclusions
    from ptxenergy.findings.data_set import DataSet
    from ptxenergy.launch.agreement import CountsAgreement
    from ptxenergy.model.scores import Evaluation
    from ptxenergy.train.material import Source
    from ptxenergy.train.parallel import Workers

EXAMPLES = (
    "ptxenergy dataset publish datasets/h200 --readme README.md",
    "ptxenergy dataset publish out/simulated",
)
_PICTURES = ("errors.svg", "coverage.svg", "picks.svg")


def publish(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A data set: it holds `rows/`.")],
    readme: Annotated[
        Path | None,
        typer.Option(
            "--readme", metavar="FILE", help="Write the figures between its two markers, too."
        ),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(
            "--models",
            metavar="FOLDER",
            help="Where model and card go [default: models; of simulated rows "
            "FOLDER/models/simulated].",
            show_default=False,
        ),
    ] = None,
    gpu: RowsGpuOption = None,
    datasets: DatasetsOption = Path("datasets"),
    jobs: JobsOption = 0,
    scheduler: SchedulerOption = None,
) -> None:
    """Check rows, find what they show, hold counts to counters, train, judge, and write it down.

    Writes FOLDER/README.md with its figures/, the model and its card, and a block of figures into
    the README that is named. Locked families stay closed. Exit code 1: all was written, but a part
    lacks what it needs; the page says which command supplies it.
    """
    must_hold_rows(folder)
    with needing_training(folder), refusing():
        from ptxenergy.train.material import Source

        known = _ready(folder, datasets, readme)
        out = models or _models_of(known)
        crew = workers(jobs, scheduler)
        conclusions = _concluded(known, Source(folder, datasets, gpu), out, crew, readme)
        written = _write(known, conclusions, readme)
    if _tell(conclusions, written):
        raise typer.Exit(1)


def _ready(folder: Path, datasets: Path, readme: Path | None) -> DataSet:
    """The data set, if its rows are without fault and the README can take its figures."""
    from ptxenergy.findings.data_set import read_data_set
    from ptxenergy.findings.page import check_markers
    from ptxenergy.measure.rows.check import check

    _step("checking rows")
    faults = check(folder, datasets)
    if faults:
        raise MeasureError(
            f"{faults[0]} (1 of {len(faults)} faults: see `ptxenergy dataset check {folder}`)"
        )
    known = read_data_set(folder, datasets)
    if readme is not None and known.simulated:
        raise MeasureError(f"{readme} is left alone: these rows are simulated, leave out --readme")
    if readme is not None:
        check_markers(readme.read_text(encoding="utf-8"), str(readme))
    return known


def _models_of(known: DataSet) -> Path:
    return known.folder / "models" / "simulated" if known.simulated else Path("models")


def _concluded(
    known: DataSet, source: Source, out: Path, crew: Workers, readme: Path | None
) -> Conclusions:
    from ptxenergy.findings.conclusions import Conclusions, read_explained
    from ptxenergy.findings.finding import findings_of
    from ptxenergy.train.locked import check_place

    check_place(known.simulated, out)
    explained = read_explained(known.folder)
    commands = _commands(known, out, readme)
    _step("finding what rows show")
    findings = findings_of(known)
    _step("holding counts to counters")
    counts = _counts(known, source, commands)
    _step("training and judging")
    evaluation, model = _trained(known, source, out, crew, commands)
    return Conclusions(
        title=f"Data set {known.folder.resolve().name}",
        findings=findings,
        commands=commands,
        counts=counts,
        evaluation=evaluation,
        explained=explained,
        model=model,
    )


def _commands(known: DataSet, out: Path, readme: Path | None) -> Commands:
    from ptxenergy.findings.conclusions import Commands
    from ptxenergy.findings.data_set import typed

    place = known.typed
    into = "" if readme is None else f" --readme {typed(readme)}"
    return Commands(
        publish=f"ptxenergy dataset publish {place}{into}",
        findings=f"ptxenergy dataset findings {place}",
        counters=f"ptxenergy measure counters --out {place}",
        counts=f"ptxenergy evaluate counts {place}",
        train=f"ptxenergy train {place} --out {typed(out)}",
        evaluate=f"ptxenergy evaluate {place}",
        measure=f"ptxenergy measure run --out {place}",
    )


def _counts(known: DataSet, source: Source, commands: Commands) -> CountsAgreement | str:
    from ptxenergy.evaluation.counters import CountersError, compare

    if known.profiled is None:
        return f"no `counters.jsonl`: run `{commands.counters}`"
    try:
        return compare(known.folder, source.datasets, source.gpu, known.locked, watched)
    except CountersError as error:
        return f"{_told(error, known)}: run `{commands.counters}`"


def _trained(
    known: DataSet, source: Source, out: Path, crew: Workers, commands: Commands
) -> tuple[Evaluation | str, str]:
    """The evaluation and the model's card, or why rows do not suffice and what supplies more."""
    from ptxenergy.cli.train import train_and_write
    from ptxenergy.findings.data_set import typed
    from ptxenergy.train.errors import TrainingError

    try:
        evaluation, _, path = train_and_write(source, out, crew)
    except TrainingError as error:
        return f"{_told(error, known)}: measure more with `{commands.measure}`", ""
    return evaluation, typed(path.with_suffix(".md"))


def _told(error: Exception, known: DataSet) -> str:
    return str(error).replace(str(known.folder), known.typed)


def _write(known: DataSet, conclusions: Conclusions, readme: Path | None) -> list[Path]:
    from ptxenergy.findings.page import data_set_page, figures_block, with_figures
    from ptxenergy.findings.pictures import PICTURES, findings_pictures

    _step("drawing and writing")
    pictures = findings_pictures(known, conclusions.findings)
    if not isinstance(conclusions.evaluation, str):
        from ptxenergy.report.plots import evaluation_plots

        drawn = evaluation_plots(conclusions.evaluation).values()
        pictures |= dict(zip(_PICTURES, drawn, strict=False))
    figures = known.folder / "figures"
    for name in (*PICTURES, *_PICTURES):
        (figures / name).unlink(missing_ok=True)
    write_texts(figures, pictures)
    page = known.folder / "README.md"
    write_file(page, data_set_page(conclusions, tuple(pictures)))
    if readme is None:
        return [page]
    text = readme.read_text(encoding="utf-8")
    write_file(readme, with_figures(text, figures_block(conclusions), str(readme)))
    return [page, readme]


def _tell(conclusions: Conclusions, written: list[Path]) -> bool:
    """Show the goals, what is lacking and what was written; whether anything is lacking."""
    from rich.console import Group
    from rich.text import Text

    from ptxenergy.findings.asked import all_goals, lacking_of
    from ptxenergy.findings.tables import goal_table
    from ptxenergy.report.evaluation import MADE_UP

    simulated = conclusions.findings.simulated
    heading = [Text(MADE_UP, style="bold yellow")] if simulated else []
    show(Group(*heading, goal_table(all_goals(conclusions))))
    lacking = lacking_of(conclusions)
    parts = [f"lacking: {part}" for part in lacking] + [f"written: {path}" for path in written]
    write("".join(f"{part}\n" for part in parts))
    return bool(lacking)


def _step(doing: str) -> None:
    """Say on a terminal what comes next; the bars of each step follow."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"{doing} …\n")
