"""Learns from a table: hyper-parameters, intervals and trees, all from its own families alone.

The same function makes the model that is written and every model of the evaluation, so that what
is judged is what is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ptxenergy.model.calibration import QUANTITIES, Calibration
from ptxenergy.model.forest import Column, Forest
from ptxenergy.model.neighbours import Neighbours
from ptxenergy.train.conformal import LEAST_FAMILIES, calibrate
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.fitting import CANDIDATES, Settings, fit_all, fit_both
from ptxenergy.train.folds import INNER_FOLDS, Fold, family_weights, grouped_folds
from ptxenergy.train.table import Table


class Learnt(Struct, frozen=True):
    """What was learnt from a table."""

    forests: Mapping[str, Forest]
    neighbours: Neighbours
    calibration: Calibration
    settings: Settings


class Predicted(Struct, frozen=True):
    """Predictions of a table's rows, by quantity: values, and half intervals in logarithms."""

    values: Mapping[str, Column]
    half_log: Mapping[str, Column]
    distances: Column


def learn(table: Table, cards: int = 1, candidates: tuple[Settings, ...] = CANDIDATES) -> Learnt:
    """Choose hyper-parameters on inner folds of whole families, calibrate on what those left out,
    and fit on everything. `cards`: how many cards the rows come from.

    Raises TrainingError where the families are too few for an interval.
    """
    families = len(set(table.groups.tolist()))
    if families < LEAST_FAMILIES:
        raise TrainingError(
            f"a 90 % interval needs rows of at least {LEAST_FAMILIES} kernel families, "
            f"these are of {families}"
        )
    folds = grouped_folds(table, INNER_FOLDS)
    residuals = left_out_residuals(table, folds, candidates)
    best = min(candidates, key=lambda settings: _error(table, residuals[settings]))
    calibration = calibrate(table, residuals[best], _left_out_distances(table, folds), cards)
    return Learnt(fit_both(table, best), Neighbours.of(table.features), calibration, best)


def apply(learnt: Learnt, table: Table) -> Predicted:
    """Predict the rows of a table."""
    features = table.features
    values = {
        name: table.bound(name) * np.exp(forest.predict(features))
        for name, forest in learnt.forests.items()
    }
    values["energy"] = values["time"] * values["power"]
    distances = learnt.neighbours.distances(features)
    calibration = learnt.calibration
    half_log = {
        quantity: np.array(
            [
                calibration.half_width_log(quantity, distance, time_s)
                for distance, time_s in zip(distances, values["time"], strict=True)
            ]
        )
        for quantity in QUANTITIES
    }
    return Predicted(values, half_log, distances)


def left_out_residuals(
    table: Table, folds: Sequence[Fold], candidates: Sequence[Settings]
) -> dict[Settings, dict[str, Column]]:
    """log(measured / predicted) by candidate and quantity, each row without its own family."""
    found = {one: {q: np.empty(len(table)) for q in ("time", "power")} for one in candidates}
    for fold in folds:
        left_out = table.take(fold.test)
        for one, forests in fit_all(table.take(fold.train), candidates).items():
            for quantity, forest in forests.items():
                predicted = forest.predict(left_out.features)
                found[one][quantity][fold.test] = left_out.target(quantity) - predicted
    return {one: {**r, "energy": r["time"] + r["power"]} for one, r in found.items()}


def _left_out_distances(table: Table, folds: Sequence[Fold]) -> Column:
    distances = np.empty(len(table))
    for fold in folds:
        known = Neighbours.of(table.take(fold.train).features)
        distances[fold.test] = known.distances(table.take(fold.test).features)
    return distances


def _error(table: Table, residuals: Mapping[str, Column]) -> float:
    """Mean absolute residual of energy, every family weighing the same."""
    return float(np.sum(family_weights(table.groups) * np.abs(residuals["energy"])))
