"""Pieces that are not statements by themselves, or are too long to remember."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.ptx.mask import CUT, Masked
from ptxenergy.ptx.reading import Numbers, Reading, count_parse, learn, source_of
from ptxenergy.ptx.shapes import LONGEST_KEY

_MOST_JOINED = 16
_CUT = bytes([CUT])


class Stretch(Struct, frozen=True):
    """A masked stretch that begins at `start`, with what becomes of its pieces: `keep` is false
    for those that were joined to a later one."""

    masked: Masked
    start: int
    ids: Numbers
    keep: NDArray[np.bool_]


def repair(reading: Reading, stretch: Stretch, troubled: NDArray[np.intp], is_whole: bool) -> bool:
    """Reads what was cut in the wrong place or is too long to remember, joined to its neighbours.

    A cut that leaves whole things on both sides is never wrong, since a line end is only white
    space: so the fewest pieces that make sense together are right, and what makes none from one
    `;` to the next is an error. False where the stretch ends before the statement does.
    """
    keys, done = stretch.masked.keys, -1
    for index in troubled.tolist():
        if index <= done:
            continue
        first, last = _statement(keys, index)
        if last == len(keys) - 1 and not is_whole:
            return False
        done = _join_few(reading, stretch, index, last)
        if done < 0:
            done = last
            _read_joined(reading, stretch, (first, last))
    return True


def _statement(keys: list[bytes], index: int) -> tuple[int, int]:
    """The pieces from after the last `;` before piece `index` to the next `;`."""
    first = last = index
    while first and keys[first - 1].endswith(_CUT):
        first -= 1
    while last < len(keys) - 1 and keys[last].endswith(_CUT):
        last += 1
    return first, last


def _join_few(reading: Reading, stretch: Stretch, index: int, last: int) -> int:
    """Joins piece `index` to as few of those after it as make sense; gives the last, or -1."""
    memo = reading.memo
    for end in range(index + 1, min(last, index + _MOST_JOINED) + 1):
        keys = stretch.masked.keys[index : end + 1]
        joined = b" ".join([*(key.rstrip(_CUT) for key in keys[:-1]), keys[-1]])
        if len(joined) > LONGEST_KEY:
            break
        if joined not in memo:
            number = memo[joined]
            memo.add(learn(reading, stretch.masked, stretch.start, (index, end), joined))
        number = memo[joined]
        if memo.shapes[number] is not None:
            stretch.ids[end] = number
            stretch.keep[index:end] = False
            return end
    return -1


def _read_joined(reading: Reading, stretch: Stretch, span: tuple[int, int]) -> None:
    """Reads these pieces as one that is remembered nowhere. Raises PtxSyntaxError."""
    from ptxenergy.ptx.alone import read_alone

    first, last = span
    begin = stretch.start + (int(stretch.masked.stops[first - 1]) if first else 0)
    count_parse(reading, begin)
    source = source_of(reading, begin, stretch.start + int(stretch.masked.stops[last]))
    shape = read_alone(source, reading.text, begin)
    stretch.keep[first:last] = False
    stretch.ids[last] = 0
    kept = int(np.count_nonzero(stretch.keep[:last]))
    reading.own[reading.done + kept] = shape
