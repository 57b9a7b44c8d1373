"""A model trained on made-up measurements of real launches: time depends on the block's size."""

from __future__ import annotations

from functools import cache

import numpy as np
from msgspec.structs import replace
from sklearn.ensemble import HistGradientBoostingRegressor

from ptxenergy.features.vector import FEATURE_SET, features_of
from ptxenergy.gpu import load
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.model.artifact import Model, identified
from ptxenergy.model.neighbours import Neighbours
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options, bounds_of
from ptxenergy.train.flatten import flatten
from tests.explain.explained import STRIDED
from tests.model import handmade_model

DRIVER = "block_warps"
"""The feature that the made-up time hangs on."""


@cache
def simulated_model() -> Model:
    """Trees of time and of power over the bounds of 40 launches of one kernel."""
    gpu = load("h200")
    bounds = list(bounds_of(STRIDED.read_bytes(), "k.ptx", _launches()))
    known = [one for one in bounds if isinstance(one, Prediction)]
    features = np.array([features_of(one.inspection, one.bound, gpu) for one in known])
    driver = features[:, FEATURE_SET.names.index(DRIVER)]
    targets = {"time": 0.3 + 0.4 * (driver > np.median(driver)), "power": np.full(len(known), -0.1)}
    header = replace(
        handmade_model.model(FEATURE_SET.names).header,
        gpu="simulated",
        feature_version=FEATURE_SET.version,
        feature_units=FEATURE_SET.units,
        shifts={"time": 0.05},
    )
    fitted = {
        name: flatten(
            HistGradientBoostingRegressor(
                max_iter=30, min_samples_leaf=3, early_stopping=False, random_state=0
            ).fit(np.nan_to_num(features), target)
        )
        for name, target in targets.items()
    }
    return identified(Model(header, fitted, Neighbours.of(features)))


def _launches() -> list[Options]:
    return [
        Options(
            request=LaunchRequest(
                block=Dim3(block),
                threads=Dim3(threads),
                arguments=(ArgumentSetting("3", str(threads)),),
            )
        )
        for block in (32, 64, 128, 256, 512)
        for threads in (1 << (12 + step) for step in range(8))
    ]
