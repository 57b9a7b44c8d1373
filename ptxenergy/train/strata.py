"""Parts of the rows that are scored by themselves, and what repeats alone would give."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from ptxenergy.model.forest import Column
from ptxenergy.model.scores import Score
from ptxenergy.train.metrics import score
from ptxenergy.train.rows import MeasuredRow
from ptxenergy.train.table import Table

SHORT_S, LONG_S = 5e-6, 10e-3
PINNED, UNPINNED = "data-dependent, pinned", "data-dependent, not pinned"
GENERATED = "generated kernels"


def strata(table: Table, rows: tuple[MeasuredRow, ...]) -> dict[str, NDArray[np.bool_]]:
    """Masks of the rows by name of the part; a part may hold none."""
    times_s = table.labels("time")
    is_pinned = np.array([bool(row.launched.pins) for row in rows])
    is_generated = np.array([tags.is_generated for tags in table.tags])
    capped = np.array(["power-capped" in one.flags for one in table.measured])
    return {
        "power-capped": capped & ~is_generated,
        f"short (under {SHORT_S * 1e6:.0f} µs)": (times_s < SHORT_S) & ~is_generated,
        f"long (over {LONG_S * 1e3:.0f} ms)": (times_s > LONG_S) & ~is_generated,
        PINNED: is_pinned & ~is_generated,
        GENERATED: is_generated,
    }


def noise_floor(table: Table) -> Score | None:
    """How well a point's other measurements predict it; None where no point has any.

    Nothing that predicts from the launch can do better than this.
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for row, tags in enumerate(table.tags):
        rows[tags.point_id].append(row)
    repeated = sorted(row for alike in rows.values() if len(alike) > 1 for row in alike)
    if not repeated:
        return None
    kept = table.take(repeated)
    values = {q: _by_others(kept, q) for q in ("energy", "time", "power")}
    return score(kept, values)


def _by_others(table: Table, quantity: str) -> Column:
    labels = table.labels(quantity)
    points = np.array([tags.point_id for tags in table.tags])
    found = np.empty(len(table))
    for row, point in enumerate(points.tolist()):
        others = points == point
        others[row] = False
        found[row] = labels[others].mean()
    return found
