"""`ptxenergy predict`: joules, seconds and watts of each kernel's launch."""

from __future__ import annotations

from functools import partial

from ptxenergy.cli.options import (
    FileArgument,
    JsonOption,
    PredictOptions,
    options_of,
    takes_launch_options,
)
from ptxenergy.cli.screen import is_ascii_only, progress, show, write

EXAMPLES = (
    "ptxenergy predict kernel.ptx --block 32x8",
    "ptxenergy predict kernel.ptx --block 256 --threads 1000000 --arg 3=1000000 --gpu a100",
    "nvcc -ptx kernel.cu -o - | ptxenergy predict - --kernel transpose --json",
    "ptxenergy predict kernel.ptx --block 256 --clock-mhz 1410 --power-limit-w 500 --cache cold",
    "ptxenergy predict kernel.ptx --block 128 --trip 74=100 --access 80=random --strict",
)


@takes_launch_options
def predict(file: FileArgument, options: PredictOptions, as_json: JsonOption = False) -> None:
    """Predict the energy, time and power of each kernel's launch, and say why."""
    from ptxenergy import pipeline

    predictions = pipeline.predict(file, options_of(options), partial(progress, doing="evaluating"))
    if as_json:
        from ptxenergy.report.json import dump, predictions_json

        write(dump(predictions_json(predictions)) + "\n")
    else:
        from ptxenergy.report.prediction import show_predictions

        show(show_predictions(predictions, ascii_only=is_ascii_only()))
