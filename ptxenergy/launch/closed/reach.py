"""Which bytes of global memory a launch reads and writes: per block, per wave and altogether.

Every access is a few intervals at the origin, repeated along the axes of the grid and the loops.
Within a block only loops repeat it; blocks move the set, so that how many sectors it touches
depends on the move modulo 32 alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ptxenergy.launch.closed.boxes import Box, Triple
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.intervals import Bytes, Dims, TooManyError
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.traffic import residues
from ptxenergy.launch.closed.value import GRID_AXES
from ptxenergy.launch.reference.lanes import WARP, Array

_SECTOR: Final = 32
_MOST_PAIRS: Final = 1 << 20


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


def launch_sectors(pieces: list[Piece]) -> tuple[int, int]:
    """(distinct sectors, those not touched in all bytes) of all blocks. Raises TooManyError."""
    wholes: dict[Dims, list[Bytes]] = {}
    for piece in pieces:
        own, dims = piece.whole()
        wholes.setdefault(tuple(sorted(dims)), []).append(own)
    groups = [(Bytes.union(sets), dims) for dims, sets in wholes.items()]
    if len(groups) == 1:
        found, whole = groups[0][0].count_repeated(groups[0][1])
        return found, found - whole
    union = Bytes.union([own.repeated(dims) for own, dims in groups])
    found = union.sectors()
    return found, found - union.whole_sectors()


def block_sectors(pieces: list[Piece]) -> int:
    """Distinct sectors of each block, summed over all blocks. Raises TooManyError."""
    by_box: dict[Box, list[Piece]] = {}
    for piece in pieces:
        by_box.setdefault(piece.box, []).append(piece)
    return sum(_of_box(box, own) for box, own in by_box.items())


def _of_box(box: Box, pieces: list[Piece]) -> int:
    sets: dict[Triple, list[Bytes]] = {}
    for piece in pieces:
        sets.setdefault(piece.moves, []).append(piece.bytes.repeated(piece.loops))
    merged = {moves: Bytes.union(found) for moves, found in sets.items()}
    if len(merged) == 1:
        ((moves, own),) = merged.items()
        return _moved_sectors(box, own, moves)
    still = merged.pop((0, 0, 0), None)
    if still is not None and _contains(box, still, merged):
        return still.sectors() * box.volume
    if still is not None:
        merged[0, 0, 0] = still
    if _are_apart(box, merged):
        return sum(_moved_sectors(box, own, moves) for moves, own in merged.items())
    return _one_by_one(box, merged)


def _moved_sectors(box: Box, own: Bytes, moves: Triple) -> int:
    """Sectors of a set that blocks only move."""
    turns = [n for m, e in zip(moves, box.extent, strict=True) for n in (m % _SECTOR, e)]
    hands = residues(np.array(turns, np.int64), _SECTOR)
    return sum(int(hands[r]) * own.sectors(int(r)) for r in np.flatnonzero(hands))


def _contains(box: Box, still: Bytes, moving: Mapping[Triple, Bytes]) -> bool:
    """Whether what does not move holds, as sectors, all that moves."""
    rounded = Piece(box, still, (), (0, 0, 0)).rounded().bytes
    everything = [rounded]
    for moves, own in moving.items():
        lowest, dims = Piece(box, own, (), moves).whole()
        everything.append(lowest.repeated(dims))
    return Bytes.union(everything).sectors() == rounded.sectors()


def _are_apart(box: Box, sets: Mapping[Triple, Bytes]) -> bool:
    """Whether sets that move differently share no sector in any block."""
    hulls = []
    for moves, own in sets.items():
        lowest, dims = Piece(box, own, (), moves).whole()
        low, high = lowest.hull(dims)
        hulls.append((low // _SECTOR, (high - 1) // _SECTOR))
    hulls.sort()
    return all(a[1] < b[0] for a, b in pairwise(hulls))


def _one_by_one(box: Box, sets: Mapping[Triple, Bytes]) -> int:
    """Sectors of every single block of a box."""
    if box.volume * sum(len(own.start) for own in sets.values()) > _MOST_PAIRS:
        raise TooManyError
    grid = np.stack(np.meshgrid(*(np.arange(e, dtype=np.int64) for e in box.extent), indexing="ij"))
    places = grid.reshape(GRID_AXES, -1)
    total = 0
    for place in places.T:
        moved = [
            Bytes(own.start + int(np.dot(moves, place)), own.end + int(np.dot(moves, place)))
            for moves, own in sets.items()
        ]
        total += Bytes.union(moved).sectors()
    return total


def rectangles(grid: Triple, first: int, last: int) -> list[tuple[Triple, Triple]]:
    """Blocks number `first` up to, not including, `last`, x fastest, as boxes (low, high)."""
    x, y, _ = grid
    found: list[tuple[Triple, Triple]] = []
    at = first
    while at < last:
        column, row, plane = at % x, at // x % y, at // (x * y)
        if column or last - at < x:
            width = min(x - column, last - at)
            found.append(((column, row, plane), (column + width, row + 1, plane + 1)))
            at += width
        elif row or last - at < x * y:
            height = min(y - row, (last - at) // x)
            found.append(((0, row, plane), (x, row + height, plane + 1)))
            at += height * x
        else:
            depth = (last - at) // (x * y)
            found.append(((0, 0, plane), (x, y, plane + depth)))
            at += depth * x * y
    return found
