"""`ptxenergy train`: measured rows → the model that `predict` loads, and its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptxenergy.cli.kit import DatasetsOption
from ptxenergy.cli.learning import (
    LearningError,
    RowsGpuOption,
    SchedulerOption,
    needing_training,
    workers,
)
from ptxenergy.cli.options import JobsOption
from ptxenergy.cli.screen import show, write

if TYPE_CHECKING:
    from ptxenergy.model.artifact import Model
    from ptxenergy.model.scores import Evaluation
    from ptxenergy.train.material import Source
    from ptxenergy.train.parallel import Workers

EXAMPLES = (
    "ptxenergy train datasets/h200 --out models",
    "ptxenergy train --from models/h200.npz --rows mine.csv --out mine",
    "ptxenergy train datasets/h200 --out models --scheduler tcp://cluster:8786",
)


def train(
    place: Annotated[
        Path | None,
        typer.Argument(metavar="ROWS", help="A CSV file of rows or a data set's folder."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where model and card are written.")
    ] = Path("models"),
    rows: Annotated[
        Path | None, typer.Option("--rows", metavar="ROWS", help="The same as the argument ROWS.")
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option("--from", metavar="MODEL", help="Adapt this model to at least 20 rows."),
    ] = None,
    any_model: Annotated[
        bool,
        typer.Option("--any-model", help="Adapt a model of something else; never calibrated."),
    ] = False,
    gpu: RowsGpuOption = None,
    datasets: DatasetsOption = Path("datasets"),
    jobs: JobsOption = 0,
    scheduler: SchedulerOption = None,
) -> None:
    """Train a model on measured rows and judge it on kernel families left out, or adapt one."""
    if (place is None) == (rows is None):
        raise LearningError("give the rows once: as the argument ROWS or with --rows")
    with needing_training(out):
        from ptxenergy.train.material import Source

        source = Source(place or rows or Path(), datasets, gpu)
        crew = workers(jobs, scheduler)
        if base is None:
            _train(source, out, crew)
        else:
            _adapt(base, source, out, crew, any_model=any_model)


def _train(source: Source, out: Path, crew: Workers) -> None:
    from ptxenergy.report.evaluation import show_evaluation

    evaluation, model, path = train_and_write(source, out, crew)
    show(show_evaluation(evaluation))
    write(f"\n{model.header.model_id} in {path}\n")


def train_and_write(source: Source, out: Path, crew: Workers) -> tuple[Evaluation, Model, Path]:
    """Train and judge a model, write it with its card, and say what was found and where it lies.

    Raises TrainingError where the rows do not suffice or `out` is not for them.
    """
    from msgspec.structs import replace

    from ptxenergy.report.pages import model_card
    from ptxenergy.train.locked import check_place, read_uses
    from ptxenergy.train.material import load_material
    from ptxenergy.train.rows import SIMULATED, read_rows
    from ptxenergy.train.training import train as trained

    check_place(read_rows(source.place).gpu == SIMULATED, out)
    material, gpu = load_material(source, crew)
    found = trained(material, gpu, crew)
    uses = read_uses(out)
    evaluation = replace(found.evaluation, locked_uses=uses)
    path = _write(found.model, model_card(found.model.header, evaluation, uses), out)
    return evaluation, found.model, path


def _adapt(base: Path, source: Source, out: Path, crew: Workers, *, any_model: bool) -> None:
    from ptxenergy.model.artifact import read
    from ptxenergy.report.evaluation import share
    from ptxenergy.report.pages import model_card
    from ptxenergy.train.adaptation import adapt
    from ptxenergy.train.locked import check_place, read_uses
    from ptxenergy.train.material import load_material
    from ptxenergy.train.rows import SIMULATED, read_rows

    known = read(base)
    check_place(read_rows(source.place).gpu == SIMULATED, out)
    material, gpu = load_material(source, crew, with_unpinned=False)
    found = adapt(known, material, gpu, any_model=any_model)
    uses = tuple(dict.fromkeys((*read_uses(base.parent), *read_uses(out))))
    path = _write(found.model, model_card(found.model.header, None, uses), out)
    write(
        f"median error of energy on kernels left out: {share(found.before_median_ape)} before, "
        f"{share(found.after_median_ape)} after\n{found.model.header.model_id} in {path}\n"
    )


def _write(model: Model, card: str, out: Path) -> Path:
    from ptxenergy.model.artifact import save

    path = out / f"{model.header.gpu}.npz"
    save(model, path)
    path.with_suffix(".md").write_text(card, encoding="utf-8")
    return path
