"""A whole text → columns: for each piece its shape and where its words stand.

The text goes through in stretches of about a megabyte, so that the memory for masking does not
grow with the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.ptx.alone import read_alone
from ptxenergy.ptx.blank import STRING
from ptxenergy.ptx.grammar import parse_tree
from ptxenergy.ptx.mask import CUT, Masked, mask
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.shapes import LONGEST_KEY, Memo, Shape, facts_of, shape_of

_STRETCH = 1 << 20
# What is longer than this has no `;` where one should be.
_LONGEST_STRETCH = 3 << 20
# A compiler's output of any size has a few thousand shapes.
MOST_NEW_SHAPES = 12_000
MOST_PIECES = 4_000_000
_MOST_JOINED = 16
_CUT = bytes([CUT])

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Columns:
    """The pieces of a text, in order. Offsets count from the start of the text.

    Piece i is `clean[stops[i-1]:stops[i]]`; its slots are those from `slot_stops[i-1]` up to
    `slot_stops[i]`; `facts` is as in `Memo`; `own` has the shapes of pieces that were read alone.
    """

    ids: Numbers
    stops: Numbers
    slot_stops: Numbers
    slot_starts: Numbers
    slot_ends: Numbers
    facts: NDArray[np.int32]
    own: dict[int, Shape]


@dataclass(slots=True)
class _Reading:
    text: Text
    clean: bytes
    memo: Memo
    parts: list[tuple[Numbers, ...]] = field(default_factory=list)
    own: dict[int, Shape] = field(default_factory=dict)
    pieces: int = 0
    slots: int = 0
    parsed: int = 0


def read_columns(text: Text, clean: bytes, memo: Memo) -> Columns:
    """The columns of a text; `clean` is the text without comments and strings.

    Raises PtxSyntaxError where a piece is not PTX.
    """
    reading = _Reading(text, clean, memo)
    position = 0
    while position < len(clean):
        size = _STRETCH
        stop = _stretch(clean, position, size)
        while not _read_stretch(reading, position, stop):
            size *= 2
            stop = _stretch(clean, position, size, only_statements=True)
        position = stop
    return _joined(reading)


def _stretch(clean: bytes, start: int, size: int, only_statements: bool = False) -> int:
    """Where a stretch of about this size may stop: after a `;`, else at a line's end."""
    if start + size >= len(clean):
        return len(clean)
    found = clean.rfind(b";", start, start + size)
    if found < 0 and not only_statements:
        found = clean.rfind(b"\n", start, start + size)
    if found < 0:
        found = clean.find(b";", start + size)
    return found + 1 if found >= 0 else len(clean)


def _read_stretch(reading: _Reading, start: int, stop: int) -> bool:
    """Adds the pieces of a stretch. False where it must be longer to be understood."""
    if stop - start > _LONGEST_STRETCH:
        _read_long(reading, start, stop)
        return True
    masked = mask(reading.clean[start:stop])
    reading.pieces += len(masked.keys)
    if reading.pieces > MOST_PIECES:
        raise reading.text.error(f"more than {MOST_PIECES:,} statements", start)
    ids = _ids(reading, masked, start)
    facts = reading.memo.facts[ids]
    troubled = np.flatnonzero(facts[:, 5] == 0)
    keep = np.ones(len(ids), dtype=np.bool_)
    if len(troubled):
        whole = stop == len(reading.clean) or reading.clean[stop - 1] == ord(";")
        if not _repair(reading, _Stretch(masked, start, ids, keep), troubled, whole):
            reading.pieces -= len(masked.keys)
            return False
    _add(reading, masked, start, ids, keep)
    return True


def _read_long(reading: _Reading, start: int, stop: int) -> None:
    """Adds a stretch without a `;` or a line end in it, a table of constants, as one piece."""
    shape = read_alone(_source(reading, start, stop), reading.text, start)
    reading.own[sum(len(part[0]) for part in reading.parts)] = shape
    one, none = np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.int32)
    reading.parts.append((one, one + stop, one + reading.slots, none, none))


@dataclass(frozen=True, slots=True)
class _Stretch:
    masked: Masked
    start: int
    ids: Numbers
    keep: NDArray[np.bool_]


def _ids(reading: _Reading, masked: Masked, start: int) -> Numbers:
    memo = reading.memo
    known = len(memo.shapes)
    try:
        numbers = map(memo.__getitem__, masked.keys)
        ids = np.fromiter(numbers, dtype=np.int32, count=len(masked.keys))
        if len(memo) + 1 > known:
            _learn(reading, masked, ids, start, known)
    except BaseException:
        memo.forget_unread()
        raise
    return ids


