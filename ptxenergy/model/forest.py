"""Boosted regression trees as plain arrays: evaluated without the library that fitted them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.errors import PtxEnergyError

Matrix: TypeAlias = NDArray[np.float64]
Column: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int32]
# From here on, walking all rows at once is quicker than one row after another.
_FEW_ROWS = 8


class ForestError(PtxEnergyError):
    """Arrays that are no forest, or rows that do not fit it."""

    code = "model"


class Forest(Struct, frozen=True):
    """Trees whose leaves add up, in order, to a prediction.

    Nodes of all trees stand one after another; `roots` has each tree's first. A node with
    `feature` -1 is a leaf of `value`. Else a row goes `left` where its feature is at most
    `threshold`, or where it is missing and `missing_left` is set, and `right` otherwise; a child
    always stands after its parent. `baseline` is what the sum begins with.
    """

    baseline: float
    roots: Indices
    feature: Indices
    threshold: Column
    missing_left: NDArray[np.bool_]
    left: Indices
    right: Indices
    value: Column

    def predict(self, rows: Matrix) -> Column:
        """One number a row of features; NaN is a missing value. Raises ForestError."""
        if rows.ndim != 2 or (self.feature.size and rows.shape[1] <= int(self.feature.max())):
            raise ForestError(f"the forest does not fit rows of shape {rows.shape}")
        if len(rows) <= _FEW_ROWS:
            return np.array([self._walk(row) for row in rows.tolist()], dtype=np.float64)
        return self._walk_together(rows)

    def _walk(self, row: list[float]) -> float:
        """One row through all trees, in plain Python."""
        total = self.baseline
        for root in self.roots.tolist():
            node = root
            while (feature := int(self.feature[node])) >= 0:
                value = row[feature]
                goes_left = self.missing_left[node] if value != value else None
                if goes_left is None:
                    goes_left = value <= self.threshold[node]
                node = int(self.left[node] if goes_left else self.right[node])
            total += float(self.value[node])
        return total

    def _walk_together(self, rows: Matrix) -> Column:
        """All rows through one tree after another, a level at a time."""
        totals = np.full(len(rows), self.baseline)
        for root in self.roots:
            nodes = np.full(len(rows), root)
            moving = np.flatnonzero(self.feature[nodes] >= 0)
            while moving.size:
                at = nodes[moving]
                values = rows[moving, self.feature[at]]
                goes_left = np.where(
                    np.isnan(values), self.missing_left[at], values <= self.threshold[at]
                )
                nodes[moving] = np.where(goes_left, self.left[at], self.right[at])
                moving = moving[self.feature[nodes[moving]] >= 0]
            totals += self.value[nodes]
        return totals

    def truncated(self, trees: int) -> Forest:
        """The forest of the first trees alone: what boosting had come to by then."""
        if trees >= len(self.roots):
            return self
        end = int(self.roots[trees])
        nodes = {name: getattr(self, name)[:end] for name in _KINDS if name != "roots"}
        return Forest(self.baseline, self.roots[:trees], **nodes)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The forest as named arrays, for a file."""
        return {
            name: np.asarray(getattr(self, name)).reshape(-1) for name in self.__struct_fields__
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Forest:
        """The forest of such arrays. Raises ForestError where they are none, or would not end."""
        try:
            forest = cls(
                baseline=float(arrays["baseline"].astype(np.float64)[0]),
                **{name: arrays[name].astype(kind) for name, kind in _KINDS.items()},
            )
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise ForestError(f"the model's trees are damaged: {error}") from error
        _check(forest)
        return forest


def _check(forest: Forest) -> None:
    count = len(forest.feature)
    for name in _KINDS:
        if name != "roots" and getattr(forest, name).shape != (count,):
            raise ForestError(f"the model's trees are damaged: {name} has not {count} nodes")
    if forest.roots.size and not 0 <= forest.roots.min() <= forest.roots.max() < count:
        raise ForestError("the model's trees are damaged: a root is no node")
    inner = np.flatnonzero(forest.feature >= 0)
    for children in (forest.left[inner], forest.right[inner]):
        if (children <= inner).any() or (children >= count).any():
            raise ForestError("the model's trees are damaged: a child stands before its parent")


_KINDS: dict[str, type[np.generic]] = {
    "roots": np.int32,
    "feature": np.int32,
    "threshold": np.float64,
    "missing_left": np.bool_,
    "left": np.int32,
    "right": np.int32,
    "value": np.float64,
}
