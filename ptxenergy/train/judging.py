"""One split, judged: learn from some rows and predict others, in simpler ways, too."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from ptxenergy.model.forest import Column
from ptxenergy.model.scores import BOUND, CONSTANT_POWER
from ptxenergy.train.conformal import weighted_quantile
from ptxenergy.train.fitting import CANDIDATES, Settings, extra_trees, fit
from ptxenergy.train.folds import family_weights
from ptxenergy.train.learning import Learnt, Predicted, apply, learn
from ptxenergy.train.table import Table

CONSTANT = "constant"
DIRECT = "direct energy model"
EXTRA_TREES = "ExtraTrees"
NOISE = "noise floor (repeats)"


class Split(Struct, frozen=True):
    """Rows to learn from and rows to judge by; they share no family. `unpinned`: some of the
    latter as they look to one who knows nothing of the data.
    """

    train: Table
    test: Table
    unpinned: Table
    cards: int = 1
    candidates: tuple[Settings, ...] = CANDIDATES
    with_others: bool = True

    @classmethod
    def of(cls, train: Table, test: Table) -> Split:
        """A split that is judged by the model alone."""
        return cls(train, test, test.take(np.zeros(len(test), dtype=bool)), with_others=False)


class Judged(Struct, frozen=True):
    """Predictions of a split's rows. `others`: by name of a simpler way, then by quantity.

    `ratio_quantiles` are the model's.
    """

    predicted: Predicted
    unpinned: Predicted
    others: Mapping[str, Mapping[str, Column]]
    ratio_quantiles: Mapping[str, Mapping[str, float]]


def judge(split: Split) -> Judged:
    """Learn and predict. Raises TrainingError where the split leaves too little to learn from."""
    learnt = learn(split.train, split.cards, split.candidates)
    predicted = apply(learnt, split.test)
    others = _others(split, learnt, predicted) if split.with_others else {}
    return Judged(
        predicted, apply(learnt, split.unpinned), others, learnt.calibration.ratio_quantiles
    )


def _others(split: Split, learnt: Learnt, predicted: Predicted) -> dict[str, dict[str, Column]]:
    train, test = split.train, split.test
    constants = {q: np.full(len(test), _typical(train, q)) for q in ("energy", "time", "power")}
    direct = fit(train, train.target("energy"), learnt.settings)
    corrections = extra_trees(train, test)
    extra = {q: test.bound(q) * np.exp(c) for q, c in corrections.items()}
    return {
        CONSTANT: constants,
        BOUND: {q: test.bound(q) for q in ("energy", "time", "power")},
        CONSTANT_POWER: {
            "energy": constants["power"] * predicted.values["time"],
            "power": constants["power"],
        },
        DIRECT: {"energy": test.bound("energy") * np.exp(direct.predict(test.features))},
        EXTRA_TREES: {**extra, "energy": extra["time"] * extra["power"]},
    }


def _typical(table: Table, quantity: str) -> float:
    """The median of the labels, every family weighing the same."""
    return weighted_quantile(table.labels(quantity), family_weights(table.groups), 0.5)
