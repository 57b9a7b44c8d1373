"""What is held out together, and how much each row weighs."""

from __future__ import annotations

from collections import Counter

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.model.forest import Column
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.table import Table

OUTER_FOLDS, INNER_FOLDS = 10, 5


class Fold(Struct, frozen=True):
    """Places of the rows to learn from and of those that are left out."""

    train: NDArray[np.intp]
    test: NDArray[np.intp]


def grouped_folds(table: Table, count: int) -> tuple[Fold, ...]:
    """Folds that leave whole groups out, as even in rows as they come; the same for the same rows.

    Raises TrainingError where there are fewer than two groups.
    """
    from sklearn.model_selection import GroupKFold

    groups = table.groups
    number = len(set(groups.tolist()))
    if number < 2:
        raise TrainingError("rows of one kernel family alone: nothing can be left out of them")
    splits = GroupKFold(min(count, number)).split(groups, groups=groups)
    return tuple(Fold(train, test) for train, test in splits)


def family_weights(groups: NDArray[np.str_]) -> Column:
    """Weights that make every group count the same, in sum 1."""
    counts = Counter(groups.tolist())
    return np.array([1 / counts[group] / len(counts) for group in groups.tolist()])


def fit_weights(table: Table) -> Column:
    """Weights for fitting, mean 1: a group weighs as the root of its points, a point its share.

    Between counting every row (a family of many rows would rule) and every family the same (a
    family of one row would weigh as much as all generated kernels). Repeats share their point's.
    """
    groups = table.groups.tolist()
    points = [tags.point_id for tags in table.tags]
    repeats = Counter(points)
    in_group = Counter(group for group, _ in set(zip(groups, points, strict=True)))
    weights: Column = np.array(
        [in_group[g] ** -0.5 / repeats[p] for g, p in zip(groups, points, strict=True)]
    )
    return weights / float(weights.mean())
