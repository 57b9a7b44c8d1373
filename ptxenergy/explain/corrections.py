"""What a model's trees added to the bound of one launch, and which features drove it."""

from __future__ import annotations

from ptxenergy.explain.explanation import Correction, FeatureEffect
from ptxenergy.explain.trees import effects_of
from ptxenergy.features.vector import feature_set
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.artifact import TARGETS, Model
from ptxenergy.model.calibrated import feature_row
from ptxenergy.model.prediction import Prediction


def correction_of(prediction: Prediction, model: Model, gpu: Gpu) -> Correction:
    """The correction that `model` made of the prediction's bound."""
    header = model.header
    row = feature_row(prediction, model, gpu)[0]
    training = model.neighbours.points * model.neighbours.scale + model.neighbours.centre
    effects = {name: effects_of(model.forests[name], row, training) for name in TARGETS}
    shifts = {name: header.shifts.get(name, 0.0) for name in TARGETS}
    known = {feature.name: feature for feature in feature_set().features}
    found = [
        FeatureEffect(
            name=name,
            unit=known[name].unit,
            meaning=known[name].meaning,
            value=float(row[column]),
            time_log=float(effects["time"].by_feature[column]),
            power_log=float(effects["power"].by_feature[column]),
        )
        for column, name in enumerate(header.feature_names)
    ]
    acting = [one for one in found if one.time_log or one.power_log]
    return Correction(
        model_id=header.model_id,
        base_log={name: effects[name].base for name in TARGETS},
        shift_log=shifts,
        total_log={
            name: effects[name].base + float(effects[name].by_feature.sum()) + shifts[name]
            for name in TARGETS
        },
        effects=tuple(sorted(acting, key=lambda one: -abs(one.time_log) - abs(one.power_log))),
    )
