"""Fits trees. Single-threaded, so that the same rows give the same trees on any machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict, replace

from ptxenergy.model.forest import Column, Forest, Matrix
from ptxenergy.train.bins import BINS, Bins
from ptxenergy.train.flatten import flatten
from ptxenergy.train.folds import fit_weights
from ptxenergy.train.table import Table

SEED = 20260101
_TREES = 60


class Settings(Struct, frozen=True):
    """Hyper-parameters of boosting; `least_rows` is that of a leaf."""

    learning_rate: float
    iterations: int
    leaves: int
    least_rows: int

    def as_dict(self) -> dict[str, float]:
        """By name, for the model's header."""
        return asdict(self)


CANDIDATES = tuple(
    Settings(0.06, iterations, leaves, 20) for leaves in (4, 12) for iterations in (25, 80, 200)
)


def fit(
    table: Table, target: Column, settings: Settings, signs: Sequence[int] | None = None
) -> Forest:
    """Boosted trees for one target, with monotone constraints where `signs` has them."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    bins = Bins.of(table.features)
    model = HistGradientBoostingRegressor(
        learning_rate=settings.learning_rate,
        max_iter=settings.iterations,
        max_leaf_nodes=settings.leaves,
        max_bins=BINS,
        min_samples_leaf=max(2, min(settings.least_rows, len(table) // 20)),
        l2_regularization=1.0,
        monotonic_cst=None if signs is None else np.array(signs)[bins.places],
        early_stopping=False,
        random_state=SEED,
    )
    numbers = _known(bins.numbers(table.features))
    with _one_thread():
        model.fit(numbers, target, sample_weight=fit_weights(table))
    return bins.on_features(flatten(model))


def _one_thread() -> AbstractContextManager[object]:
    """All libraries that scikit-learn loads kept to one thread."""
    limited: AbstractContextManager[object] = _thread_pools().limit(limits=1)
    return limited


@cache
def _thread_pools() -> Any:
    """Found once a process: looking for them takes longer than a small fit."""
    import sklearn.ensemble  # noqa: F401 - what it loads is what has threads
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _known(features: Matrix) -> Matrix:
    """The features, constant where no row has a value: scikit-learn cannot sort such a column
    into bins, and no tree can split by it.
    """
    lacking = np.isnan(features).all(axis=0)
    return np.where(lacking, 0.0, features)


def fit_both(table: Table, settings: Settings) -> dict[str, Forest]:
    """The forests of time and power."""
    return fit_all(table, (settings,))[settings]


def fit_all(table: Table, candidates: Sequence[Settings]) -> dict[Settings, dict[str, Forest]]:
    """The forests of time and power for each of several settings.

    Those that differ in their iterations alone are fitted once: boosting longer only adds trees.
    """
    longest: dict[Settings, int] = {}
    for one in candidates:
        alike = replace(one, iterations=0)
        longest[alike] = max(longest.get(alike, 0), one.iterations)
    fitted = {
        alike: {
            quantity: fit(
                table,
                table.target(quantity),
                replace(alike, iterations=iterations),
                table.feature_set.signs(quantity),
            )
            for quantity in ("time", "power")
        }
        for alike, iterations in longest.items()
    }
    return {
        one: {
            quantity: forest.truncated(one.iterations)
            for quantity, forest in fitted[replace(one, iterations=0)].items()
        }
        for one in candidates
    }


def extra_trees(table: Table, others: Table) -> Mapping[str, Column]:
    """Corrections of time and power for `others` by ExtraTrees fitted on `table`: a comparison."""
    from sklearn.ensemble import ExtraTreesRegressor

    found = {}
    with _one_thread():
        for quantity in ("time", "power"):
            model = ExtraTreesRegressor(
                _TREES, min_samples_leaf=2, max_features=0.3, random_state=SEED, n_jobs=1
            )
            model.fit(
                _known(table.features), table.target(quantity), sample_weight=fit_weights(table)
            )
            found[quantity] = model.predict(others.features)
    return found
