"""The prediction with a model: the bound, corrected by what was measured on other kernels."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.features.classes import class_shares
from ptxenergy.features.feature_set import FeatureSet
from ptxenergy.features.vector import feature_set, features_of
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.artifact import Model, ModelError
from ptxenergy.model.board import Board
from ptxenergy.model.calibration import QUANTITIES
from ptxenergy.model.forest import Matrix
from ptxenergy.model.prediction import Contribution, Prediction, Quantity

# A class that carries more of the bound than this must have been met in so many families.
CARRIES, LEAST_FAMILIES = 0.1, 3
# Reasons why a number of a model is not called calibrated; each is a flag of the prediction.
UNSEEN_CLASS = "unseen-class"
FOREIGN_MODEL, SIMULATED_MODEL = "foreign-model", "simulated-model"
BOARD_SETTINGS = "board-settings"
# Warnings that only widen the interval.
OUTSIDE_TIMES, FAR = "outside-time-range", "far-from-training"


class Corrected(Struct, frozen=True):
    """What a model makes of one launch: values, half intervals in logarithms, and distance."""

    values: dict[str, float]
    half_log: dict[str, float]
    distance: float


def check_model(model: Model, gpu: Gpu, *, any_model: bool = False) -> None:
    """Raise ModelError where a model is of another GPU, of made-up rows or of other features.

    `any_model` lets another GPU's model pass, and a simulated one; its numbers are then not
    called calibrated. Features must be known by name even so.
    """
    header = model.header
    if header.gpu != gpu.id and not any_model:
        what = "simulated rows" if header.is_simulated else f"rows of {header.gpu}"
        raise ModelError(
            f"model {header.model_id} was trained on {what}, not on {gpu.id}: give --any-model to "
            "use it all the same, uncalibrated"
        )
    check_features(model, feature_set(), any_model=any_model)


def check_features(model: Model, features: FeatureSet, *, any_model: bool = False) -> None:
    """Raise ModelError where a model knows another version of the features, unless `any_model`,
    and where it needs one that there is not.
    """
    header = model.header
    if not features.knows(header.feature_version) and not any_model:
        raise ModelError(
            f"model {header.model_id} knows version {header.feature_version} of the features, this "
            f"is version {features.version}: train it anew, install the plugins that its version "
            "names, or give --any-model to use it all the same, uncalibrated"
        )
    unknown = sorted(set(header.feature_names) - set(features.names))
    if unknown:
        raise ModelError(f"model {header.model_id} needs unknown features: {', '.join(unknown)}")


def predict_calibrated(bound: Prediction, model: Model, gpu: Gpu, board: Board) -> Prediction:
    """The bound's prediction, corrected by a model that `check_model` let pass.

    `calibrated` is false for a reason that is among the flags; the interval is then the hull of
    the model's and of the bound's.
    """
    corrected = correct(bound, model, gpu)
    reasons = _reasons(bound, model, gpu, board)
    quantities = {q: _quantity(q, corrected, model) for q in QUANTITIES}
    if reasons:
        judged = {"energy": bound.energy_j, "time": bound.time_s, "power": bound.power_w}
        quantities = {q: _hull(one, judged[q]) for q, one in quantities.items()}
    scale = corrected.values["energy"] / bound.bound.energy_j
    return replace(
        bound,
        energy_j=quantities["energy"],
        time_s=quantities["time"],
        power_w=quantities["power"],
        calibrated=not reasons,
        contributions=tuple(
            Contribution(part.name, part.energy_j * scale) for part in bound.contributions
        ),
        model_id=model.header.model_id,
        feature_version=model.header.feature_version,
        distance=corrected.distance / model.header.calibration.reference_distance,
        flags=(*bound.flags, *reasons, *_warnings(corrected, model)),
    )


def correct(bound: Prediction, model: Model, gpu: Gpu) -> Corrected:
    """Values and intervals of a launch by a model."""
    row = feature_row(bound, model, gpu)
    logs = {name: float(values[0]) for name, values in model.corrections_log(row).items()}
    values = {
        "time": bound.bound.time_s * math.exp(logs["time"]),
        "power": bound.bound.power_w * math.exp(logs["power"]),
    }
    values["energy"] = values["time"] * values["power"]
    distance = float(model.neighbours.distances(row)[0])
    calibration = model.header.calibration
    half_log = {q: calibration.half_width_log(q, distance, values["time"]) for q in QUANTITIES}
    return Corrected(values, half_log, distance)


def feature_row(bound: Prediction, model: Model, gpu: Gpu) -> Matrix:
    """The features of a launch that a model asks for, in its order: one row."""
    found = features_of(bound.inspection, bound.bound, gpu)
    known = dict(zip(feature_set().names, found, strict=True))
    return np.array([[known[name] for name in model.header.feature_names]])


def ratio(
    first: Prediction, second: Prediction, model: Model, kind: str = "launches"
) -> dict[str, Quantity] | None:
    """First over second, by quantity, with the interval of such ratios.

    `kind`: `launches` of one kernel or `versions` of one. None where the model was calibrated on
    no such pairs, or where either prediction is not its calibrated own: then nobody measured how
    far off such a ratio may be.
    """
    calibration = model.header.calibration
    ids = {first.model_id, second.model_id}
    is_own = first.calibrated and second.calibrated and ids == {model.header.model_id}
    if kind not in calibration.ratio_quantiles or not is_own:
        return None
    found = {}
    for quantity, name in (("energy", "energy_j"), ("time", "time_s"), ("power", "power_w")):
        value = getattr(first, name).value / getattr(second, name).value
        factor = calibration.ratio_factor(kind, quantity)
        if factor is not None:
            found[quantity] = Quantity(value, value / factor, value * factor, calibration.level)
    return found


def _quantity(quantity: str, corrected: Corrected, model: Model) -> Quantity:
    value, factor = corrected.values[quantity], math.exp(corrected.half_log[quantity])
    return Quantity(value, value / factor, value * factor, model.header.calibration.level)


def _hull(one: Quantity, other: Quantity) -> Quantity:
    return replace(one, low=min(one.low, other.low), high=max(one.high, other.high))


def _reasons(bound: Prediction, model: Model, gpu: Gpu, board: Board) -> tuple[str, ...]:
    header = model.header
    families = header.calibration.class_families
    unseen = any(
        share > CARRIES and families.get(name, 0) < LEAST_FAMILIES
        for name, share in class_shares(bound.inspection, bound.bound).items()
    )
    is_foreign = header.gpu != gpu.id or not feature_set().knows(header.feature_version)
    is_as_measured = board.clock_mhz is None and board.power_limit_w is None
    found = {
        UNSEEN_CLASS: unseen,
        SIMULATED_MODEL: header.is_simulated,
        FOREIGN_MODEL: (is_foreign or header.is_foreign) and not header.is_simulated,
        BOARD_SETTINGS: not is_as_measured,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _warnings(corrected: Corrected, model: Model) -> tuple[str, ...]:
    calibration = model.header.calibration
    found = {
        OUTSIDE_TIMES: calibration.outside_log(corrected.values["time"]) > 0,
        FAR: corrected.distance > calibration.far_distance,
    }
    return tuple(warning for warning, holds in found.items() if holds)
