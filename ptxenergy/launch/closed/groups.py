"""Members of a list that have the same of everything that is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ptxenergy.launch.reference.lanes import Array


def grouped(columns: Sequence[Array], size: int) -> list[Array]:
    """The places at which all columns have the same values, each group in order; all of `size`
    places where there is no column. The last column orders the groups first."""
    if not columns or not size:
        return [np.arange(size)]
    order = np.lexsort(columns)
    table = np.stack(columns)[:, order]
    ends = np.flatnonzero((table[:, 1:] != table[:, :-1]).any(axis=0)) + 1
    return [order[low:high] for low, high in pairwise((0, *ends.tolist(), size))]
