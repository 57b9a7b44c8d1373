"""`ptxenergy build-report`: what the kernels of a build cost, from the launcher's log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.cli.limits import growth_of
from ptxenergy.cli.options import JsonOption, complete_gpu
from ptxenergy.cli.screen import show, write
from ptxenergy.errors import InputError

EXAMPLES = (
    "make NVCC='ptxenergy-launcher nvcc' && ptxenergy build-report",
    "ptxenergy build-report --gpu a100 --json",
    "ptxenergy build-report --against before.jsonl --max-growth 5%",
    "ptxenergy build-report --max-energy-j 0.01 --hold-assumed",
)
_BROKEN = 1


def build_report(
    log: Annotated[
        Path | None,
        typer.Argument(metavar="LOG", help="A log, or its directory [default: the project's]."),
    ] = None,
    gpu: Annotated[
        str,
        typer.Option(
            metavar="ID", help="`ptxenergy gpus` lists them.", autocompletion=complete_gpu
        ),
    ] = "h200",
    against: Annotated[
        Path | None, typer.Option(metavar="LOG", help="An earlier log, to compare with.")
    ] = None,
    max_energy_j: Annotated[
        float | None, typer.Option(metavar="J", help="Fail above this energy of a launch.")
    ] = None,
    max_growth: Annotated[
        str | None,
        typer.Option(metavar="X%", help="Fail above this growth of a kernel's energy: 5% or 0.05."),
    ] = None,
    hold_assumed: Annotated[
        bool, typer.Option("--hold-assumed", help="Fail on an assumed launch, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Predict every kernel of a build; exit code 1 where a limit or a budget is broken."""
    from ptxenergy.hooks.build import Limits, report_build
    from ptxenergy.hooks.store import find_directory

    if max_growth is not None and against is None:
        raise InputError("--max-growth needs an earlier log: add --against LOG")
    limits = Limits(max_energy_j, growth_of("--max-growth", max_growth), hold_assumed)
    report = report_build(log or Path(find_directory(Path.cwd())), gpu, against, limits)
    if as_json:
        from ptxenergy.report.build import build_json
        from ptxenergy.report.json import dump

        write(dump(build_json(report)) + "\n")
    else:
        from ptxenergy.report.build import show_build

        show(show_build(report))
    if report.broken:
        raise typer.Exit(_BROKEN)