def _learn(reading: _Reading, masked: Masked, ids: Numbers, start: int, known: int) -> None:
    """Reads, in order, the first piece of each shape that is new."""
    new = np.flatnonzero(ids >= known)
    _, first = np.unique(ids[new], return_index=True)
    for index in new[first].tolist():
        reading.memo.add(_read_new(reading, masked, start, (index, index)))


def _read_new(reading: _Reading, masked: Masked, start: int, span: tuple[int, int]) -> Shape | None:
    """The shape of the pieces from one to another, or None where they are not whole."""
    first, last = span
    begin, low = (masked.stops[first - 1], masked.slot_stops[first - 1]) if first else (0, 0)
    end, high = masked.stops[last], masked.slot_stops[last]
    _count(reading, start + int(begin))
    starts, ends = masked.slot_starts[low:high] - begin, masked.slot_ends[low:high] - begin
    slots = list(zip(starts.tolist(), ends.tolist(), strict=True))
    source = _source(reading, start + int(begin), start + int(end))
    try:
        at = start + int(begin)
        tree = parse_tree(source, "piece", reading.text, at)
        return shape_of(tree, source, slots, reading.text, at)
    except (PtxSyntaxError, RecursionError):
        return None


def _count(reading: _Reading, offset: int) -> None:
    reading.parsed += 1
    if reading.parsed > MOST_NEW_SHAPES:
        message = f"more than {MOST_NEW_SHAPES:,} different forms of statement"
        raise reading.text.error(message, offset)


def _source(reading: _Reading, start: int, stop: int) -> str:
    """The text without its comments, strings as they are, one character for each byte."""
    content = reading.text.content

    def original(match: re.Match[bytes]) -> bytes:
        begin, end = match.span()
        return content[start + begin : start + end]

    return STRING.sub(original, reading.clean[start:stop]).decode("latin-1")


# ---- pieces that are not statements by themselves -------------------------------------------


def _repair(
    reading: _Reading, stretch: _Stretch, troubled: NDArray[np.intp], is_whole: bool
) -> bool:
    """Reads what was cut in the wrong place or is too long to remember, joined to its neighbours.

    A cut that leaves whole things on both sides is never wrong, since a line end is only white
    space: so the fewest pieces that make sense together are right, and what makes none from one
    `;` to the next is an error.
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


def _join_few(reading: _Reading, stretch: _Stretch, index: int, last: int) -> int:
    """Joins piece `index` to as few of those after it as make sense; gives the last, or -1."""
    memo = reading.memo
    for end in range(index + 1, min(last, index + _MOST_JOINED) + 1):
        keys = stretch.masked.keys[index : end + 1]
        joined = b" ".join([*(key.rstrip(_CUT) for key in keys[:-1]), keys[-1]])
        if len(joined) > LONGEST_KEY:
            break
        if joined not in memo:
            number = memo[joined]
            memo.add(_read_new(reading, stretch.masked, stretch.start, (index, end)))
        number = memo[joined]
        if memo.shapes[number] is not None:
            stretch.ids[end] = number
            stretch.keep[index:end] = False
            return end
    return -1


def _read_joined(reading: _Reading, stretch: _Stretch, span: tuple[int, int]) -> None:
    """Reads these pieces as one that is remembered nowhere. Raises PtxSyntaxError."""
    first, last = span
    begin = stretch.start + (int(stretch.masked.stops[first - 1]) if first else 0)
    _count(reading, begin)
    source = _source(reading, begin, stretch.start + int(stretch.masked.stops[last]))
    shape = read_alone(source, reading.text, begin)
    stretch.keep[first:last] = False
    stretch.ids[last] = 0
    kept = int(np.count_nonzero(stretch.keep[:last]))
    reading.own[sum(len(part[0]) for part in reading.parts) + kept] = shape


# ---- joining ----------------------------------------------------------------------------------


def _add(
    reading: _Reading, masked: Masked, start: int, ids: Numbers, keep: NDArray[np.bool_]
) -> None:
    part = (
        ids[keep],
        (masked.stops[keep] + start).astype(np.int32),
        (masked.slot_stops[keep] + reading.slots).astype(np.int32),
        (masked.slot_starts + start).astype(np.int32),
        (masked.slot_ends + start).astype(np.int32),
    )
    reading.parts.append(part)
    reading.slots += len(masked.slot_starts)


def _joined(reading: _Reading) -> Columns:
    empty = np.zeros(0, dtype=np.int32)
    columns = [np.concatenate(column) for column in zip(*reading.parts, strict=True)] or [empty] * 5
    ids, stops, slot_stops, slot_starts, slot_ends = columns
    facts = _facts(reading, ids)
    return Columns(ids, stops, slot_stops, slot_starts, slot_ends, facts, reading.own)


def _facts(reading: _Reading, ids: Numbers) -> NDArray[np.int32]:
    facts = reading.memo.facts[ids]
    for place, shape in reading.own.items():
        facts[place] = facts_of(shape)
    return facts
