"""Accesses as bytes: intervals at the origin, repeated along the grid's axes and the loops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.closed.boxes import Box, Triple
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.groups import grouped
from ptxenergy.launch.closed.intervals import Bytes, Dims, each_of
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import GRID_AXES
from ptxenergy.launch.reference.lanes import WARP, Array, count_by_warp

_SECTOR: Final = 32
_HERE: Final = np.zeros(1, np.int64)


class Piece(Struct, frozen=True):
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


class _Course(Struct, frozen=True):
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
    """The bytes of an access, box by box, with its copies at some places, bytes further; warps of a
    box that move apart are pieces of their own."""
    active = event.lanes.reshape(-1, WARP)
    warps = np.flatnonzero(active.any(axis=1))
    if not len(warps):
        return
    size = scope.lanes_per_block // WARP
    moved = _moved_alike(scope, event)
    alone = warps if moved is None else warps[warps < size]
    first: list[_Course] = []
    for warp, own, along in _by_moves(scope, event, alone):
        course = _course(event, own.copied(places), along)
        first.append(course)
        yield course.in_box(scope.boxes[warp // size], 0)
    if moved is not None:
        for box, shift in zip(scope.boxes[1:], moved[1:].tolist(), strict=True):
            for course in first:
                yield course.in_box(box, shift)


def _by_moves(
    scope: Scope, event: Event, warps: Array
) -> Iterator[tuple[int, Bytes, dict[int, int]]]:
    """What warps of a box that move alike touch, with one of them and their strides."""
    strides = event.strides or {}
    plain = {dim: stride for dim, stride in strides.items() if isinstance(stride, int)}
    # A stride is the same in all lanes of a warp.
    varying = {d: s[WARP * warps] for d, s in strides.items() if not isinstance(s, int)}
    size = scope.lanes_per_block // WARP
    lanes = event.lanes.reshape(-1, WARP)
    rows = event.row.reshape(-1, WARP)
    if not varying and warps[0] // size == warps[-1] // size:
        starts = rows[warps][lanes[warps]].astype(np.int64)
        yield int(warps[0]), Bytes.of_width(starts, event.width), plain
        return
    groups = grouped([*varying.values(), warps // size], len(warps))
    order = warps[np.concatenate(groups)]
    chosen = lanes[order]
    counted = np.cumsum(count_by_warp(chosen.ravel()), dtype=np.int64)
    ends = counted[np.cumsum([len(group) for group in groups]) - 1]
    found = each_of(rows[order][chosen].astype(np.int64), event.width, ends)
    for group, own in zip(groups, found, strict=True):
        along = plain | {dim: int(row[group[0]]) for dim, row in varying.items()}
        yield int(warps[group[0]]), own, along


def _moved_alike(scope: Scope, event: Event) -> Array | None:
    """How far each box moves what the first one accesses; None where they differ in more."""
    lanes = event.lanes.reshape(len(scope.boxes), -1)
    if len(lanes) < 2 or (lanes != lanes[0]).any():
        return None
    for stride in (event.strides or {}).values():
        if not isinstance(stride, int):
            by_box = stride.reshape(lanes.shape)[:, ::WARP]
            if (by_box != by_box[0]).any():
                return None
    rows = event.row.reshape(lanes.shape)
    apart = rows.astype(np.int64) - rows[0].astype(np.int64)
    first: Array = apart[:, int(lanes[0].argmax())]
    return first if ((apart == first[:, None]) | ~lanes[0]).all() else None


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
