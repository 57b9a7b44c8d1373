"""Bins of features: trees are grown on their numbers, and then moved onto the features.

With weights, scikit-learn finds the bins of a feature one quantile at a time, which takes several
times as long as growing the trees. Numbers of bins are too few values for it to do so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ptxenergy.model.forest import Column, Forest, Matrix

BINS = 32
"""Of a feature, at the most: a few thousand rows fill no more."""


@dataclass(frozen=True, slots=True)
class Bins:
    """By feature, the rising cuts between its bins; one of a single value has none."""

    cuts: tuple[Column, ...]

    @classmethod
    def of(cls, features: Matrix) -> Bins:
        """Bins with about as many rows each, of a matrix of rows by features; NaN is in none."""
        return cls(tuple(_cuts(column[~np.isnan(column)]) for column in features.T))

    def numbers(self, features: Matrix) -> Matrix:
        """The number of the bin of each value, from 0; NaN where it is missing."""
        found = np.empty(features.shape)
        for place, cuts in enumerate(self.cuts):
            found[:, place] = np.searchsorted(cuts, features[:, place], side="left")
        found[np.isnan(features)] = np.nan
        return found

    def on_features(self, forest: Forest) -> Forest:
        """A forest grown on numbers of bins, as one that takes the features themselves.

        Number ≤ n + ½ holds just where the value is at most the n-th cut.
        """
        threshold = forest.threshold.copy()
        for node in np.flatnonzero(forest.feature >= 0).tolist():
            cuts = self.cuts[int(forest.feature[node])]
            number = int(np.floor(threshold[node])) if np.isfinite(threshold[node]) else len(cuts)
            threshold[node] = cuts[number] if number < len(cuts) else np.inf
        return replace(forest, threshold=threshold)


def _cuts(known: Column) -> Column:
    """Between all values where they are few, else at quantiles; a value is never cut in two."""
    values = np.unique(known)
    if len(values) > BINS:
        inner = np.linspace(0, 1, BINS + 1)[1:-1]
        return np.unique(np.quantile(known, inner, method="midpoint"))
    cuts: Column = values[:-1] + (values[1:] - values[:-1]) / 2
    return cuts
