"""`ptxenergy predict`: joules, seconds and watts of each kernel's launch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ptxenergy.cli.options import (
    FileArgument,
    JsonOption,
    PredictOptions,
    options_of,
    takes_launch_options,
)
from ptxenergy.cli.screen import is_ascii_only, progress, show, write

if TYPE_CHECKING:
    from ptxenergy.pipeline import Predictions

EXAMPLES = (
    "ptxenergy predict kernel.ptx --block 32x8",
    "ptxenergy predict kernel.ptx --block 256 --threads 1000000 --arg 3=1000000 --gpu a100",
    "nvcc -ptx kernel.cu -o - | ptxenergy predict - --kernel transpose --json",
    "ptxenergy predict kernel.ptx --block 256 --clock-mhz 1410 --power-limit-w 500 --cache cold",
    "ptxenergy predict kernel.ptx --block 128 --trip 74=100 --access 80=random --strict",
)


@takes_launch_options
def predict(
    file: FileArgument,
    options: PredictOptions,
    reporter: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Print what this reporter of a plugin makes of the predictions."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Predict the energy, time and power of each kernel's launch, and say why."""
    from ptxenergy import pipeline

    report = None if reporter is None else _reporter(reporter, as_json)
    predictions = pipeline.predict(file, options_of(options), partial(progress, doing="evaluating"))
    if report is not None:
        text = report(predictions)
        write(text if text.endswith("\n") else f"{text}\n")
    elif as_json:
        from ptxenergy.report.json import dump, predictions_json

        write(dump(predictions_json(predictions)) + "\n")
    else:
        from ptxenergy.report.prediction import show_predictions

        show(show_predictions(predictions, ascii_only=is_ascii_only()))


def _as_dict(reporters: Mapping[str, Any]) -> dict[str, Any]:
    return dict(reporters)


def _reporter(name: str, as_json: bool) -> Callable[[Predictions], str]:
    """A plugin's reporter, whose faults are the plugin's. Raises InputError where there is none."""
    from ptxenergy.errors import InputError
    from ptxenergy.plugins import host

    if as_json:
        raise InputError("--json and --reporter both go to standard output: give one of them")
    known: dict[str, tuple[str, Callable[[Predictions], str]]] = {}
    for plugin, reporters in host().ask("ptxenergy_reporters"):
        named = host().guarded(plugin, partial(_as_dict, reporters)) or {}
        known |= {one: (plugin, report) for one, report in named.items()}
    if name not in known:
        there = ", ".join(sorted(known)) or "none (`ptxenergy plugins` lists what is installed)"
        raise InputError(f"--reporter {name}: there is no such reporter; there are {there}")
    plugin, report = known[name]

    def guarded(predictions: Predictions) -> str:
        text = host().guarded(plugin, lambda: str(report(predictions)))
        if text is None:
            raise InputError(f"--reporter {name}: plugin {plugin} failed: leave the option out")
        return text

    return guarded
