"""A forest grown on numbers of bins predicts from the features as it does from the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from ptxenergy.train.bins import BINS, Bins
from ptxenergy.train.flatten import flatten


def rows(count: int, seed: int) -> np.ndarray:
    """Smooth, lacking, of few values, heaped, constant or missing, and wide."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, 6))
    values[random.random(count) < 0.3, 1] = np.nan
    values[:, 2] = np.round(values[:, 2])
    values[random.random(count) < 0.8, 3] = 7.0
    values[:, 4] = np.where(random.random(count) < 0.5, 1.0, np.nan)
    values[:, 5] = np.exp(20 * values[:, 5])
    return values


@pytest.mark.parametrize("seed", range(4))
def test_bit_equal_to_scikit_learn_on_numbers(seed: int) -> None:
    known, fresh = rows(600, seed), rows(400, seed + 100)
    target = known[:, 0] + known[:, 2] + np.isnan(known[:, 4]) + np.nan_to_num(known[:, 1])
    bins = Bins.of(known)
    model = HistGradientBoostingRegressor(max_iter=40, max_bins=BINS, early_stopping=False)
    model.fit(bins.numbers(known), target, sample_weight=np.linspace(1, 3, len(known)))
    forest = bins.on_features(flatten(model))
    # Cuts themselves, and what lies beyond all of them.
    cut = next(cuts for cuts in bins.cuts if len(cuts))[3]
    odd = np.array([[cut] * 6, [np.inf] * 6, [-np.inf] * 6, [np.nan] * 6])
    for asked in (known, fresh, odd):
        assert np.array_equal(forest.predict(asked), model.predict(bins.numbers(asked)))
    # Being missing beside a constant is still something to learn from.
    assert (forest.feature == 4).any()


def test_features_that_rows_do_not_differ_in_change_no_tree() -> None:
    known, fresh = rows(300, 0), rows(200, 1)
    target = known[:, 0] + np.isnan(known[:, 4])

    def predicted(trained: np.ndarray, asked: np.ndarray) -> np.ndarray:
        bins = Bins.of(trained)
        model = HistGradientBoostingRegressor(max_iter=20, max_bins=BINS, early_stopping=False)
        return bins.on_features(flatten(model.fit(bins.numbers(trained), target))).predict(asked)

    def among_others(values: np.ndarray) -> np.ndarray:
        same, lacking = np.full(len(values), 3.0), np.full(len(values), np.nan)
        return np.column_stack([same, values[:, :2], lacking, values[:, 2:]])

    assert Bins.of(among_others(known)).places.tolist() == [1, 2, 4, 5, 6, 7]
    assert np.array_equal(
        predicted(among_others(known), among_others(fresh)), predicted(known, fresh)
    )


def test_bins_are_few_and_hold_about_as_many_rows() -> None:
    known = rows(3200, 1)
    numbers = Bins.of(known).numbers(known)
    assert np.nanmax(numbers) < BINS
    counts = np.bincount(numbers[:, 0].astype(int))
    assert len(counts) == BINS
    assert counts.min() > 0.9 * counts.max()


def test_few_values_have_a_bin_each() -> None:
    numbers = Bins.of(np.array([[3.0], [1.0], [3.0], [np.nan], [2.0]])).numbers
    assert numbers(np.array([[1.0], [2.0], [3.0], [1.6]])).tolist() == [[0], [1], [2], [1]]
    assert np.isnan(numbers(np.array([[np.nan]])))
