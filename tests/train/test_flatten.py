"""The flattened forest equals scikit-learn's own prediction, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from ptxenergy.model.forest import Forest, ForestError
from ptxenergy.train.flatten import flatten


def rows(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, 6))
    values[random.random(values.shape) < 0.2] = np.nan
    values[:, 5] = np.round(values[:, 5])
    return values


def fitted(**settings: object) -> HistGradientBoostingRegressor:
    features = rows(400, 0)
    target = np.nan_to_num(features[:, 0]) * 2 + np.nan_to_num(features[:, 1]) ** 2
    weights = np.random.default_rng(2).uniform(0.1, 3, len(features))
    model = HistGradientBoostingRegressor(early_stopping=False, max_iter=60, **settings)
    return model.fit(features, target, sample_weight=weights)


@pytest.mark.parametrize(
    "settings", [{}, {"max_leaf_nodes": 4, "monotonic_cst": [1, 0, 0, 0, -1, 0]}]
)
@pytest.mark.parametrize("count", [1, 7, 500])
def test_equals_scikit_learn(settings: dict[str, object], count: int) -> None:
    model = fitted(**settings)
    fresh = rows(count, 1)
    assert np.array_equal(flatten(model).predict(fresh), model.predict(fresh))


def test_infinities_and_all_missing_equal_too() -> None:
    model = fitted()
    odd = np.array([[np.inf] * 6, [-np.inf] * 6, [np.nan] * 6, [0.0] * 6])
    assert np.array_equal(flatten(model).predict(odd), model.predict(odd))


def test_survives_a_round_trip_through_arrays() -> None:
    forest = flatten(fitted())
    again = Forest.from_arrays(forest.arrays())
    assert np.array_equal(again.predict(rows(50, 3)), forest.predict(rows(50, 3)))


def test_a_model_of_a_constant_has_leaves_only() -> None:
    model = HistGradientBoostingRegressor(max_iter=3).fit(rows(60, 0), np.full(60, 2.5))
    assert np.array_equal(flatten(model).predict(rows(20, 1)), model.predict(rows(20, 1)))


def damaged(name: str, change: object) -> dict[str, np.ndarray]:
    arrays = dict(flatten(fitted()).arrays())
    arrays[name] = change(arrays[name])  # type: ignore[operator]
    return arrays


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("left", lambda values: np.zeros_like(values)),
        ("right", lambda values: values + 1_000_000),
        ("value", lambda values: values[:-1]),
        ("roots", lambda values: values - 1),
        ("baseline", lambda values: values[:0]),
    ],
)
def test_arrays_that_would_not_end_are_refused(name: str, change: object) -> None:
    with pytest.raises(ForestError):
        Forest.from_arrays(damaged(name, change))


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ForestError):
        flatten(fitted()).predict(rows(3, 0)[:, :2])
