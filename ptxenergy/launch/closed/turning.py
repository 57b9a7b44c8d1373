"""Where along the grid a decision turns, and how far from that it is."""

from __future__ import annotations

import numpy as np

from ptxenergy.launch.closed.forms import LARGEST_SHIFT, Form
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import Hint, Stride, Strides
from ptxenergy.launch.reference.lanes import Array


def margin_of(kind: str, difference: Array) -> tuple[Array, Array]:
    """For each lane the sign of the strides and how far the outcome is from turning."""
    if kind == "below":  # a < b is a - b <= -1
        true = difference < 0
        return np.where(true, -1, 1), np.where(true, -1 - difference, difference)
    if kind == "at most":  # a <= b
        true = difference <= 0
        return np.where(true, -1, 1), np.where(true, -difference, difference - 1)
    positive = difference > 0
    equal = difference == 0
    return np.where(positive, 1, -1), np.where(equal, 0, np.abs(difference) - 1)


def along_sign(stride: Stride, sign: Array) -> Stride:
    """A stride turned round in lanes of sign -1; a plain number where it can be."""
    found = sign * stride
    first = int(found[0])
    return found if np.count_nonzero(found != first) else first


def parting(stride: Stride, equal: Array) -> Stride:
    """Any move parts what is equal."""
    if not np.count_nonzero(equal):
        return stride
    found = np.where(equal, -np.abs(stride), stride)
    first = int(found[0])
    return found if np.count_nonzero(found != first) else first


def is_moderate(a: Array, b: Array, form: Form) -> bool:
    """Whether numbers can be subtracted; unsigned ones beyond 2^63 look negative here."""
    if not form.signed and form.bits == 64 and min(a.min(), b.min()) < 0:
        return False
    return bool(max(np.abs(a).max(), np.abs(b).max()) <= 1 << (LARGEST_SHIFT - 1))


def crossings(scope: Scope, margin: Array, strides: Strides) -> tuple[Hint, ...]:
    """Where a margin turns negative along the axis of the grid that moves it most.

    Where other axes move it, too, it turns somewhere in a range: all of that is cut, so that only
    the others are left.
    """
    axes = [dim for dim in strides if dim in scope.extents]
    reach = {
        d: np.minimum(0, np.asarray(strides[d]) * (np.asarray(scope.extents[d]) - 1)) for d in axes
    }
    if not axes:
        return ()
    dim = min(axes, key=lambda d: int(reach[d].min()))
    stride = np.asarray(strides[dim])
    others = sum((reach[d] for d in axes if d != dim), np.zeros(1, np.int64))
    falls = np.where(stride < 0, -stride, 1)
    last = np.where((stride < 0) & (margin >= 0), margin // falls + 1, 0)
    first = np.where(last > 0, np.maximum(0, (margin + others) // falls + 1), 0)
    if _is_slanted(scope, strides, dim, axes):
        last = np.where(last > 0, np.asarray(scope.extents[dim]) - 1, 0)
        first = np.where(last > 0, 1, 0)
    size = (scope.size,)
    return (Hint(dim, 0, np.broadcast_to(first, size), np.broadcast_to(last, size)),)


def _is_slanted(scope: Scope, strides: Strides, dim: int, axes: list[int]) -> bool:
    """Whether the line at which a margin turns crosses steps of an axis: each is a case of its
    own."""
    own = int(np.abs(np.asarray(strides[dim])).max())
    reaches = (
        np.abs(np.asarray(strides[d])) * (np.asarray(scope.extents[d]) - 1)
        for d in axes
        if d != dim
    )
    return any(int(reach.max()) >= own for reach in reaches)
