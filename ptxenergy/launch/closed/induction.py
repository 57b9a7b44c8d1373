"""What it takes to prove that a register grows by the same in every iteration of a loop."""

from __future__ import annotations

import numpy as np

from ptxenergy.launch.closed.value import Value, numbers, wrapped
from ptxenergy.launch.reference.lanes import ALL, Array, Bools, tainted_lanes


def moves_alike(one: Value, other: Value, lanes: Bools) -> bool:
    """Whether two values move alike in these lanes."""
    a, b = one.strides or {}, other.strides or {}
    for dim in {*a, *b}:
        x, y = a.get(dim, 0), b.get(dim, 0)
        if x is y or (isinstance(x, int) and isinstance(y, int) and x == y):
            continue
        if np.count_nonzero((np.asarray(x) != np.asarray(y)) & lanes):
            return False
    return True


def growth_of(now: Array, then: Array, lanes: Bools) -> int | Array | None:
    """By how much a register grew, the same plain number in all lanes where it can be."""
    if now.ndim != 1 or then.ndim != 1 or now.dtype != then.dtype:
        return None
    if now.dtype == np.bool_:
        return 0 if not ((now != then) & lanes).any() else None
    difference = numbers(now - then, signed=True)
    if difference.shape[0] == 1:
        return int(difference[0])
    inside = difference[lanes]
    first = int(inside[0])
    if not np.count_nonzero(inside != first):
        return first
    return np.where(lanes, difference, 0)


def shifted(base: Array, shift: int | Array) -> Array:
    """A register further by a number, modulo its width; predicates do not move."""
    if base.dtype == np.bool_ or (isinstance(shift, int) and shift == 0):
        return base
    bits = 8 * base.dtype.itemsize
    amount = wrapped(shift, bits)
    if isinstance(amount, int):
        whole: Array = base + base.dtype.type(amount & ((1 << bits) - 1))
        return whole
    moved: Array = base + amount.astype(base.dtype)
    return moved


def follows(start: Value | None, end: Value | None, growth: int | Array, lanes: Bools) -> bool:
    """Whether a register ends an iteration as it would start the next one."""
    if start is end or start is None:
        return start is end
    if start.taint is ALL:
        return True
    if start.taint is not None:
        # What is unknown may be anything, so that only the other lanes have to follow.
        lanes = lanes & ~start.taint  # type: ignore[operator]
    if end is None or tainted_lanes(end.taint, lanes) is not None:
        return False
    if not lanes.any():
        return True
    if end.mixed is not None and (end.mixed & lanes).any():
        return False
    if start.mixed is not None and (start.mixed & lanes).any():
        return False
    if start.base.dtype != end.base.dtype:
        return False
    expected = shifted(start.base, growth)
    if np.count_nonzero((expected != end.base) & lanes):
        return False
    return moves_alike(start, end, lanes)
