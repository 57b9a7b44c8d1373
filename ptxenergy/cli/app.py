"""The commands of `ptxenergy`, put together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, cast

import typer

from ptxenergy._version import __version__
from ptxenergy.cli import (
    budget,
    build_report,
    dataset,
    diff,
    doctor,
    evaluate,
    explain,
    features,
    gpus,
    inspect,
    measure,
    parse,
    plugins,
    predict,
    train,
    tune,
)
from ptxenergy.cli.examples import examples
from ptxenergy.cli.screen import write
from ptxenergy.errors import PtxEnergyError

# The parent of BadParameter: what every wrong use of the command line is.
_UsageError = cast(type[Exception], typer.BadParameter.__base__)

app = typer.Typer(
    name="ptxenergy",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class WrongUsageError(PtxEnergyError):
    """The command line cannot be understood: an unknown command or option, a missing value."""

    code = "usage"


def invoke(arguments: Sequence[str] | None) -> int:
    """Run the commands with these arguments (None: the process's own) and give the exit code.

    Raises WrongUsageError where the arguments make no sense, and whatever the command raises.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(app(typed or ["--help"], prog_name="ptxenergy", standalone_mode=False) or 0)
    except _UsageError as error:
        raise WrongUsageError(_explained(error)) from None
    except typer.Abort:
        raise KeyboardInterrupt from None


def _print_version(wanted: bool) -> None:
    if wanted:
        write(f"ptxenergy {__version__}\n")
        raise typer.Exit


@app.callback(epilog=examples(predict.EXAMPLES[:2] + gpus.EXAMPLES[:1]))
def _ptxenergy(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Joules, seconds and watts of a CUDA kernel launch, read from its PTX without running it."""


for _module, _command in (
    (predict, predict.predict),
    (explain, explain.explain),
    (tune, tune.tune),
    (inspect, inspect.inspect),
    (parse, parse.parse),
    (gpus, gpus.gpus),
    (features, features.features),
    (train, train.train),
    (diff, diff.diff),
    (budget, budget.budget),
    (build_report, build_report.build_report),
    (plugins, plugins.plugins),
    (doctor, doctor.doctor),
):
    app.command(epilog=examples(_module.EXAMPLES))(_command)
app.add_typer(evaluate.app, name="evaluate", epilog=examples(evaluate.EXAMPLES))
app.add_typer(measure.app, name="measure", epilog=examples(measure.EXAMPLES))
app.add_typer(dataset.app, name="dataset", epilog=examples(dataset.EXAMPLES))


def _explained(error: Exception) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ptxenergy"
    return f"{message.rstrip('.')} (see `{command} --help`)"
