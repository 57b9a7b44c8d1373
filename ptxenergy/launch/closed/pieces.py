"""Accesses as bytes: intervals at the origin, repeated along the grid's axes and the loops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ptxenergy.launch.closed.boxes import Box, Triple
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.intervals import Bytes, Dims
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import GRID_AXES
from ptxenergy.launch.reference.lanes import WARP, Array

_SECTOR: Final = 32
_HERE: Final = np.zeros(1, np.int64)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that warps of one box access: at the origin, along loops, and moved by blocks."""

    box: Box
    bytes: Bytes
    loops: Dims
    moves: Triple

    @property
    def grid(self) -> Dims:
        """The moves of the box as dimensions, with positive strides."""
        return tuple(
            (abs(move), extent)
            for move, extent in zip(self.moves, self.box.extent, strict=True)
            if move and extent > 1
        )

    def whole(self) -> tuple[Bytes, Dims]:
        """The bytes at the lowest place of all blocks, and all dimensions."""
        back = sum(min(0, m * (e - 1)) for m, e in zip(self.moves, self.box.extent, strict=True))
        return self.bytes.moved(back), (*self.loops, *self.grid)

    def rounded(self) -> Piece:
        """The same sectors as whole ones, where they stay so along all moves."""
        if any(move % _SECTOR for move in (*self.moves, *(stride for stride, _ in self.loops))):
            return self
        whole = Bytes.of(self.bytes.start & -_SECTOR, (self.bytes.end + (_SECTOR - 1)) & -_SECTOR)
        return Piece(self.box, whole, self.loops, self.moves)

    def within(self, low: Triple, high: Triple) -> Piece | None:
        """What is left of it in blocks from `low` up to, not including, `high`."""
        origin, extent, shift = [], [], 0
        for axis in range(GRID_AXES):
            start, step = self.box.origin[axis], self.box.step[axis]
            first = max(0, -(-(low[axis] - start) // step))
            last = min(self.box.extent[axis] - 1, (high[axis] - 1 - start) // step)
            if last < first:
                return None
            origin.append(start + first * step)
            extent.append(last - first + 1)
            shift += self.moves[axis] * first
        box = Box(tuple(origin), self.box.step, tuple(extent))  # type: ignore[arg-type]
        return Piece(box, self.bytes.moved(shift), self.loops, self.moves)


@dataclass(frozen=True, slots=True)
class _Course:
    """Bytes of the first block of a box, and how loops repeat and blocks move them."""

    bytes: Bytes
    loops: Dims
    strides: Triple

    def in_box(self, box: Box, shift: int) -> Piece:
        """The same in a box, so many bytes further."""
        x, y, z = (
            s if extent > 1 else 0 for s, extent in zip(self.strides, box.extent, strict=True)
        )
        return Piece(box, self.bytes.moved(shift), self.loops, (x, y, z))


def pieces_of(scope: Scope, event: Event, places: Array = _HERE) -> Iterator[Piece]:
    """The bytes of an access, box by box, with its copies at some places, bytes further."""
    boxes = len(scope.boxes)
    lanes = event.lanes.reshape(boxes, -1)
    rows = np.broadcast_to(event.addresses, event.lanes.shape).reshape(lanes.shape)
    rows = rows.astype(np.int64)
    given = event.strides or {}
    plain = {dim: stride for dim, stride in given.items() if isinstance(stride, int)}
    strides = {d: _by_warp(scope, s) for d, s in given.items() if not isinstance(s, int)}
    moved = _moved_alike(rows, lanes, strides)
    first: list[_Course] = []
    for number, box in enumerate(scope.boxes):
        if moved is not None and number:
            shift = int(moved[number])
            for course in first:
                yield course.in_box(box, shift)
            continue
        active = lanes[number]
        if not active.any():
            continue
        for chosen, along in _alike(active, {d: s[number] for d, s in strides.items()}):
            at = rows[number][chosen]
            own = Bytes.of(at, at + event.width).copied(places)
            course = _course(event, own, along | plain)
            first.append(course)
            yield course.in_box(box, 0)


def _moved_alike(rows: Array, lanes: Array, strides: Mapping[int, Array]) -> Array | None:
    """How far each box moves what the first one accesses; None where they differ in more."""
    if len(rows) < 2 or (lanes != lanes[0]).any() or not lanes[0].any():
        return None
    if any((stride != stride[0]).any() for stride in strides.values()):
        return None
    apart = rows - rows[0]
    first: Array = apart[:, int(lanes[0].argmax())]
    return first if ((apart == first[:, None]) | ~lanes[0]).all() else None


def _by_warp(scope: Scope, stride: Array) -> Array:
    """Strides by box and warp."""
    warps = scope.lanes_per_block // WARP
    rows = stride.reshape(len(scope.boxes), warps, WARP)
    high, low = rows.max(axis=2), rows.min(axis=2)
    found: Array = np.where(high != 0, high, low)
    return found


def _alike(active: Array, strides: Mapping[int, Array]) -> Iterator[tuple[Array, dict[int, int]]]:
    """Active lanes of a box whose warps have the same strides."""
    if not strides:
        yield active, {}
        return
    table = np.stack(list(strides.values()))
    alive = active.reshape(-1, WARP).any(axis=1)
    first = table[:, int(alive.argmax())]
    if ((table == first[:, None]) | ~alive).all():
        yield active, dict(zip(strides, first.tolist(), strict=True))
        return
    for column in np.unique(table[:, alive], axis=1).T:
        warps = (table == column[:, None]).all(axis=0) & alive
        yield active & np.repeat(warps, WARP), dict(zip(strides, column.tolist(), strict=True))


def _course(event: Event, own: Bytes, strides: Mapping[int, int]) -> _Course:
    back = 0
    loops: list[tuple[int, int]] = []
    for dim, stride in strides.items():
        steps = event.loops.get(dim, 1)
        if dim >= GRID_AXES and stride and steps > 1:
            loops.append((abs(stride), steps))
            back += min(0, stride * (steps - 1))
    x, y, z = (strides.get(axis, 0) for axis in range(GRID_AXES))
    return _Course(own.moved(back), tuple(sorted(loops)), (x, y, z))


def gathered(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces of one box that repeat in the same way made one."""
    groups: dict[tuple[Box, Dims, Triple], list[Bytes]] = {}
    for piece in pieces:
        groups.setdefault((piece.box, piece.loops, piece.moves), []).append(piece.bytes)
    return [Piece(box, Bytes.union(s), loops, moves) for (box, loops, moves), s in groups.items()]
