"""Fits trees. Single-threaded, so that the same rows give the same trees on any machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ptxenergy.model.forest import Column, Forest
from ptxenergy.train.flatten import flatten
from ptxenergy.train.folds import fit_weights
from ptxenergy.train.table import Table

SEED = 20260101
_TREES = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """Hyper-parameters of boosting; `least_rows` is that of a leaf."""

    learning_rate: float
    iterations: int
    leaves: int
    least_rows: int

    def as_dict(self) -> dict[str, float]:
        """By name, for the model's header."""
        return asdict(self)


CANDIDATES = (
    Settings(0.05, 25, 4, 30),
    Settings(0.05, 120, 4, 20),
    Settings(0.06, 200, 8, 20),
    Settings(0.06, 300, 16, 10),
)


def fit(
    table: Table, target: Column, settings: Settings, signs: Sequence[int] | None = None
) -> Forest:
    """Boosted trees for one target, with monotone constraints where `signs` has them."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingRegressor(
        learning_rate=settings.learning_rate,
        max_iter=settings.iterations,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=max(2, min(settings.least_rows, len(table) // 20)),
        l2_regularization=1.0,
        monotonic_cst=None if signs is None else list(signs),
        early_stopping=False,
        random_state=SEED,
    )
    with threadpool_limits(limits=1):
        model.fit(table.features, target, sample_weight=fit_weights(table))
    return flatten(model)


def fit_both(table: Table, settings: Settings) -> dict[str, Forest]:
    """The forests of time and power."""
    return {
        quantity: fit(table, table.target(quantity), settings, table.feature_set.signs(quantity))
        for quantity in ("time", "power")
    }


def extra_trees(table: Table, others: Table) -> Mapping[str, Column]:
    """Corrections of time and power for `others` by ExtraTrees fitted on `table`: a comparison."""
    from sklearn.ensemble import ExtraTreesRegressor
    from threadpoolctl import threadpool_limits

    found = {}
    with threadpool_limits(limits=1):
        for quantity in ("time", "power"):
            model = ExtraTreesRegressor(
                _TREES, min_samples_leaf=2, max_features=0.4, random_state=SEED, n_jobs=1
            )
            model.fit(table.features, table.target(quantity), sample_weight=fit_weights(table))
            found[quantity] = model.predict(others.features)
    return found
