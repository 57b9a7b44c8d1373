"""The commands of `ptxenergy`, put together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final, cast

import typer

from ptxenergy._version import __version__
from ptxenergy.cli.examples import examples
from ptxenergy.cli.screen import write
from ptxenergy.errors import PtxEnergyError

# The parent of BadParameter: what every wrong use of the command line is.
_UsageError = cast(type[Exception], typer.BadParameter.__base__)

_COMMANDS: Final = (
    *("predict", "explain", "tune", "inspect", "parse", "gpus", "features", "train", "diff"),
    *("budget", "build-report", "plugins", "doctor", "evaluate", "measure", "dataset"),
)
"""In the order in which the help lists them. Each is a module of this package, with a function of
its name or, where it has commands of its own, an `app`."""
_SHOWN: Final = ("predict", "gpus")


class WrongUsageError(PtxEnergyError):
    """The command line cannot be understood: an unknown command or option, a missing value."""

    code = "usage"


def invoke(arguments: Sequence[str] | None) -> int:
    """Run the commands with these arguments (None: the process's own) and give the exit code.

    Raises WrongUsageError where the arguments make no sense, and whatever the command raises.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    app = put_together(typed[0] if typed else "")
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


def _ptxenergy(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Joules, seconds and watts of a CUDA kernel launch, read from its PTX without running it."""


def put_together(asked: str) -> typer.Typer:
    """All commands, or only the one that is asked for: to make the others takes as long as a
    prediction."""
    app = typer.Typer(
        name="ptxenergy",
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    chosen = (asked,) if asked in _COMMANDS else _COMMANDS
    modules = {name: import_module(f"ptxenergy.cli.{name.replace('-', '_')}") for name in chosen}
    shown = [line for name in _SHOWN if len(modules) > 1 for line in modules[name].EXAMPLES[:2]]
    app.callback(epilog=examples(tuple(shown[:3])))(_ptxenergy)
    for name, module in modules.items():
        epilog = examples(module.EXAMPLES)
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, epilog=epilog)
        else:
            app.command(epilog=epilog)(getattr(module, name.replace("-", "_")))
    return app


def _explained(error: Exception) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ptxenergy"
    return f"{message.rstrip('.')} (see `{command} --help`)"
