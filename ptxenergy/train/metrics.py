"""Errors and coverage, every family weighing the same."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ptxenergy.model.calibration import QUANTITIES
from ptxenergy.model.forest import Column
from ptxenergy.model.scores import Coverage, Errors, Score
from ptxenergy.train.conformal import weighted_quantile
from ptxenergy.train.folds import family_weights
from ptxenergy.train.table import Table

_RESAMPLES, _SEED = 1000, 20260101
_POORLY = 0.7


def score(
    table: Table, values: Mapping[str, Column], half_log: Mapping[str, Column] | None = None
) -> Score:
    """Score predictions of a table's rows; with half intervals (in logarithms) coverage, too.

    A quantity that is not predicted is left out.
    """
    groups = table.groups
    predicted = [quantity for quantity in QUANTITIES if quantity in values]
    return Score(
        rows=len(table),
        kernels=len({tags.kernel for tags in table.tags}),
        families=len(set(groups.tolist())),
        errors={q: errors(table.labels(q), values[q], groups) for q in predicted},
        coverage={
            q: coverage(np.abs(np.log(table.labels(q) / values[q])), half_log[q], groups)
            for q in predicted
        }
        if half_log is not None
        else {},
    )


def errors(measured: Column, predicted: Column, groups: NDArray[np.str_]) -> Errors:
    """Errors of predictions; R² is None where the measured values do not vary."""
    weights = family_weights(groups)
    off = np.abs(predicted / measured - 1)
    logs = np.log(measured)
    spread = float(np.sum(weights * (logs - np.sum(weights * logs)) ** 2))
    left = float(np.sum(weights * (logs - np.log(predicted)) ** 2))
    return Errors(
        median_ape=weighted_quantile(off, weights, 0.5),
        mean_ape=float(np.sum(weights * off)),
        p90_ape=weighted_quantile(off, weights, 0.9),
        r2_log=1 - left / spread if spread > 1e-12 else None,
    )


def coverage(off_log: Column, half_log: Column, groups: NDArray[np.str_]) -> Coverage:
    """How often intervals held, and how sure that is: families are drawn again for its interval."""
    held = off_log <= half_log
    shares = np.array([held[groups == group].mean() for group in sorted(set(groups.tolist()))])
    drawn = np.random.default_rng(_SEED).integers(len(shares), size=(_RESAMPLES, len(shares)))
    low, high = np.quantile(shares[drawn].mean(axis=1), (0.025, 0.975))
    width = weighted_quantile(half_log, family_weights(groups), 0.5)
    return Coverage(
        share=float(shares.mean()),
        low=float(low),
        high=float(high),
        families_below_70=float((shares < _POORLY).mean()),
        median_width=float(np.exp(2 * width)),
    )
