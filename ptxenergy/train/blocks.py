"""How well block shapes are chosen: each pick against the measured best, on different repeats.

`measure/rows/shape_study.py` says how a pick is judged; here a model picks, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.rows.shape_study import (
    RULES,
    Measurement,
    Regret,
    Study,
    regret_of,
    studies_of,
)
from ptxenergy.model.forest import Column
from ptxenergy.model.scores import BlockChoice, Picks
from ptxenergy.train.rows import MeasuredRow
from ptxenergy.train.table import Table

_SPREAD = 0.1
Rule: TypeAlias = Callable[["Predicted"], Regret | None]


class Predicted(Struct, frozen=True):
    """A study, and the model's energy of each of its shapes, in their order."""

    study: Study
    energies_j: tuple[float, ...]


def block_choice(
    table: Table, rows: Sequence[MeasuredRow], predicted_j: Column
) -> BlockChoice | None:
    """Judge the picks of all rules; None where no kernel was measured in many shapes.

    `rows` are the table's; `predicted_j` the energies by models without the row's family.
    """
    studies = _studies(table, rows, predicted_j)
    judged = [one for one in studies if one.study.is_judged]
    if not studies:
        return None
    wide = [one for one in judged if one.study.spread > _SPREAD]
    correlations = [value for one in studies if (value := _spearman(one)) is not None]
    return BlockChoice(
        kernels=len(judged),
        spread_kernels=len(wide),
        unjudged=len(studies) - len(judged),
        all=_picks(judged),
        spread=_picks(wide),
        spearman_median=float(np.median(correlations)) if correlations else None,
    )


def _studies(table: Table, rows: Sequence[MeasuredRow], predicted_j: Column) -> list[Predicted]:
    real = any(not tags.is_generated for tags in table.tags)
    measurements: list[Measurement] = []
    predicted: dict[tuple[str, str, Extent], float] = {}
    for place, tags in enumerate(table.tags):
        if tags.study == "shape" and not (real and tags.is_generated):
            one = _measurement(rows[place])
            measurements.append(one)
            predicted.setdefault((one.kernel, one.size, one.block), float(predicted_j[place]))
    return [
        Predicted(study, tuple(predicted[study.kernel, study.size, s.block] for s in study.shapes))
        for study in studies_of(measurements)
    ]


def _measurement(row: MeasuredRow) -> Measurement:
    return Measurement(
        kernel=row.tags.kernel,
        size=row.tags.size,
        started_utc=row.tags.started_utc,
        block=Extent(*row.launched.block),
        dynamic_shared_bytes=row.launched.dynamic_shared_bytes,
        registers_per_thread=row.measured.registers_per_thread,
        static_shared_bytes=row.measured.static_shared_bytes,
        energy_j=row.measured.energy_j,
        time_s=row.measured.time_s,
    )


def _picks(studies: Sequence[Predicted]) -> dict[str, Picks]:
    found = {}
    for name, rule in _RULES.items():
        regrets = [regret for one in studies if (regret := rule(one)) is not None]
        if regrets:
            values = [value for value, _ in regrets]
            found[name] = Picks(
                kernels=len(regrets),
                mean_regret=float(np.mean(values)),
                median_regret=float(np.median(values)),
                within_5=float(np.mean([share for _, share in regrets])),
            )
    return found


def _by_model(one: Predicted) -> Regret | None:
    return regret_of(one.study, one.study.shapes[int(np.argmin(one.energies_j))])


def _without_model(rule: Callable[[Study], Regret | None], one: Predicted) -> Regret | None:
    return rule(one.study)


def _spearman(one: Predicted) -> float | None:
    from scipy.stats import spearmanr

    measured = [shape.mean_j for shape in one.study.shapes]
    if len(set(one.energies_j)) < 2 or len(set(measured)) < 2:
        return None
    return float(spearmanr(one.energies_j, measured).statistic)


_RULES: Mapping[str, Rule] = {
    "model": _by_model,
    **{name: partial(_without_model, rule) for name, rule in RULES.items()},
}
