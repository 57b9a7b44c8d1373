"""`ptxenergy features`: what a model sees of each kernel's launch, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ptxenergy.cli.learning import LearningError, needing_training
from ptxenergy.cli.options import BoardOptions, options_of, takes_launch_options
from ptxenergy.cli.screen import progress, write

EXAMPLES = (
    "ptxenergy features kernel.ptx --block 32x8 --out features.csv",
    "ptxenergy features *.ptx --out features.parquet",
)
_WRITERS = {".csv": "to_csv", ".parquet": "to_parquet"}
FilesArgument = Annotated[list[str], typer.Argument(metavar="FILE...", help="PTX files.")]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="TABLE", help="Where to write: .csv or .parquet.")
]


@takes_launch_options
def features(files: FilesArgument, options: BoardOptions, out: OutOption) -> None:
    """Write the features of every kernel's launch, one line each."""
    if out.suffix not in _WRITERS:
        raise LearningError(f"{out}: a table is a .csv or a .parquet file")
    with needing_training(out):
        import pandas as pd

        lines = [line for file in progress(files, "counting") for line in _lines(file, options)]
        getattr(pd.DataFrame(lines), _WRITERS[out.suffix])(out, index=False)
    write(f"{len(lines)} launch{'' if len(lines) == 1 else 'es'} in {out}\n")


def _lines(file: str, typed: BoardOptions) -> list[dict[str, Any]]:
    from ptxenergy.features.vector import FEATURE_SET, features_of
    from ptxenergy.gpu import load
    from ptxenergy.pipeline import predict

    options = options_of(typed)
    gpu = load(options.gpu)
    return [
        {
            "file": file,
            "kernel": found.inspection.profile.kernel,
            "gpu": gpu.id,
            "block": str(found.inspection.profile.launch.block),
            "grid": str(found.inspection.profile.launch.grid),
            "feature_version": FEATURE_SET.version,
            **dict(
                zip(
                    FEATURE_SET.names,
                    features_of(found.inspection, found.bound, gpu),
                    strict=True,
                )
            ),
        }
        for found in predict(file, options).results
    ]
