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
        lowest = Bytes(self.bytes.start + back, self.bytes.end + back)
        return lowest, (*self.loops, *self.grid)

    def rounded(self) -> Piece:
        """The same sectors as whole ones, where they stay so along all moves."""
        if any(move % _SECTOR for move in (*self.moves, *(stride for stride, _ in self.loops))):
            return self
        whole = Bytes.of(self.bytes.start & -_SECTOR, (self.bytes.end + (_SECTOR - 1)) & -_SECTOR)
        return Piece(self.box, whole, self.loops, self.moves)

    def copied(self, places: Array) -> Piece:
        """It and its copies at some places, bytes further."""
        if len(places) == 1:
            place = places[0]
            own = Bytes(self.bytes.start + place, self.bytes.end + place) if place else self.bytes
        else:
            start = self.bytes.start[None, :] + np.sort(places)[:, None]
            own = Bytes.of(start.ravel(), (start + (self.bytes.end - self.bytes.start)).ravel())
        return Piece(self.box, own, self.loops, self.moves)

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
        return Piece(
            box, Bytes(self.bytes.start + shift, self.bytes.end + shift), self.loops, self.moves
        )


def pieces_of(scope: Scope, event: Event) -> Iterator[Piece]:
    """The bytes of an access, box by box."""
    boxes = len(scope.boxes)
    lanes = event.lanes.reshape(boxes, -1)
    rows = np.broadcast_to(event.addresses, event.lanes.shape).reshape(lanes.shape)
    rows = rows.astype(np.int64)
    given = event.strides or {}
    plain = {dim: stride for dim, stride in given.items() if isinstance(stride, int)}
    strides = {d: _by_warp(scope, s) for d, s in given.items() if not isinstance(s, int)}
    moved = _moved_alike(rows, lanes, strides)
    first: list[tuple[Bytes, dict[int, int]]] = []
    for number, box in enumerate(scope.boxes):
        if moved is not None and number:
            shift = int(moved[number])
            for own, along in first:
                moved_by = Bytes(own.start + shift, own.end + shift)
                yield _piece(box, event, moved_by, along)
            continue
        active = lanes[number]
        if not active.any():
            continue
        for chosen, along in _alike(active, {d: s[number] for d, s in strides.items()}):
            at = rows[number][chosen]
            own = Bytes.of(at, at + event.width)
            along |= plain
            first.append((own, along))
            yield _piece(box, event, own, along)


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


def _piece(box: Box, event: Event, own: Bytes, strides: Mapping[int, int]) -> Piece:
    back = 0
    loops: list[tuple[int, int]] = []
    for dim, stride in strides.items():
        steps = event.loops.get(dim, 1)
        if dim >= GRID_AXES and stride and steps > 1:
            loops.append((abs(stride), steps))
            back += min(0, stride * (steps - 1))
    if back:
        own = Bytes(own.start + back, own.end + back)
    moves = tuple(strides.get(axis, 0) if box.extent[axis] > 1 else 0 for axis in range(GRID_AXES))
    return Piece(box, own, tuple(sorted(loops)), moves)  # type: ignore[arg-type]


def gathered(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces of one box that repeat in the same way made one."""
    groups: dict[tuple[Box, Dims, Triple], list[Bytes]] = {}
    for piece in pieces:
        groups.setdefault((piece.box, piece.loops, piece.moves), []).append(piece.bytes)
    return [Piece(box, Bytes.union(s), loops, moves) for (box, loops, moves), s in groups.items()]
