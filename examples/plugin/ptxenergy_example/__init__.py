"""One of everything that a plugin can add to ptxenergy; take what you need, leave out the rest."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ptxenergy.errors import InputError
from ptxenergy.plugins import hookimpl

if TYPE_CHECKING:
    from ptxenergy.features.extractor import Extractor
    from ptxenergy.features.terms import BoundTerms
    from ptxenergy.gpu.spec import Gpu
    from ptxenergy.launch.inspection import Inspection
    from ptxenergy.model.prediction import Prediction
    from ptxenergy.pipeline import Predictions

# The version of the specification that this is written for, not the newest there is.
ptxenergy_spec = 1


@hookimpl
def ptxenergy_compile(path: Path) -> bytes | None:
    """A front end: `kernel.ptx.gz` is unpacked. Parameters that are not needed may be left out."""
    if path.suffix != ".gz":
        return None
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        # An error of this kind is the user's, and is shown as it is.
        raise InputError(f"{path}: {error}") from error


@hookimpl
def ptxenergy_gpus() -> Iterable[Path]:
    """GPUs: each TOML file of the folder is one, called as the file is."""
    folder = Path(__file__).parent / "gpus"
    return [path for path in folder.glob("*.toml") if path.stem != "sources"]


@hookimpl
def ptxenergy_features() -> Extractor:
    """Features: `example.bytes_per_instruction`, in the tables of `ptxenergy features` and for
    models that are trained while this is installed."""
    from ptxenergy.features.extractor import Extractor
    from ptxenergy.features.feature_set import Feature

    meaning = "bytes that L1 moves, per warp instruction"
    return Extractor("1", (Feature("bytes_per_instruction", "B", meaning),), _values)


def _values(inspection: Inspection, bound: BoundTerms, gpu: Gpu) -> Mapping[str, float]:
    executed = sum(item.warp for item in inspection.profile.instructions)
    if not executed:
        return {}
    return {"bytes_per_instruction": inspection.memory.l1_bytes / executed}


@hookimpl
def ptxenergy_reporters() -> Mapping[str, Callable[[Predictions], str]]:
    """Reporters: `ptxenergy predict kernel.ptx --reporter csv`."""
    return {"csv": _csv}


def _csv(predictions: Predictions) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("kernel", "gpu", "energy_j", "time_s", "power_w", "calibrated"))
    for one in predictions.results:
        quantities = (one.energy_j.value, one.time_s.value, one.power_w.value)
        writer.writerow(
            (one.inspection.profile.kernel, one.inspection.gpu, *quantities, one.calibrated)
        )
    return out.getvalue()


@hookimpl
def ptxenergy_predicted(prediction: Prediction) -> None:
    """An observer: one line a prediction in the file that EXAMPLE_LOG names."""
    log = os.environ.get("EXAMPLE_LOG")
    if log:
        told = {
            "kernel": prediction.inspection.profile.kernel,
            "energy_j": prediction.energy_j.value,
        }
        with Path(log).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(told) + "\n")
