"""A model made by hand: one split and two leaves a target."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from ptxenergy.model.artifact import Header, Model, identified
from ptxenergy.model.calibration import Calibration
from ptxenergy.model.forest import Forest
from ptxenergy.model.neighbours import Neighbours


def forest(low: float, high: float, feature: int = 0) -> Forest:
    """`low` where the feature is at most 1 or missing, else `high`."""
    return Forest(
        baseline=0.0,
        roots=np.array([0], dtype=np.int32),
        feature=np.array([feature, -1, -1], dtype=np.int32),
        threshold=np.array([1.0, 0.0, 0.0]),
        missing_left=np.array([True, False, False]),
        left=np.array([1, 0, 0], dtype=np.int32),
        right=np.array([2, 0, 0], dtype=np.int32),
        value=np.array([0.0, low, high]),
    )


CALIBRATION = Calibration(
    level=0.9,
    quantiles={"energy": 0.3, "time": 0.25, "power": 0.1},
    slope=0.5,
    reference_distance=2.0,
    far_distance=4.0,
    time_range_s=(1e-6, 1e-2),
    gain_log=0.05,
    ratio_quantiles={"launches": {"energy": 0.1, "time": 0.1, "power": 0.02}},
    class_families={"issue": 12, "L1": 12, "tensor": 2},
)


def model(names: tuple[str, ...] = ("a", "b"), **changes: object) -> Model:
    points = np.array([[0.0] * len(names), [2.0] * len(names)])
    header = Header(
        gpu="h200",
        features_gpu="h200",
        feature_version="0",
        feature_names=names,
        feature_units=("1",) * len(names),
        dataset_sha256="0" * 64,
        rows=2,
        families=12,
        cards=1,
        seed=1,
        parameters={"learning_rate": 0.1},
        trained_with={"scikit-learn": "none"},
        calibration=CALIBRATION,
    )
    forests = {"time": forest(0.1, 0.4), "power": forest(-0.1, 0.2)}
    made = Model(replace(header, **changes), forests, Neighbours.of(points))
    return identified(made)
