"""A whole text → columns: for each piece its shape and where its words stand.

The text goes through in stretches of about a megabyte, so that the memory for masking does not
grow with the file.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.ptx.kept import KeptShapes
from ptxenergy.ptx.mask import MAY_BEGIN, MAY_END, Masked, mask
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.reading import LONGEST_WORD, Numbers, Reading, learn, source_of
from ptxenergy.ptx.repair import Stretch, repair
from ptxenergy.ptx.shapes import Memo, Shape, facts_of

_STRETCH = 1 << 20
# What is longer than this has no `;` where one should be.
_LONGEST_STRETCH = 3 << 20
_MOST_LINE_ENDS = 1000
# How far white space may reach for a line end in it to be found.
_NEAR = 256
MOST_PIECES = 4_000_000


class Columns(Struct, frozen=True):
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


def read_columns(text: Text, clean: bytes, memo: Memo, kept: KeptShapes | None = None) -> Columns:
    """The columns of a text; `clean` is the text without comments and strings.

    Raises PtxSyntaxError where a piece is not PTX.
    """
    reading = Reading(text, clean, memo, kept)
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
        found = _line_end(clean, start, start + size)
    if found < 0:
        found = clean.find(b";", start + size)
    return found + 1 if found >= 0 else len(clean)


def _line_end(clean: bytes, start: int, stop: int) -> int:
    """The last line end where no statement can go on, or -1."""
    found = stop
    for _ in range(_MOST_LINE_ENDS):
        found = clean.rfind(b"\n", start, found)
        if found < 0:
            break
        before = clean[max(start, found - _NEAR) : found].rstrip()[-1:]
        after = clean[found : found + _NEAR].lstrip()[:1]
        if before and after and MAY_END[before[0]] and MAY_BEGIN[after[0]]:
            return found
    return -1


def _read_stretch(reading: Reading, start: int, stop: int) -> bool:
    """Adds the pieces of a stretch. False where it must be longer to be understood."""
    if stop - start > _LONGEST_STRETCH:
        _read_long(reading, start, stop)
        return True
    masked = mask(reading.clean[start:stop])
    reading.pieces += len(masked.keys)
    if reading.pieces > MOST_PIECES:
        raise reading.text.error(f"more than {MOST_PIECES:,} statements", start)
    _check_words(reading, masked, start)
    ids = _ids(reading, masked, start)
    facts = reading.memo.facts[ids]
    troubled = np.flatnonzero(facts[:, 5] == 0)
    keep = np.ones(len(ids), dtype=np.bool_)
    if len(troubled):
        whole = stop == len(reading.clean) or reading.clean[stop - 1] == ord(";")
        if not repair(reading, Stretch(masked, start, ids, keep), troubled, whole):
            reading.pieces -= len(masked.keys)
            for place in [place for place in reading.own if place >= reading.done]:
                del reading.own[place]
            return False
    _add(reading, masked, start, ids, keep)
    return True


def _check_words(reading: Reading, masked: Masked, start: int) -> None:
    too_long = np.flatnonzero(masked.slot_ends - masked.slot_starts > LONGEST_WORD)
    if len(too_long):
        offset = start + int(masked.slot_starts[too_long[0]])
        raise reading.text.error(f"a word of more than {LONGEST_WORD:,} characters", offset)


def _read_long(reading: Reading, start: int, stop: int) -> None:
    """Adds a stretch without a `;` or a line end in it, a table of constants, as one piece."""
    from ptxenergy.ptx.alone import read_alone

    shape = read_alone(source_of(reading, start, stop), reading.text, start)
    reading.own[reading.done] = shape
    one, none = np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.int32)
    reading.parts.append((one, one + stop, one + reading.slots, none, none))


def _ids(reading: Reading, masked: Masked, start: int) -> Numbers:
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


def _learn(reading: Reading, masked: Masked, ids: Numbers, start: int, known: int) -> None:
    """Reads, in order, the first piece of each shape that is new."""
    new = np.flatnonzero(ids >= known)
    _, first = np.unique(ids[new], return_index=True)
    for index in new[first].tolist():
        reading.memo.add(learn(reading, masked, start, (index, index), masked.keys[index]))


# ---- joining ----------------------------------------------------------------------------------


def _add(
    reading: Reading, masked: Masked, start: int, ids: Numbers, keep: NDArray[np.bool_]
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


def _joined(reading: Reading) -> Columns:
    empty = np.zeros(0, dtype=np.int32)
    columns = [np.concatenate(column) for column in zip(*reading.parts, strict=True)] or [empty] * 5
    ids, stops, slot_stops, slot_starts, slot_ends = columns
    facts = _facts(reading, ids)
    return Columns(ids, stops, slot_stops, slot_starts, slot_ends, facts, reading.own)


def _facts(reading: Reading, ids: Numbers) -> NDArray[np.int32]:
    facts = reading.memo.facts[ids]
    for place, shape in reading.own.items():
        facts[place] = facts_of(shape)
    return facts
