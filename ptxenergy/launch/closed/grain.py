"""Which lanes hold the same where nobody knows what: those of a warp, or of a block, that read one
place. They decide alike, so that a branch on it parts no warp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.closed.value import BLOCK, LANE, ONE_WARP, Value
from ptxenergy.launch.reference.lanes import ALL, WARP, Array

if TYPE_CHECKING:
    from ptxenergy.launch.closed.scope import Scope


def grain_of(scope: Scope, *values: Value) -> int:
    """What lanes hold alike of that which depends on all these values."""
    found = BLOCK
    for value in values:
        found = min(found, _grain(scope, value))
        if found == LANE:
            break
    return found


def _grain(scope: Scope, value: Value) -> int:
    if value.taint is ALL:
        return value.grain
    if value.taint is not None:
        return LANE
    rows = [value.base]
    rows += [stride for stride in (value.strides or {}).values() if not isinstance(stride, int)]
    return min(_of_row(scope, row) for row in rows)


def _of_row(scope: Scope, row: Array) -> int:
    if row.shape[0] == 1:
        return BLOCK
    by_warp = row.reshape(-1, WARP)
    if by_warp[0, 0] != by_warp[0, 1] or np.count_nonzero(by_warp != by_warp[:, :1]):
        return LANE
    by_block = row.reshape(-1, scope.lanes_per_block)
    return ONE_WARP if np.count_nonzero(by_block != by_block[:, :1]) else BLOCK
