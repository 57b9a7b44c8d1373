"""Every row predicted by a model that saw nothing of its family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.model.calibration import PAIR_KINDS, QUANTITIES
from ptxenergy.model.forest import Column
from ptxenergy.train.folds import OUTER_FOLDS, Fold, grouped_folds
from ptxenergy.train.judging import Judged, Split
from ptxenergy.train.table import Table


class LeftOut(Struct, frozen=True):
    """Predictions of a table's rows by models without their families; one entry a row.

    `others`: by name of a simpler way. `ratio_log`: by kind of pair and quantity, half of the
    interval of the log ratio that the row's model gives; NaN where it gives none.
    """

    values: Mapping[str, Column]
    half_log: Mapping[str, Column]
    others: Mapping[str, Mapping[str, Column]]
    ratio_log: Mapping[str, Mapping[str, Column]]


def outer_splits(table: Table, unpinned: Table) -> tuple[list[Split], tuple[Fold, ...]]:
    """The outer folds as splits; few families are left out one by one, for each fold must leave
    enough of them. Rows of `unpinned` follow their family.
    """
    families = len(set(table.groups.tolist()))
    folds = grouped_folds(table, families if families < 2 * OUTER_FOLDS else OUTER_FOLDS)
    splits = [
        Split(table.take(fold.train), table.take(fold.test), _of(unpinned, table.take(fold.test)))
        for fold in folds
    ]
    return splits, folds


def assembled(rows: int, folds: Sequence[Fold], judged: Sequence[Judged]) -> LeftOut:
    """The folds' predictions put together in the table's order."""
    places = [fold.test for fold in folds]

    def together(columns: Sequence[Column]) -> Column:
        whole = np.full(rows, np.nan)
        for place, column in zip(places, columns, strict=True):
            whole[place] = column
        return whole

    first = judged[0]
    return LeftOut(
        values={
            q: together([j.predicted.values[q] for j in judged]) for q in first.predicted.values
        },
        half_log={
            q: together([j.predicted.half_log[q] for j in judged]) for q in first.predicted.half_log
        },
        others={
            name: {q: together([j.others[name][q] for j in judged]) for q in by_quantity}
            for name, by_quantity in first.others.items()
        },
        ratio_log={
            kind: {
                q: together(
                    [_ratio(j, kind, q, place) for j, place in zip(judged, places, strict=True)]
                )
                for q in QUANTITIES
            }
            for kind in PAIR_KINDS
        },
    )


def unpinned_together(
    splits: Sequence[Split], judged: Sequence[Judged]
) -> tuple[Table, dict[str, Column], dict[str, Column]] | None:
    """The unpinned rows with values and half intervals; None where there are none."""
    kept = [n for n, split in enumerate(splits) if len(split.unpinned)]
    if not kept:
        return None
    tables = [splits[n].unpinned for n in kept]
    whole = Table(
        tables[0].feature_set,
        tuple(one for t in tables for one in t.counted),
        tuple(one for t in tables for one in t.tags),
        tuple(one for t in tables for one in t.measured),
    )
    found = [judged[n].unpinned for n in kept]
    values = {q: np.concatenate([p.values[q] for p in found]) for q in found[0].values}
    half_log = {q: np.concatenate([p.half_log[q] for p in found]) for q in found[0].half_log}
    return whole, values, half_log


def _of(unpinned: Table, test: Table) -> Table:
    groups = {tags.group for tags in test.tags}
    points = {tags.point_id for tags in test.tags}
    chosen = [
        row
        for row, tags in enumerate(unpinned.tags)
        if tags.group in groups and tags.point_id in points
    ]
    return unpinned.take(chosen)


def _ratio(judged: Judged, kind: str, quantity: str, place: NDArray[np.intp]) -> Column:
    quantile = judged.ratio_quantiles.get(kind, {}).get(quantity, np.nan)
    return np.full(len(place), quantile)
