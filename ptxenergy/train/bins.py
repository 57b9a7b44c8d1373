"""Bins of features: trees are grown on their numbers, and then moved onto the features.

With weights, scikit-learn finds the bins of a feature one quantile at a time, which takes several
times as long as growing the trees. Numbers of bins are too few values for it to do so.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from ptxenergy.model.forest import Column, Forest, Matrix

BINS = 32
"""Of a feature, at the most: a few thousand rows fill no more."""


class Bins(Struct, frozen=True):
    """The places of the features that rows differ in, and by each the rising cuts between its bins.

    By other features no tree can split, and scikit-learn takes as long over each of them.
    """

    places: NDArray[np.intp]
    cuts: tuple[Column, ...]

    @classmethod
    def of(cls, features: Matrix) -> Bins:
        """Bins with about as many rows each, of a matrix of rows by features; NaN is in none."""
        places = _telling(features)
        return cls(places, tuple(_cuts(c[~np.isnan(c)]) for c in features.T[places]))

    def numbers(self, features: Matrix) -> Matrix:
        """The number of the bin of each value of `places`, from 0; NaN where it is missing."""
        chosen = features[:, self.places]
        found = np.empty(chosen.shape)
        for column, cuts in enumerate(self.cuts):
            found[:, column] = np.searchsorted(cuts, chosen[:, column], side="left")
        found[np.isnan(chosen)] = np.nan
        return found

    def on_features(self, forest: Forest) -> Forest:
        """A forest grown on numbers of bins, as one that takes the features themselves.

        Number ≤ n + ½ holds just where the value is at most the n-th cut.
        """
        threshold, feature = forest.threshold.copy(), forest.feature.copy()
        for node in np.flatnonzero(forest.feature >= 0).tolist():
            feature[node] = self.places[feature[node]]
            cuts = self.cuts[int(forest.feature[node])]
            number = int(np.floor(threshold[node])) if np.isfinite(threshold[node]) else len(cuts)
            threshold[node] = cuts[number] if number < len(cuts) else np.inf
        return replace(forest, threshold=threshold, feature=feature)


def _telling(features: Matrix) -> NDArray[np.intp]:
    """The places of the features that rows differ in; the first one where they differ in none."""
    lacking = np.isnan(features)
    most = np.where(lacking, -np.inf, features).max(axis=0)
    least = np.where(lacking, np.inf, features).min(axis=0)
    is_telling = (most > least) | (lacking.any(axis=0) & ~lacking.all(axis=0))
    return np.flatnonzero(is_telling) if is_telling.any() else np.array([0])


def _cuts(known: Column) -> Column:
    """Between all values where they are few, else at quantiles; a value is never cut in two."""
    values = np.unique(known)
    if len(values) > BINS:
        inner = np.linspace(0, 1, BINS + 1)[1:-1]
        return np.unique(np.quantile(known, inner, method="midpoint"))
    cuts: Column = values[:-1] + (values[1:] - values[:-1]) / 2
    return cuts
