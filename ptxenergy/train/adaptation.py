"""Brings a model closer to one's own rows: a few dozen are too few for trees, and enough to shift.

What is learnt is one factor for time and one for power, shrunk towards none. Whether it helps is
judged on kernels that were left out of it; where it does not, nothing is made.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.artifact import SIMULATED, TARGETS, Header, Model, ModelError, identified
from ptxenergy.model.calibrated import check_features
from ptxenergy.model.calibration import QUANTITIES, Calibration
from ptxenergy.model.forest import Column, Matrix
from ptxenergy.train.conformal import weighted_quantile
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.folds import family_weights
from ptxenergy.train.material import Material
from ptxenergy.train.table import Table

LEAST_ROWS = 20
# A shift by as many kernels as this goes half of the way.
_SHRINK_KERNELS = 1.0


class Adapted(Struct, frozen=True):
    """An adapted model, and the median errors of energy on left-out kernels before and after."""

    model: Model
    before_median_ape: float
    after_median_ape: float


def adapt(model: Model, material: Material, gpu: Gpu, *, any_model: bool = False) -> Adapted:
    """The model shifted to these rows.

    Raises TrainingError where they are fewer than 20 or of one kernel alone, and where the shift
    does not help kernels that were left out; ModelError where the model is of something else,
    unless `any_model`: what comes out is then never called calibrated.
    """
    table = material.table
    _check(model, material, gpu, any_model=any_model)
    features = _features(model, table)
    residuals = _residuals(model, table, features)
    kernels = np.array([tags.kernel for tags in table.tags], dtype=np.str_)
    left_out = {name: _left_out(residuals[name], kernels) for name in TARGETS}
    before, after = _error(residuals, kernels), _error(left_out, kernels)
    if after >= before:
        raise TrainingError(
            f"on kernels left out, the adapted model errs by {after:.1%} and the one it came from "
            f"by {before:.1%}: keep that one"
        )
    header = model.header
    shifts = {n: header.shifts.get(n, 0.0) + _shift(residuals[n], kernels) for n in TARGETS}
    is_other = _of(header) != gpu.id or not table.feature_set.knows(header.feature_version)
    distances = model.neighbours.distances(features)
    made = replace(
        header,
        gpu=SIMULATED if material.rows.gpu == SIMULATED else gpu.id,
        shifts=shifts,
        calibration=_widened(model.header.calibration, distances, left_out, kernels),
        adapted_from=header.model_id,
        dataset_sha256=material.rows.sha256,
        is_foreign=header.is_foreign or is_other,
        held_out={"adapted.energy.median_ape": after, "original.energy.median_ape": before},
    )
    return Adapted(identified(replace(model, header=made)), before, after)


def _check(model: Model, material: Material, gpu: Gpu, *, any_model: bool) -> None:
    table, header = material.table, model.header
    if len(table) < LEAST_ROWS:
        raise TrainingError(
            f"adapting takes at least {LEAST_ROWS} good rows, these are {len(table)}"
        )
    if len({tags.kernel for tags in table.tags}) < 2:
        raise TrainingError("adapting takes rows of two kernels at least: one is left out of it")
    if header.is_simulated != (material.rows.gpu == SIMULATED):
        raise ModelError(
            "a model of simulated rows cannot be adapted to measured ones, nor the other way round"
        )
    if _of(header) != gpu.id and not any_model:
        raise ModelError(
            f"model {header.model_id} is of {_of(header)}, the rows are of {gpu.id}: give "
            "--any-model to adapt it all the same; it is then never called calibrated"
        )
    check_features(model, table.feature_set, any_model=any_model)


def _of(header: Header) -> str:
    """The GPU that a model speaks of; made-up rows stand for a described one."""
    return header.features_gpu if header.is_simulated else header.gpu


def _features(model: Model, table: Table) -> Matrix:
    """The features that the model asks for, in its order; one row a launch."""
    places = [table.feature_set.names.index(name) for name in model.header.feature_names]
    return table.features[:, places]


def _residuals(model: Model, table: Table, features: Matrix) -> dict[str, Column]:
    corrections = model.corrections_log(features)
    return {name: table.target(name) - corrections[name] for name in TARGETS}


def _shift(residuals: Column, kernels: NDArray[np.str_]) -> float:
    """What to add: the median residual, every kernel weighing the same, shrunk where few are."""
    count = len(set(kernels.tolist()))
    middle = weighted_quantile(residuals, family_weights(kernels), 0.5)
    return middle * count / (count + _SHRINK_KERNELS)


def _left_out(residuals: Column, kernels: NDArray[np.str_]) -> Column:
    """What is left of residuals when each kernel is shifted by what the others say."""
    left = np.empty(len(residuals))
    for kernel in set(kernels.tolist()):
        own = kernels == kernel
        left[own] = residuals[own] - _shift(residuals[~own], kernels[~own])
    return left


def _error(residuals: Mapping[str, Column], kernels: NDArray[np.str_]) -> float:
    """The median error of energy, every kernel weighing the same."""
    off = np.abs(np.expm1(-(residuals["time"] + residuals["power"])))
    return weighted_quantile(off, family_weights(kernels), 0.5)


def _widened(
    known: Calibration,
    distances: Column,
    left_out: Mapping[str, Column],
    kernels: NDArray[np.str_],
) -> Calibration:
    """The calibration, wider where left-out kernels say that it must be, and never narrower."""
    width = np.array([known.width(distance) for distance in distances])
    both = {**left_out, "energy": left_out["time"] + left_out["power"]}
    needed = {
        q: weighted_quantile(np.abs(both[q]) / width, family_weights(kernels), known.level)
        for q in QUANTITIES
    }
    return replace(known, quantiles={q: max(known.quantiles[q], needed[q]) for q in QUANTITIES})
