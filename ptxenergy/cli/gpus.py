"""`ptxenergy gpus`: the GPUs that can be predicted for."""

from __future__ import annotations

from typing import Annotated

import typer

from ptxenergy.cli.options import complete_gpu
from ptxenergy.cli.screen import show, write

EXAMPLES = ("ptxenergy gpus", "ptxenergy gpus h200", "ptxenergy gpus --json")


def gpus(
    gpu: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="Show every field of this GPU with its source.",
            autocompletion=complete_gpu,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the GPUs: clocks, power, bandwidth, and how much of each description is estimated."""
    from ptxenergy.gpu import available, load

    described = [load(id) for id in (available() if gpu is None else (gpu,))]
    if as_json:
        from ptxenergy.report.gpus import gpus_json
        from ptxenergy.report.json import dump

        write(dump(gpus_json(described)) + "\n")
    else:
        from ptxenergy.report.gpus import show_gpu, show_gpus

        show(show_gpus(described) if gpu is None else show_gpu(described[0]))
