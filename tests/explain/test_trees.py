"""What features did to a forest's prediction: exactly additive, and zero where it was not asked."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from ptxenergy.explain.trees import effects_of, node_means
from ptxenergy.model.forest import Forest
from ptxenergy.train.flatten import flatten
from tests.model.handmade_model import forest


def rows(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, 5))
    values[random.random(values.shape) < 0.1] = np.nan
    return values


@pytest.fixture(scope="module")
def fitted() -> Forest:
    features = rows(300, 0)
    target = np.nan_to_num(features[:, 0]) * 2 + np.abs(np.nan_to_num(features[:, 1]))
    model = HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=8, early_stopping=False)
    return flatten(model.fit(features, target))


@pytest.mark.parametrize("training", [rows(300, 0), rows(3, 5), rows(0, 0)])
def test_effects_add_up_to_the_prediction(fitted: Forest, training: np.ndarray) -> None:
    for row in rows(12, 1):
        found = effects_of(fitted, row, training)
        whole = found.base + found.by_feature.sum()
        assert whole == pytest.approx(fitted.predict(row[None])[0], rel=1e-12, abs=1e-12)


def test_what_the_target_hangs_on_has_the_effect(fitted: Forest) -> None:
    training = rows(300, 0)
    many = np.array([effects_of(fitted, row, training).by_feature for row in rows(20, 2)])
    strength = np.abs(many).mean(axis=0)
    assert strength[0] > strength[1] > 5 * strength[2:].max()


def test_the_base_is_the_mean_over_the_training_rows(fitted: Forest) -> None:
    training = rows(300, 0)
    found = effects_of(fitted, rows(1, 3)[0], training)
    assert found.base == pytest.approx(fitted.predict(training).mean(), rel=1e-9)


def test_one_split_by_hand() -> None:
    one = forest(0.1, 0.4, feature=1)
    training = np.array([[9.0, 0.0], [9.0, 0.5], [9.0, np.nan], [9.0, 2.0]])
    assert node_means(one, training)[0] == pytest.approx(0.175)
    found = effects_of(one, np.array([0.0, 5.0]), training)
    assert found.base == pytest.approx(0.175)
    assert found.by_feature == pytest.approx([0.0, 0.225])
