"""`ptxenergy evaluate`: how good a model of these rows is on kernel families that it never saw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from ptxenergy.cli import counts
from ptxenergy.cli.examples import examples
from ptxenergy.cli.kit import DatasetsOption
from ptxenergy.cli.learning import (
    RowsGpuOption,
    SchedulerOption,
    needing_training,
    workers,
)
from ptxenergy.cli.options import JobsOption, JsonOption
from ptxenergy.cli.screen import show, write

if TYPE_CHECKING:
    from ptxenergy.model.scores import Evaluation

EXAMPLES = (
    "ptxenergy evaluate datasets/h200",
    "ptxenergy evaluate datasets/h200 --json",
    "ptxenergy evaluate datasets/h200 --html h200.html --jobs 8",
    "ptxenergy evaluate datasets/h200 --locked",
)
_DEFAULT = "model"


class _DefaultGroup(TyperGroup):
    """A group whose command `model` may be left out: `evaluate ROWS` is `evaluate model ROWS`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the default command in front where no other is named."""
        is_help = bool(args) and args[0] in ctx.help_option_names
        if args and not is_help and args[0] not in self.commands:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_DefaultGroup,
    no_args_is_help=True,
    help="Say how good predictions are. `ptxenergy evaluate ROWS` judges models of these rows on "
    "kernel families that they did not see.",
)


app.command("counts", epilog=examples(counts.EXAMPLES))(counts.counts)


@app.command(_DEFAULT, epilog=examples(EXAMPLES))
def model(
    rows: Annotated[
        Path, typer.Argument(metavar="ROWS", help="A CSV file of rows or a data set's folder.")
    ],
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Test on the locked families, too. Every use is recorded."),
    ] = False,
    as_json: JsonOption = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with pictures, too.")
    ] = None,
    models: Annotated[
        Path, typer.Option("--models", help="The folder that holds the book of locked uses.")
    ] = Path("models"),
    gpu: RowsGpuOption = None,
    datasets: DatasetsOption = Path("datasets"),
    jobs: JobsOption = 0,
    scheduler: SchedulerOption = None,
) -> None:
    """Judge models of these rows on kernel families that were left out of them."""
    with needing_training(html):
        from ptxenergy.train.evaluation import evaluate
        from ptxenergy.train.locked import check_place
        from ptxenergy.train.material import Source, load_material
        from ptxenergy.train.rows import SIMULATED, read_rows

        if locked:
            check_place(read_rows(rows).gpu == SIMULATED, models)
        crew = workers(jobs, scheduler)
        material, _ = load_material(Source(rows, datasets, gpu), crew, with_locked=locked)
        evaluation = _with_uses(evaluate(material, crew), models, locked=locked)
        if html is not None:
            from ptxenergy.report.pages import evaluation_html

            html.write_text(evaluation_html(evaluation), encoding="utf-8")
    _show(evaluation, as_json=as_json)


def _show(evaluation: Evaluation, *, as_json: bool) -> None:
    if as_json:
        from ptxenergy.report.evaluation_json import evaluation_json
        from ptxenergy.report.json import dump

        write(dump(evaluation_json(evaluation)) + "\n")
    else:
        from ptxenergy.report.evaluation import show_evaluation

        show(show_evaluation(evaluation))


def _with_uses(evaluation: Evaluation, models: Path, *, locked: bool) -> Evaluation:
    """The evaluation with every use of the locked families, this one written down first: in their
    book, and in the card of every model there.
    """
    from msgspec.structs import replace

    from ptxenergy.report.pages import with_uses
    from ptxenergy.train.locked import append_use, read_uses

    if locked:
        append_use(evaluation, models)
    uses = read_uses(models)
    for card in (path.with_suffix(".md") for path in models.glob("*.npz")) if locked else ():
        if card.exists():
            card.write_text(with_uses(card.read_text(encoding="utf-8"), uses), encoding="utf-8")
    return replace(evaluation, locked_uses=uses)
