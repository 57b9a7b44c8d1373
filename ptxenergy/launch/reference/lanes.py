"""Which lanes act, and which of their values depend on data.

Lanes lie along one axis, block after block and 32 to a warp; a block's last warp may be padded
with lanes that never live. Evaluating many warps along one axis counts exactly what evaluating
them one by one does: a warp's own history is the projection of the common one onto its lanes,
since a warp issues an instruction exactly when one of its lanes is in the mask.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct

WARP: Final = 32

Array: TypeAlias = npt.NDArray[Any]
Bools: TypeAlias = npt.NDArray[np.bool_]


class _All:
    """The taint of a value that depends on data in every lane."""

    __slots__ = ()


ALL: Final = _All()
Taint: TypeAlias = Bools | _All | None


class Mask(Struct, eq=False):
    """Active lanes; `per_warp` counts them in each warp, `count` all together.

    `by_block` keeps (warps, lanes) of each block once the tally has asked for them.
    """

    lanes: Bools
    per_warp: Array
    count: int
    warps: int
    by_block: tuple[Array, Array] | None = None

    @staticmethod
    def of(lanes: Bools) -> Mask:
        """The mask of these lanes (a multiple of 32 of them)."""
        per_warp = count_by_warp(lanes)
        count = int(per_warp.sum(dtype=np.int64))
        return Mask(lanes, per_warp, count, int(np.count_nonzero(per_warp)))


def count_by_warp(flags: Bools) -> Array:
    """How many of each 32 flags are set."""
    found: Array = np.bitwise_count(np.packbits(flags).view(np.uint32))
    return found


def distinct(values: Array) -> Array:
    """The different values, in order (by sorting: hashing is slow on evenly spaced numbers)."""
    if len(values) < 2:
        return values
    ordered = np.sort(values)
    first = np.empty(len(ordered), np.bool_)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    found: Array = ordered[first]
    return found


def join(first: Taint, second: Taint) -> Taint:
    """The taint of something computed from both."""
    if first is None or second is ALL:
        return second
    if second is None or first is ALL:
        return first
    return first | second  # type: ignore[operator]


def tainted_lanes(taint: Taint, lanes: Bools) -> Bools | None:
    """Which of `lanes` are tainted; None where none is."""
    if taint is None:
        return None
    if isinstance(taint, _All):
        return lanes
    found: Bools = taint & lanes
    return found if found.any() else None


def blended(new: Taint, old: Taint, lanes: Bools) -> Taint:
    """The taint of a register of which only `lanes` are rewritten."""
    if new is old:
        return new
    fresh = lanes if isinstance(new, _All) else (None if new is None else new & lanes)
    kept = ~lanes if isinstance(old, _All) else (None if old is None else old & ~lanes)
    merged = join(fresh, kept)
    return merged if merged is None or isinstance(merged, _All) or merged.any() else None
