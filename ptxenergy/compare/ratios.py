"""What one launch needs over what another does, with the interval that a model has for that."""

from __future__ import annotations

from ptxenergy.compare.difference import MEASURES, Measure, Ratio
from ptxenergy.model.artifact import Model
from ptxenergy.model.calibrated import ratio
from ptxenergy.model.prediction import Prediction


def ratios_of(
    one: Prediction, other: Prediction, model: Model | None, kind: str
) -> dict[Measure, Ratio]:
    """The first over the second, by measure. `kind` of pair: `versions` or `launches`."""
    intervals = None if model is None else ratio(one, other, model, kind)
    return {
        measure: Ratio(
            getattr(one, name).value / getattr(other, name).value, (intervals or {}).get(measure)
        )
        for measure, (name, _) in MEASURES.items()
    }
