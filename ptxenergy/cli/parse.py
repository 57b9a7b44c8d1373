"""`ptxenergy parse`: reads PTX files, many at once, and says what is in them or wrong with them."""

from __future__ import annotations

from typing import Annotated

import typer

from ptxenergy.cli.screen import progress, report_error, show

_SHOWN_ERRORS = 20

EXAMPLES = (
    "ptxenergy parse kernel.ptx",
    "ptxenergy parse --check build/*.ptx",
)


def parse(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="PTX files; `-` reads standard input.")
    ],
    check: Annotated[
        bool,
        typer.Option("--check", help="Check every statement, opcode and operand; say only that."),
    ] = False,
) -> None:
    """Read PTX files and list their kernels and parameters, or check them whole."""
    from ptxenergy.program.check import check_file, read_module
    from ptxenergy.report.syntax import show_checks, show_modules

    if not check:
        show(show_modules([read_module(file) for file in files]))
        return
    checks = [check_file(file) for file in progress(files, "checking")]
    for failed in checks:
        for error in failed.errors[:_SHOWN_ERRORS]:
            report_error(error)
        if len(failed.errors) > _SHOWN_ERRORS:
            report_error(f"{failed.file}: and {len(failed.errors) - _SHOWN_ERRORS} more")
    show(show_checks(checks))
    if any(failed.errors for failed in checks):
        raise typer.Exit(2)
