"""`ptxenergy evaluate counts`: static counts beside what a profiler counted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ptxenergy.cli.kit import DatasetsOption, refusing
from ptxenergy.cli.options import JsonOption
from ptxenergy.cli.screen import show, write

EXAMPLES = (
    "ptxenergy evaluate counts datasets/h200",
    "ptxenergy evaluate counts datasets/a100 --gpu a100 --json",
)


def counts(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A data set that holds `counters.jsonl`.")
    ],
    datasets: DatasetsOption = Path("datasets"),
    gpu: Annotated[
        str | None,
        typer.Option(
            "--gpu",
            metavar="ID",
            help="The described GPU [default: the rows' own, else h200].",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold static counts to the counters that `ptxenergy measure counters` recorded.

    Launches of locked families are left out."""
    from ptxenergy.cli.learning import watched
    from ptxenergy.evaluation.counters import compare
    from ptxenergy.measure.kernels.families import locked_families

    with refusing():
        found = compare(dataset, datasets, gpu, locked_families(datasets), watched)
    if as_json:
        from ptxenergy.report.agreement import agreement_json
        from ptxenergy.report.json import dump

        write(dump(agreement_json(found)) + "\n")
    else:
        from ptxenergy.report.agreement import show_agreement

        show(show_agreement(found))
