"""Which bytes of global memory a launch reads and writes: per block, per wave and altogether.

Every access is a few intervals at the origin, repeated along the axes of the grid and the loops.
Within a block only loops repeat it; blocks move the set, so that how many sectors it touches
depends on the move modulo 32 alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import Final

import numpy as np

from ptxenergy.launch.closed.boxes import Box, Triple
from ptxenergy.launch.closed.intervals import Bytes, Dims, TooManyError
from ptxenergy.launch.closed.pieces import Piece
from ptxenergy.launch.closed.traffic import residues
from ptxenergy.launch.closed.value import GRID_AXES

_SECTOR: Final = 32
_MOST_PAIRS: Final = 1 << 20


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
    counted: dict[Hashable, int] = {}
    total = 0
    for box, own in by_box.items():
        key = _but_for_place(box, own)
        if key not in counted:
            counted[key] = _of_box(box, own)
        total += counted[key]
    return total


def _but_for_place(box: Box, pieces: list[Piece]) -> Hashable:
    """What boxes have in common that touch the same bytes whole sectors apart."""
    place = int(pieces[0].bytes.start[0]) & -_SECTOR
    return box.extent, tuple((p.loops, p.moves, p.bytes.moved(-place).key) for p in pieces)


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
