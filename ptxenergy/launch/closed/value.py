"""What a register holds in every lane of a box of blocks and through all iterations of a loop.

A value is `base + Σ stride[d] · j[d]`, modulo two to the width of its register. `base` is what
lanes hold at the origin: the first block of the box, the first iteration of each open loop.
Dimensions 0 to 2 are the block's x, y and z (in steps of the box), the others open loops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.lanes import ALL, WARP, Array, Bools, Taint, join

Stride: TypeAlias = "int | Array"
Strides: TypeAlias = "Mapping[int, Stride]"
GRID_AXES: Final = 3


class Hint(Struct, frozen=True, eq=False):
    """How a value that is not affine can be made so.

    By cutting dimension `dim` at all `positions` up to `upto` (one of each a lane, 0 for none) and,
    where `every` is given, again every so many steps, or by taking every `period`-th of it apart;
    neither means one by one.
    """

    dim: int
    period: int = 0
    positions: Array | None = None
    upto: Array | None = None
    every: int = 0


class Value:
    """A value, never changed once made.

    `strides` is None where it is the same in all blocks and iterations. `taint` marks lanes that
    data decides. In lanes of `mixed` the value is known at the origin only; `hints` say what
    would help. `parts` are two values whose bitwise `or` it is, where that may help. Where all of
    it is unknown, `grain` says which lanes hold the same all the same: each its own (`LANE`), those
    of a warp, those of a block.
    """

    __slots__ = ("base", "grain", "hints", "mixed", "parts", "strides", "taint")

    def __init__(
        self,
        base: Array,
        strides: Strides | None = None,
        taint: Taint = None,
        mixed: Bools | None = None,
        hints: tuple[Hint, ...] = (),
        parts: tuple[Value, Value] | None = None,
        grain: int = 0,
    ) -> None:
        self.grain = grain
        self.parts = parts
        self.base = base
        self.strides = strides
        self.taint = taint
        self.mixed = mixed
        self.hints = hints

    @property
    def is_plain(self) -> bool:
        """Whether it is known and the same in all blocks and iterations."""
        return self.strides is None and self.taint is None and self.mixed is None


LANE, ONE_WARP, BLOCK = range(3)
UNKNOWNS: Final = tuple(
    Value(np.zeros(1, np.uint64), taint=ALL, grain=grain) for grain in (LANE, ONE_WARP, BLOCK)
)
"""What is not known at all, by its grain."""
UNKNOWN: Final = UNKNOWNS[LANE]


def is_zero(stride: Stride) -> bool:
    """Whether a stride is zero in all lanes."""
    return stride == 0 if isinstance(stride, int) else not stride.any()


def tidy(strides: Mapping[int, Stride]) -> Strides | None:
    """Strides without zeros, uniform ones as plain numbers; None where nothing is left."""
    found: dict[int, Stride] = {}
    for dim, stride in strides.items():
        if not isinstance(stride, int):
            first = int(stride[0])
            if not np.count_nonzero(stride != first):
                stride = first
        if not is_zero(stride):
            found[dim] = stride
    return found or None


def wrapped(stride: Stride, bits: int) -> Stride:
    """A stride modulo two to the `bits`, as a signed number."""
    if isinstance(stride, int):
        half = 1 << (bits - 1)
        return (stride + half) % (2 * half) - half
    if bits >= 64:
        return stride
    half = 1 << (bits - 1)
    found: Array = ((stride + half) & (2 * half - 1)) - half
    return found


def numbers(base: Array, *, signed: bool) -> Array:
    """A register's bits as int64 numbers. Unsigned 64-bit ones must be below 2^63."""
    if base.dtype == np.uint64:
        return base.view(np.int64)
    if signed and base.dtype != np.bool_:
        signed_type = np.dtype(f"i{base.dtype.itemsize}")
        return base.view(signed_type).astype(np.int64)
    return base.astype(np.int64)


def blend(new: Value, old: Value, lanes: Bools) -> Value:
    """`new` in `lanes`, `old` in the others."""
    if new is old:
        return new
    if new.taint is ALL and old.taint is ALL:
        return UNKNOWNS[min(new.grain, old.grain, ONE_WARP if _by_whole_warps(lanes) else LANE)]
    if new.taint is ALL:
        base = old.base
    elif old.taint is ALL:
        base = new.base
    else:
        base = np.where(lanes, new.base, old.base.astype(new.base.dtype, copy=False))
    strides: Strides | None = None
    if new.strides is not None or old.strides is not None:
        if new.strides is old.strides or (
            _all_plain_numbers(new.strides)
            and _all_plain_numbers(old.strides)
            and new.strides == old.strides
        ):
            strides = new.strides
        else:
            first, second = new.strides or {}, old.strides or {}
            strides = tidy(
                {
                    dim: np.where(lanes, first.get(dim, 0), second.get(dim, 0)).astype(np.int64)
                    for dim in {*first, *second}
                }
            )
    taint = _blended_taint(new.taint, old.taint, lanes)
    mixed = None
    if new.mixed is not None or old.mixed is not None:
        fresh = np.False_ if new.mixed is None else new.mixed
        kept = np.False_ if old.mixed is None else old.mixed
        mixed = np.where(lanes, fresh, kept)
        mixed = mixed if mixed.any() else None
    hints = tuple(dict.fromkeys((*new.hints, *old.hints))) if mixed is not None else ()
    return Value(base, strides, taint, mixed, hints)


def _by_whole_warps(lanes: Bools) -> bool:
    rows = lanes.reshape(-1, WARP)
    return bool((rows == rows[:, :1]).all())


def _all_plain_numbers(strides: Strides | None) -> bool:
    return strides is not None and all(isinstance(s, int) for s in strides.values())


def _blended_taint(new: Taint, old: Taint, lanes: Bools) -> Taint:
    if new is old:
        return new
    fresh: Taint = lanes if new is ALL else (None if new is None else new & lanes)  # type: ignore[operator]
    kept: Taint = ~lanes if old is ALL else (None if old is None else old & ~lanes)  # type: ignore[operator]
    merged = join(fresh, kept)
    return merged if merged is None or merged is ALL or merged.any() else None  # type: ignore[union-attr]


def resized(value: Value, dtype: np.dtype[np.generic], size: int) -> Value:
    """A value read in a container of another width, cut where that is narrower."""
    wider = dtype.itemsize > value.base.dtype.itemsize
    base = value.base.astype(dtype)
    if value.strides is None or not wider:
        return Value(base, value.strides, value.taint, value.mixed, value.hints)
    hints = (*value.hints, *(Hint(dim) for dim in value.strides))
    return Value(base, None, value.taint, np.ones(size, np.bool_), hints)
