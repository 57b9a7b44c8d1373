"""Split-conformal intervals over left-out families, each family with the same weight.

After Lei et al., "Distribution-free predictive inference for regression" (2018), with families
instead of rows taken to be exchangeable: each carries the same mass, and one more family of
infinite residual stands for the one to come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ptxenergy.model.calibration import CARD_GAIN, QUANTITIES, Calibration
from ptxenergy.model.forest import Column
from ptxenergy.train.folds import family_weights
from ptxenergy.train.table import Table

LEVEL = 0.9
LEAST_FAMILIES = 9
"""Fewer families cannot bound 90 %: the one to come weighs more than a tenth."""
_SLOPES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""None is zero: that errors did not grow among launches near to training, as left-out ones mostly
are, does not say that they stay as small far from it."""
_FAR_SHARE = 0.95
_CARRIES = 0.01
_PAIRS_PER_FAMILY = 300


def conformal_quantile(scores: Column, groups: NDArray[np.str_], level: float = LEVEL) -> float:
    """The least score that holds a share `level` of all mass; infinite where none does."""
    families = len(set(groups.tolist()))
    weights = family_weights(groups) * families / (families + 1)
    order = np.argsort(scores, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, level - 1e-12))
    return float(scores[order][place]) if place < len(scores) else float("inf")


def weighted_quantile(values: Column, weights: Column, level: float) -> float:
    """The least value that holds a share `level` of the weight."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, level * reached[-1] - 1e-12))
    return float(values[order][min(place, len(values) - 1)])


def calibrate(
    table: Table, residuals: Mapping[str, Column], distances: Column, cards: int
) -> Calibration:
    """The calibration that left-out residuals (of logarithms, by quantity) and distances give."""
    groups = table.groups
    weights = family_weights(groups)
    # Where most left-out launches lie on training launches: one spread between quartiles.
    reference = weighted_quantile(distances, weights, 0.5) or 1.0
    slope = _slope(np.abs(residuals["energy"]), distances / reference, groups)
    width = 1.0 + slope * distances / reference
    times_s = table.labels("time")
    return Calibration(
        level=LEVEL,
        quantiles={q: conformal_quantile(np.abs(residuals[q]) / width, groups) for q in QUANTITIES},
        slope=slope,
        reference_distance=reference,
        far_distance=weighted_quantile(distances, weights, _FAR_SHARE),
        time_range_s=(float(times_s.min()), float(times_s.max())),
        gain_log=float(np.log1p(CARD_GAIN)) if cards < 2 else 0.0,
        ratio_quantiles=_ratio_quantiles(table, residuals),
        class_families=class_families(table),
    )


def _slope(residuals: Column, relative: Column, groups: NDArray[np.str_]) -> float:
    """How fast the width grows with distance: of those allowed, what makes the mean interval
    narrowest.
    """
    weights = family_weights(groups)

    def mean_width(slope: float) -> float:
        width = 1.0 + slope * relative
        return conformal_quantile(residuals / width, groups) * float(np.sum(weights * width))

    return min(_SLOPES, key=mean_width)


def class_families(table: Table) -> dict[str, int]:
    """In how many families each resource carries over a hundredth of some launch's bound."""
    found: dict[str, set[str]] = defaultdict(set)
    for counted, group in zip(table.counted, table.groups.tolist(), strict=True):
        for name, share in counted.shares.items():
            if share > _CARRIES:
                found[name].add(group)
    return {name: len(families) for name, families in sorted(found.items())}


def pairs_of(table: Table) -> dict[str, NDArray[np.intp]]:
    """Pairs of rows by kind, n × 2: `launches` of one kernel; `versions`, kernels of one family
    at the same problem size. One row a point; of many pairs in a family a seeded sample.
    """
    first: dict[str, int] = {}
    for row, tags in enumerate(table.tags):
        first.setdefault(tags.point_id, row)
    groups = table.groups.tolist()
    members: dict[str, list[int]] = defaultdict(list)
    for row in first.values():
        members[groups[row]].append(row)
    found: dict[str, list[tuple[int, int]]] = {"launches": [], "versions": []}
    for rows in members.values():
        for kind, alike in (("launches", _same_kernel), ("versions", _same_problem)):
            found[kind] += _sample([p for p in combinations(rows, 2) if alike(table, *p)])
    return {kind: np.array(pairs, dtype=np.intp).reshape(-1, 2) for kind, pairs in found.items()}


def _same_kernel(table: Table, one: int, other: int) -> bool:
    return table.tags[one].kernel == table.tags[other].kernel


def _same_problem(table: Table, one: int, other: int) -> bool:
    first, second = table.tags[one], table.tags[other]
    is_real = not first.is_generated
    return is_real and first.kernel != second.kernel and first.size == second.size


def _sample(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(pairs) <= _PAIRS_PER_FAMILY:
        return list(pairs)
    chosen = np.random.default_rng(0).choice(len(pairs), _PAIRS_PER_FAMILY, replace=False)
    return [pairs[place] for place in sorted(chosen.tolist())]


def _ratio_quantiles(table: Table, residuals: Mapping[str, Column]) -> dict[str, dict[str, float]]:
    """By kind of pair and quantity; a kind with too few families has none."""
    found = {}
    for kind, pairs in pairs_of(table).items():
        groups = table.groups[pairs[:, 0]]
        if len(set(groups.tolist())) < LEAST_FAMILIES:
            continue
        found[kind] = {
            quantity: conformal_quantile(np.abs(r[pairs[:, 0]] - r[pairs[:, 1]]), groups)
            for quantity, r in residuals.items()
        }
    return found
