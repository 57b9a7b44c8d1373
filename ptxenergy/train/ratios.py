"""How well ratios of two left-out launches were predicted, and how often their intervals held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ptxenergy.model.calibration import QUANTITIES
from ptxenergy.model.forest import Column
from ptxenergy.model.scores import Ratios, RatioScore
from ptxenergy.train.conformal import pairs_of, weighted_quantile
from ptxenergy.train.folds import family_weights
from ptxenergy.train.left_out import LeftOut
from ptxenergy.train.metrics import coverage
from ptxenergy.train.table import Table


def ratios(table: Table, left_out: LeftOut, mask: NDArray[np.bool_]) -> dict[str, Ratios]:
    """By kind of pair, over the pairs within a mask of rows whose models give such intervals."""
    found = {}
    for kind, pairs in pairs_of(table).items():
        half_log = left_out.ratio_log[kind]
        is_known = np.isfinite(half_log["energy"][pairs[:, 0]]) & mask[pairs].all(axis=1)
        if not is_known.any():
            continue
        known = pairs[is_known]
        groups = table.groups[known[:, 0]]
        found[kind] = Ratios(
            pairs=len(known),
            families=len(set(groups.tolist())),
            quantities={
                q: _scored(_off_log(table, left_out, q, known), half_log[q][known[:, 0]], groups)
                for q in QUANTITIES
            },
        )
    return found


def _off_log(table: Table, left_out: LeftOut, quantity: str, pairs: NDArray[np.intp]) -> Column:
    """|log(measured ratio / predicted ratio)| of each pair."""
    residual = np.log(table.labels(quantity) / left_out.values[quantity])
    off: Column = np.abs(residual[pairs[:, 0]] - residual[pairs[:, 1]])
    return off


def _scored(off_log: Column, half_log: Column, groups: NDArray[np.str_]) -> RatioScore:
    middle = weighted_quantile(off_log, family_weights(groups), 0.5)
    return RatioScore(float(np.expm1(middle)), coverage(off_log, half_log, groups))
