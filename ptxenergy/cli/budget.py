"""`ptxenergy budget`: kernels held to the limits that their project gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.cli.options import JsonOption, complete_gpu
from ptxenergy.cli.screen import show, write

EXAMPLES = (
    "ptxenergy budget kernels/*.ptx",
    "ptxenergy budget kernels/*.ptx --json > baseline.json",
    "ptxenergy budget kernels/*.ptx --against baseline.json --junit budget.xml",
    "ptxenergy budget kernel.ptx --settings release.toml --gpu a100 --hold-assumed",
)
_BROKEN = 1


def budget(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="PTX files; `-` reads standard input.")
    ],
    gpu: Annotated[
        str,
        typer.Option(
            metavar="ID", help="`ptxenergy gpus` lists them.", autocompletion=complete_gpu
        ),
    ] = "h200",
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read this file [default: the nearest ptxenergy.toml, or pyproject.toml with "
            "[tool.ptxenergy], upwards from here].",
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="An earlier `--json`, which growth is held against."),
    ] = None,
    hold_assumed: Annotated[
        bool, typer.Option("--hold-assumed", help="Fail on an assumed launch, too.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit XML, a test for each limit.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A model [default: the one shipped for the GPU]."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold kernels to their project's budgets; exit code 1 where one is broken."""
    from ptxenergy.compare.baseline import read_baseline
    from ptxenergy.compare.budget import hold_to_budgets
    from ptxenergy.pipeline import Options
    from ptxenergy.settings import find_settings, read_settings

    report = hold_to_budgets(
        files,
        find_settings(Path.cwd()) if settings is None else read_settings(settings),
        Options(gpu=gpu, model=model),
        None if against is None else read_baseline(against),
        hold_assumed=hold_assumed,
    )
    if junit is not None:
        from ptxenergy.cli.files import write_file
        from ptxenergy.report.junit import budget_junit

        write_file(junit, budget_junit(report))
    if as_json:
        from ptxenergy.report.budget import budget_json
        from ptxenergy.report.json import dump

        write(dump(budget_json(report)) + "\n")
    else:
        from ptxenergy.report.budget import show_budgets

        show(show_budgets(report))
    if report.is_broken:
        raise typer.Exit(_BROKEN)
