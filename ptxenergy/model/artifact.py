"""The model file: arrays and a JSON header in one `.npz`, read without running anything in it."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct, field, to_builtins
from msgspec.structs import replace
from numpy.typing import NDArray

from ptxenergy.errors import PtxEnergyError
from ptxenergy.model.calibration import Calibration
from ptxenergy.model.forest import Forest
from ptxenergy.model.neighbours import Neighbours

SCHEMA = "ptxenergy.model/1"
SIMULATED = "simulated"
TARGETS = ("time", "power")


class ModelError(PtxEnergyError):
    """A model that cannot be read, or that was made for something else."""

    code = "model"


class Header(Struct, frozen=True):
    """What a model says of itself.

    `gpu` is the id whose rows it was trained on, `simulated` for made-up rows; `features_gpu` the
    one whose description the features used. `held_out` has errors on left-out families, keyed
    `energy.median_ape`. `shifts`: what adaptation added to the logarithm of each target.
    `is_foreign`: it was adapted from a model of something else, and is never called calibrated.
    """

    gpu: str
    features_gpu: str
    feature_version: str
    feature_names: tuple[str, ...]
    feature_units: tuple[str, ...]
    dataset_sha256: str
    rows: int
    families: int
    cards: int
    seed: int
    parameters: Mapping[str, float]
    trained_with: Mapping[str, str]
    calibration: Calibration
    held_out: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, float] = field(default_factory=dict)
    adapted_from: str | None = None
    is_foreign: bool = False
    model_id: str = ""
    schema: str = SCHEMA

    @property
    def is_simulated(self) -> bool:
        """Whether made-up rows stand behind it."""
        return self.gpu == SIMULATED


class Model(Struct, frozen=True):
    """A trained model: a forest for each of `TARGETS`, on log(measured / bound)."""

    header: Header
    forests: Mapping[str, Forest]
    neighbours: Neighbours

    def corrections_log(self, features: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """By target, what is added to the logarithm of the bound; one value a row."""
        return {
            name: self.forests[name].predict(features) + self.header.shifts.get(name, 0.0)
            for name in TARGETS
        }


def identified(model: Model) -> Model:
    """The model with its id: the GPU and a hash of everything else in it."""
    unnamed = replace(model.header, model_id="")
    digest = hashlib.sha256(_header_text(unnamed).encode())
    for name, values in sorted(_arrays(model).items()):
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    name = f"{unnamed.gpu}-{digest.hexdigest()[:12]}"
    return replace(model, header=replace(unnamed, model_id=name))


def save(model: Model, path: Path) -> None:
    """Write a model; the same model gives the same bytes. The file appears whole or not at all.

    Raises ModelError where a model of simulated rows would leave a folder of that name.
    """
    folder = path.resolve().parent
    if model.header.is_simulated != (folder.name == SIMULATED):
        raise ModelError(
            f"{path}: models of simulated rows go into folders named `{SIMULATED}`, others do not"
        )
    packed = io.BytesIO()
    text = np.frombuffer(_header_text(model.header).encode(), dtype=np.uint8)
    np.savez_compressed(packed, allow_pickle=False, header=text, **_arrays(model))
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{path.name}.{os.getpid()}"
    partial.write_bytes(packed.getvalue())
    partial.replace(path)


def read(path: Path) -> Model:
    """Read a model. Raises ModelError where the file is missing, damaged or of another schema."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in packed.files}
    except OSError as error:
        raise ModelError(f"the model cannot be read: {error}") from error
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"{path} is no model: {error}") from error
    header = _read_header(arrays, path)
    model = Model(
        header,
        {name: Forest.from_arrays(_under(arrays, name)) for name in TARGETS},
        Neighbours.from_arrays(_under(arrays, "neighbours")),
    )
    if len(model.neighbours.centre) != len(header.feature_names):
        raise ModelError(f"{path} is no model: it does not name all of its features")
    return model


def _arrays(model: Model) -> dict[str, Any]:
    parts = {**{name: model.forests[name].arrays() for name in TARGETS}}
    parts["neighbours"] = model.neighbours.arrays()
    return {f"{part}.{name}": a for part, arrays in parts.items() for name, a in arrays.items()}


def _under(arrays: Mapping[str, NDArray[Any]], part: str) -> dict[str, NDArray[Any]]:
    prefix = f"{part}."
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


def _header_text(header: Header) -> str:
    return json.dumps(to_builtins(header), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _read_header(arrays: Mapping[str, NDArray[Any]], path: Path) -> Header:
    try:
        known = json.loads(arrays["header"].tobytes().decode())
        if known.get("schema") != SCHEMA:
            raise ModelError(f"{path} has schema {known.get('schema')!r}, this reads {SCHEMA!r}")
        calibration = known.pop("calibration")
        calibration["time_range_s"] = tuple(calibration["time_range_s"])
        for name in ("feature_names", "feature_units"):
            known[name] = tuple(known[name])
        header = Header(calibration=Calibration(**calibration), **known)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} is no model: its header is damaged: {error}") from error
    if not all(math.isfinite(value) for value in header.calibration.quantiles.values()):
        raise ModelError(f"{path} is no model: its intervals are not finite")
    if not header.calibration.slope > 0 or not header.calibration.reference_distance > 0:
        raise ModelError(f"{path} is no model: its intervals do not grow with distance")
    return header
