"""From where to where a launch reaches: what bounds its footprint when pieces are too many."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ptxenergy.launch.closed.alike import Kind
from ptxenergy.launch.closed.value import GRID_AXES
from ptxenergy.launch.reference.lanes import Array

_SECTOR = 32


def hull_of(kind: Kind) -> tuple[int, int]:
    """The first byte that an access touches in any block and iteration, and the one after the last.

    Its copies are not counted in.
    """
    scope, event = kind.scope, kind.event
    rows = event.row.astype(np.int64)
    low: Array = rows
    high: Array = rows + event.width
    for dim, stride in (event.strides or {}).items():
        steps = scope.extents.get(dim, 1) if dim < GRID_AXES else event.loops.get(dim, 1)
        reach = np.asarray(stride) * (np.asarray(steps) - 1)
        low = low + np.minimum(0, reach)
        high = high + np.maximum(0, reach)
    return int(low[event.lanes].min()), int(high[event.lanes].max())


def sectors_within(hulls: Iterable[tuple[int, int]]) -> int:
    """Sectors from the first byte of some hulls to the last."""
    listed = list(hulls)
    first = min(low for low, _ in listed) // _SECTOR
    return -(-max(high for _, high in listed) // _SECTOR) - first
