"""How often the lanes of warps go round a loop that data ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from ptxenergy.measure.kernels.kernel import Pin

_WARP = 32


def trip_pin(marker: str, trips: Any) -> Pin:
    """The pin of a loop from the trips of each lane, in order of threads along the last axis; lanes
    with none do not enter it.

    Rows of several axes are different visits of the loop.
    """
    rows = np.atleast_2d(np.asarray(trips, np.float64))
    entered = rows[rows > 0]
    if not entered.size:
        return Pin(marker, "trip", 0.0)
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[-1] % _WARP)))
    most = padded.reshape(-1, _WARP).max(axis=1)
    return Pin(marker, "trip", float(entered.mean()), float(most[most > 0].mean()))
