"""Finds the model that belongs to a GPU."""

from __future__ import annotations

from pathlib import Path

from ptxenergy.errors import PtxEnergyError
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.artifact import Model, read
from ptxenergy.model.calibrated import check_model
from ptxenergy.shipped import shipped


def model_for(gpu: Gpu, chosen: str | None = None, *, any_model: bool = False) -> Model | None:
    """The model to predict with: the one at a path, else the one shipped for this GPU, else None.

    Raises ModelError where it cannot be read or does not fit; see `check_model`.
    """
    path = Path(chosen) if chosen is not None else _shipped_for(gpu)
    if path is None:
        return None
    model = read(path)
    check_model(model, gpu, any_model=any_model and chosen is not None)
    return model


def _shipped_for(gpu: Gpu) -> Path | None:
    try:
        path = shipped("models") / f"{gpu.id}.npz"
    except PtxEnergyError:
        return None
    return path if path.exists() else None
