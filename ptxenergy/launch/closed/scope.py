"""Where values hold: the blocks of each box, the iterations of each open loop, and their limits.

A margin is how far a decision is from turning, at the origin; it must stay at or above zero in
all blocks of a box and all iterations of the open loops. Blocks are given, so that a margin that
they break marks the lane as mixed; iterations are not, so that a margin limits how many of them
can be taken together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.value import GRID_AXES, Hint, Stride, Strides, Value, numbers
from ptxenergy.launch.reference.lanes import WARP, Array, Bools

UNLIMITED: Final = 1 << 60
_FAR: Final = 1 << 61


class SplitError(Exception):
    """Blocks of a box differ here: it must be cut as the hints say, in the lanes that they name."""

    def __init__(self, wanted: list[tuple[Hint, Bools]]) -> None:
        super().__init__("blocks differ")
        self.wanted = wanted


class NotClosedError(Exception):
    """These iterations of a loop cannot be taken together."""


class Limit(Struct, frozen=True):
    """Margins of some lanes, at or above zero, with their strides along open loops."""

    margin: Array
    strides: Mapping[int, Stride]

    def most(self, dim: int) -> int:
        """How many iterations of a loop keep the margins, the others standing at their first."""
        stride = self.strides[dim]
        if isinstance(stride, int):
            return UNLIMITED if stride >= 0 else int(self.margin.min()) // -stride + 1
        falls = stride < 0
        if not np.count_nonzero(falls):
            return UNLIMITED
        margin = self.margin if self.margin.shape[0] == 1 else self.margin[falls]
        return int(np.minimum.reduce(margin // -stride[falls])) + 1

    def without(self, dim: int, iterations: int) -> Limit:
        """The margins at the worst of so many iterations of a loop."""
        rest = {d: s for d, s in self.strides.items() if d != dim}
        if np.abs(np.asarray(self.strides[dim], np.float64)).max() * iterations > _FAR:
            raise NotClosedError
        lost = np.minimum(0, np.asarray(self.strides[dim]) * (iterations - 1))
        return Limit(self.margin + lost, rest)


class OpenLoop(Struct):
    """A loop of which iterations are being taken together. `periods` are lengths that may help."""

    dim: int
    most: int = UNLIMITED
    limits: list[Limit] = field(default_factory=list)
    periods: set[int] = field(default_factory=set)

    def iterations(self) -> int:
        """How many iterations all limits allow."""
        return min([self.most, *(limit.most(self.dim) for limit in self.limits)])


class Scope:
    """The lanes of some boxes along one axis, block after block and 32 to a warp.

    `weights` gives the number of blocks that each warp stands for. `active` are the lanes for
    which limits count at the moment. A scope that looks ahead does not stop where blocks differ,
    but notes it and goes on as the first block of each box does, so that one cut does for all.
    """

    def __init__(
        self, boxes: Sequence[Box], warps_per_block: int, *, looks_ahead: bool = False
    ) -> None:
        self.looks_ahead = looks_ahead
        self.wanted: list[tuple[Hint, Bools]] = []
        self.boxes = tuple(boxes)
        self.lanes_per_block = warps_per_block * WARP
        self.size = len(boxes) * self.lanes_per_block
        volumes = np.array([box.volume for box in boxes], np.int64)
        self.weights: Array = np.repeat(volumes, warps_per_block)
        self.extents: dict[int, Stride] = {}
        # How many steps each box takes along each axis.
        self._steps = np.array([box.extent for box in boxes], np.int64).T - 1
        self._most_steps = tuple(int(steps.max()) for steps in self._steps)
        for axis in range(GRID_AXES):
            extents = [box.extent[axis] for box in boxes]
            if max(extents) > 1:
                self.extents[axis] = (
                    extents[0]
                    if len(set(extents)) == 1
                    else np.repeat(np.array(extents, np.int64), self.lanes_per_block)
                )
        self.open: list[OpenLoop] = []
        self.active: Bools = np.ones(self.size, np.bool_)
        self._dims = GRID_AXES

    def per_block(self, values: Sequence[int]) -> Array:
        """One number a box, given to each of its lanes."""
        if len(set(values)) == 1:
            return np.full(1, values[0], np.int64)
        return np.repeat(np.array(values, np.int64), self.lanes_per_block)

    def open_loop(self) -> OpenLoop:
        """A new dimension for iterations that are to be taken together."""
        loop = OpenLoop(self._dims)
        self._dims += 1
        self.open.append(loop)
        return loop

    def close_loop(self, iterations: int) -> None:
        """Fix how many iterations the innermost open loop takes; outer loops keep its limits."""
        loop = self.open[-1]
        rests = [limit.without(loop.dim, iterations) for limit in loop.limits]
        self.open.pop()
        for rest in rests:
            if rest.strides:
                self._keep(rest)

    def keeps(self, margin: Array, strides: Strides) -> Bools | None:
        """Lanes whose margin, not negative at the origin, some block of the box breaks.

        The open loops are limited to what the others allow.
        """
        if self._surely_keeps(self._least(margin), strides):
            return None
        return self._broken(margin, strides)

    def _broken(self, margin: Array, strides: Strides) -> Bools | None:
        worst = margin
        along: dict[int, Stride] = {}
        for dim, stride in strides.items():
            if dim >= GRID_AXES:
                along[dim] = stride
            elif dim in self.extents:
                largest = abs(stride) if isinstance(stride, int) else int(np.abs(stride).max())
                if largest * self._most_steps[dim] > _FAR:
                    return np.ones(self.size, np.bool_)
                if not isinstance(stride, int) or stride < 0:
                    worst = worst + np.minimum(0, stride * (self.extents[dim] - 1))
        broken = worst < 0
        mixed = self._wide(broken) if np.count_nonzero(broken) else None
        if along and any((s if isinstance(s, int) else s.min()) < 0 for s in along.values()):
            lanes = self.active if mixed is None else self.active & ~mixed
            if mixed is None or np.count_nonzero(lanes):
                self._keep(_compressed(worst, along, lanes))
        return mixed

    def _wide(self, row: Bools) -> Bools:
        """One answer a lane, where there may be one for all."""
        return row if row.shape[0] == self.size else np.broadcast_to(row, (self.size,))

    def fits(self, value: Value, bits: int, *, signed: bool) -> Bools | None:
        """Lanes whose number leaves its type in some block; iterations are limited to fit."""
        strides = value.strides or {}
        number = numbers(value.base, signed=signed)
        if bits >= 64:
            low, high = -_FAR if signed else 0, _FAR
            far = (number < low) | (number > high)
            if far.any():
                return self._wide(far)
        else:
            low, high = (
                (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
            )
        back = {dim: -stride for dim, stride in strides.items()}
        below = above = None
        if not self._surely_keeps(self._least(number) - low, strides):
            below = self._broken(number - low, strides)
        if not self._surely_keeps(high - self._most(number), back):
            above = self._broken(high - number, back)
        if below is None or above is None:
            return below if above is None else above
        return below | above

    def _surely_keeps(self, least: int | Array, strides: Strides) -> bool:
        """Whether margins stay at or above zero, as far as the least of each box shows that."""
        for dim, stride in strides.items():
            if dim >= GRID_AXES:
                if (stride if isinstance(stride, int) else int(stride.min())) < 0:
                    return False
                continue
            falls = stride if isinstance(stride, int) else self._least(stride)
            if not isinstance(falls, int):
                falls = np.minimum(falls, 0)
            lowest = falls if isinstance(falls, int) else int(falls.min())
            if lowest * self._most_steps[dim] < -_FAR:
                return False
            if lowest < 0:
                is_one = isinstance(falls, int) and isinstance(least, int)
                least = least + falls * (self._most_steps[dim] if is_one else self._steps[dim])
        return least >= 0 if isinstance(least, int) else not np.count_nonzero(least < 0)

    def _least(self, row: Array) -> int | Array:
        """The least number of each box; one number where it is the same for all."""
        return self._by_box(np.minimum, row)

    def _most(self, row: Array) -> int | Array:
        """The greatest number of each box; one number where it is the same for all."""
        return self._by_box(np.maximum, row)

    def _by_box(self, extreme: np.ufunc, row: Array) -> int | Array:
        if row.shape[0] == 1:
            return int(row[0])
        if len(self.boxes) == 1:
            return int(extreme.reduce(row))
        found: Array = extreme.reduce(row.reshape(len(self.boxes), -1), axis=1)
        return found

    def settle(self, value: Value, lanes: Bools) -> None:
        """Make sure that a value is the same decision in all blocks and iterations.

        Raises SplitError where blocks differ, sooner or later; loops whose iterations differ take
        one at a time.
        """
        if value.mixed is None:
            return
        mixed = value.mixed & lanes
        if not np.count_nonzero(mixed):
            return
        for hint in value.hints:
            if hint.dim < GRID_AXES:
                if hint.dim in self.extents:
                    self.wanted.append((hint, mixed))
                continue
            for loop in self.open:
                if loop.dim == hint.dim:
                    loop.most = 1
                    if hint.period > 1:
                        loop.periods.add(hint.period)
        if not self.looks_ahead:
            self.split()

    def split(self) -> None:
        """Look no further ahead. Raises SplitError where blocks differed so far."""
        self.looks_ahead = False
        if self.wanted:
            raise SplitError(self.wanted)

    def _keep(self, limit: Limit) -> None:
        for loop in reversed(self.open):
            if loop.dim in limit.strides:
                loop.limits.append(limit)
                return


def _compressed(margin: Array, strides: Mapping[int, Stride], lanes: Bools) -> Limit:
    """A limit of these lanes only; where all go the same way, of the one that is nearest to it."""
    if margin.shape[0] > 1:
        margin = margin[lanes]
    if all(isinstance(s, int) for s in strides.values()):
        return Limit(np.minimum.reduce(margin, keepdims=True), strides)
    kept: dict[int, Stride] = {
        dim: s if isinstance(s, int) else s[lanes] for dim, s in strides.items()
    }
    return Limit(margin, kept)
