"""Sets of bytes as sorted intervals, and how many 32-byte sectors they touch."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.lanes import Array

Dims: TypeAlias = tuple[tuple[int, int], ...]
"""(stride in bytes, steps) of each dimension along which a set is repeated."""

_SECTOR_SHIFT: Final = 5
_SECTOR: Final = 32
_MOST: Final = 1 << 20


class TooManyError(Exception):
    """A set of bytes has too many pieces to be written down."""


class Bytes(Struct, frozen=True):
    """Disjoint intervals in order, `start` up to, not including, `end`."""

    start: Array
    end: Array

    @staticmethod
    def of(start: Array, end: Array) -> Bytes:
        """The union of intervals."""
        if len(start) < 2:
            return Bytes(start, end)
        if np.count_nonzero(start[1:] < start[:-1]):
            order = np.argsort(start, kind="stable")
            start, end = start[order], end[order]
        furthest = np.maximum.accumulate(end)
        (ends,) = (start[1:] > furthest[:-1]).nonzero()
        if not len(ends):
            return Bytes(start[:1], furthest[-1:])
        return Bytes(
            np.concatenate((start[:1], start[ends + 1])),
            np.concatenate((furthest[ends], furthest[-1:])),
        )

    @staticmethod
    def of_width(start: Array, width: int) -> Bytes:
        """The union of intervals of one width."""
        if np.count_nonzero(start[1:] < start[:-1]):
            start = np.sort(start)
        (ends,) = (start[1:] > start[:-1] + width).nonzero()
        return Bytes(
            np.concatenate((start[:1], start[ends + 1])),
            np.concatenate((start[ends], start[-1:])) + width,
        )

    @property
    def key(self) -> tuple[bytes, bytes]:
        """What equal sets have in common."""
        return self.start.tobytes(), self.end.tobytes()

    @staticmethod
    def union(sets: Iterable[Bytes]) -> Bytes:
        """All bytes of some sets."""
        listed = list(sets)
        if len(listed) == 1:
            return listed[0]
        if not listed:
            return Bytes(np.zeros(0, np.int64), np.zeros(0, np.int64))
        return Bytes.of(
            np.concatenate([one.start for one in listed]),
            np.concatenate([one.end for one in listed]),
        )

    def moved(self, by: int) -> Bytes:
        """The set so many bytes further."""
        return Bytes(self.start + by, self.end + by) if by else self

    def copied(self, places: Array) -> Bytes:
        """The union of the set's copies at some places in order, bytes further."""
        if len(places) == 1:
            return self.moved(int(places[0]))
        start = self.start + places[:, None]
        return Bytes.of(start.ravel(), (start + (self.end - self.start)).ravel())

    def sectors(self, moved: int = 0) -> int:
        """Distinct sectors that the set touches when it lies `moved` bytes further."""
        if not len(self.start):
            return 0
        first = (self.start + moved) >> _SECTOR_SHIFT
        last = (self.end + (moved - 1)) >> _SECTOR_SHIFT
        shared = np.count_nonzero(first[1:] == last[:-1])
        return int((last - first + 1).sum()) - int(shared)

    def whole_sectors(self) -> int:
        """Sectors all bytes of which are in the set."""
        first = -(-self.start // _SECTOR)
        return int(np.maximum(0, self.end // _SECTOR - first).sum())

    def repeated(self, dims: Dims) -> Bytes:
        """The union of the set's copies along some dimensions. Raises TooManyError."""
        found = self
        for stride, steps in chained(dims):
            lengths = found.end - found.start
            if len(lengths) and int(lengths.min()) >= stride:
                grown = found.end + stride * (steps - 1)
                found = Bytes.of(found.start, grown)
                continue
            if len(found.start) * steps > _MOST:
                raise TooManyError
            shift = np.arange(steps, dtype=np.int64)[:, None] * stride
            start, end = (found.start + shift).ravel(), (found.end + shift).ravel()
            is_apart = len(lengths) and int(found.end[-1] - found.start[0]) < stride
            found = Bytes(start, end) if is_apart else Bytes.of(start, end)
        return found

    def hull(self, dims: Dims) -> tuple[int, int]:
        """The first byte of all copies, and the one after the last."""
        reach = sum(stride * (steps - 1) for stride, steps in dims)
        return int(self.start[0]), int(self.end[-1]) + reach

    def count_repeated(self, dims: Dims) -> tuple[int, int]:
        """(sectors, whole sectors) of all copies together. Raises TooManyError.

        Copies that lie whole sectors apart and do not meet are multiplied instead of written down.
        """
        times = 1
        near = chained(dims) if len(self.start) else ()
        while near:
            stride, steps = near[-1]
            start, end = self.hull(near[:-1])
            if stride % _SECTOR or (start // _SECTOR) * _SECTOR + stride < end:
                break
            times, near = times * steps, near[:-1]
        found = self.repeated(near)
        return found.sectors() * times, found.whole_sectors() * times


def each_of(starts: Array, width: int, ends: Array) -> list[Bytes]:
    """The unions of several lists of intervals of one width, which lie one after the other.

    `ends` says where each list ends in `starts`; none is empty.
    """
    seams = ends[:-1]
    falls = starts[1:] < starts[:-1]
    falls[seams - 1] = False
    if falls.any():
        lists = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
        starts = starts[np.lexsort((starts, lists))]
    first = np.empty(len(starts), np.bool_)
    first[0] = True
    np.greater(starts[1:], starts[:-1] + width, out=first[1:])
    first[seams] = True
    places = np.flatnonzero(first)
    lows = starts[places]
    highs = starts[np.append(places[1:], len(starts)) - 1] + width
    cuts = (0, *np.searchsorted(places, seams).tolist(), len(places))
    return [Bytes(lows[low:high], highs[low:high]) for low, high in pairwise(cuts)]


def chained(dims: Dims) -> Dims:
    """Dimensions by rising stride; those that only go on where another ended are made one."""
    found: list[tuple[int, int]] = []
    for stride, steps in sorted(dims):
        if found and found[-1][0] * found[-1][1] == stride:
            found[-1] = (found[-1][0], found[-1][1] * steps)
        else:
            found.append((stride, steps))
    return tuple(found)
