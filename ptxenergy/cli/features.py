"""`ptxenergy features`: what a model sees of each kernel's launch, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ptxenergy.cli.learning import LearningError, needing_training
from ptxenergy.cli.options import BoardOptions, options_of, takes_launch_options
from ptxenergy.cli.screen import progress, show, write

EXAMPLES = (
    "ptxenergy features kernel.ptx --block 32x8 --out features.csv",
    "ptxenergy features *.ptx --out features.parquet",
    "ptxenergy features --list",
)
_WRITERS = {".csv": "to_csv", ".parquet": "to_parquet"}
FilesArgument = Annotated[list[str] | None, typer.Argument(metavar="FILE", help="PTX files.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="TABLE", help="Where to write: .csv or .parquet."),
]
ListOption = Annotated[
    bool,
    typer.Option("--list", help="Say which features there are; with --out as Markdown (.md)."),
]


@takes_launch_options
def features(
    options: BoardOptions,
    files: FilesArgument = None,
    out: OutOption = None,
    listed: ListOption = False,
) -> None:
    """Write the features of every kernel's launch, one line each."""
    if listed:
        _list(files, out)
    elif not files or out is None:
        raise LearningError("give PTX files and --out TABLE, or --list")
    elif out.suffix not in _WRITERS:
        raise LearningError(f"{out}: a table is a .csv or a .parquet file")
    else:
        _tabulate(files, options, out)


def _list(files: list[str] | None, out: Path | None) -> None:
    from ptxenergy.features.vector import FEATURE_SET, feature_set
    from ptxenergy.report.features import features_markdown, show_features

    if files:
        raise LearningError("--list is of no file: leave the files out")
    if out is None:
        show(show_features(feature_set()))
    elif out.suffix == ".md":
        with needing_training(out):
            out.write_text(features_markdown(FEATURE_SET), encoding="utf-8")
    else:
        raise LearningError(f"{out}: the list of features is written as .md")


def _tabulate(files: list[str], options: BoardOptions, out: Path) -> None:
    with needing_training(out):
        import pandas as pd

        lines = [line for file in progress(files, "counting") for line in _lines(file, options)]
        getattr(pd.DataFrame(lines), _WRITERS[out.suffix])(out, index=False)
    write(f"{len(lines)} launch{'' if len(lines) == 1 else 'es'} in {out}\n")


def _lines(file: str, typed: BoardOptions) -> list[dict[str, Any]]:
    from ptxenergy.features.vector import feature_set, features_of
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
            "feature_version": feature_set().version,
            **dict(
                zip(
                    feature_set().names,
                    features_of(found.inspection, found.bound, gpu),
                    strict=True,
                )
            ),
        }
        for found in predict(file, options).results
    ]
