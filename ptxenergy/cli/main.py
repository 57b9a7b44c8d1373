"""The command `ptxenergy`: its commands, and the edge where every error becomes one line.

Exit codes: 0 fine; 2 bad input or usage; 3 an error of ptxenergy's own; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, cast

import typer

from ptxenergy._version import __version__
from ptxenergy.cli import gpus, inspect, parse, predict
from ptxenergy.cli.screen import report_error, write
from ptxenergy.errors import PtxEnergyError

_BAD_INPUT, _OWN_ERROR, _INTERRUPTED = 2, 3, 130
_TRACEBACK_VARIABLE = "PTXENERGY_TRACEBACK"
# The parent of BadParameter: what every wrong use of the command line is.
_UsageError = cast(type[Exception], typer.BadParameter.__base__)

app = typer.Typer(
    name="ptxenergy",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        write(f"ptxenergy {__version__}\n")
        raise typer.Exit


@app.callback()
def _ptxenergy(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Joules, seconds and watts of a CUDA kernel launch, read from its PTX without running it."""


def _examples(lines: tuple[str, ...]) -> str:
    return "**Examples**\n\n" + "\n\n".join(f"`{line}`" for line in lines)


for _module, _command in (
    (predict, predict.predict),
    (inspect, inspect.inspect),
    (parse, parse.parse),
    (gpus, gpus.gpus),
):
    app.command(epilog=_examples(_module.EXAMPLES))(_command)


def main() -> None:
    """Run the command line and exit with its code."""
    code = run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _closed_pipe()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments (by default the process's own); the exit code."""
    try:
        return int(app(arguments, prog_name="ptxenergy", standalone_mode=False) or 0)
    except PtxEnergyError as error:
        report_error(str(error))
        return _BAD_INPUT
    except _UsageError as error:
        report_error(_usage(error))
        return _BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except MemoryError:
        report_error("not enough memory for this file")
        return _BAD_INPUT
    except RecursionError:
        report_error("the file is nested too deeply")
        return _BAD_INPUT
    except Exception as error:  # noqa: BLE001 - the edge: no traceback ever reaches a user
        return _own_error(error)


def _usage(error: Exception) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ptxenergy"
    return f"{message} (see `{command} --help`)"


def _own_error(error: Exception) -> int:
    """Name the error and say how to report it. The traceback is shown only when asked for."""
    if os.environ.get(_TRACEBACK_VARIABLE):
        raise error
    report_error(
        f"this is a fault of ptxenergy, not of the file: {type(error).__name__}: {error}\n"
        f"  Please report it with the PTX file and what {_TRACEBACK_VARIABLE}=1 shows."
    )
    return _OWN_ERROR


def _closed_pipe() -> int:
    """Whoever read standard output has gone: leave quietly, and keep Python from flushing again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
