"""A stretch of text → its pieces, each with what differs between alike statements masked out.

A piece is what stands between two cuts: after each `;`, and at line ends where no statement can
go on. Words that vary (registers, numbers, names) become one byte each, white space is collapsed;
what is left, the *key*, is the same for statements of one shape. All of it is done on whole
arrays of bytes: this is where the speed of parsing comes from.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ptxenergy.ptx.blank import CLOSE, OPEN
from ptxenergy.ptx.codes import IS_WORD, STRING, Bytes, Flags, Offsets, word_codes

CUT = 0x8A

_BLANKS = b" \t\r\f\v\n"
_TO_SPACE = bytes.maketrans(_BLANKS, b" " * len(_BLANKS))
# What may stand before a line end that separates statements, and after it.
MAY_END = np.frombuffer(IS_WORD, dtype=np.bool_).copy()
MAY_END[list(b":{}" + bytes([CLOSE]))] = True
MAY_BEGIN = np.frombuffer(IS_WORD, dtype=np.bool_).copy()
MAY_BEGIN[list(b"@}")] = True


class Masked(Struct, frozen=True):
    """The pieces of a stretch: keys, where each stops, and its slots (offsets in the stretch).

    `slot_stops[i]` is the number of slots up to the end of piece i.
    """

    keys: list[bytes]
    stops: Offsets
    slot_stops: Offsets
    slot_starts: Offsets
    slot_ends: Offsets


def mask(chunk: bytes) -> Masked:
    """The pieces of a blanked stretch of text, which may end anywhere that is not in a word."""
    raw = np.frombuffer(chunk, dtype=np.uint8)
    starts, ends = _words(chunk, raw)
    codes = word_codes(chunk, raw, starts, ends)
    chosen = np.flatnonzero(codes)
    # A string's closing mark is no part of its word, but of its slot.
    slot_starts, slot_ends = starts[chosen], ends[chosen] + (codes[chosen] == STRING)
    out = np.frombuffer(bytearray(chunk.translate(_TO_SPACE)), dtype=np.uint8)
    is_space = out == ord(" ")
    cuts = _cuts(chunk, raw, is_space)
    keep = _kept(raw, is_space, slot_starts, slot_ends)
    out[slot_starts] = codes[chosen]
    out[cuts] = CUT
    keys = out[keep].tobytes().replace(bytes([CUT]), bytes([CUT, ord(";")])).split(b";")
    stops = np.flatnonzero(raw == ord(";")) + 1
    if len(cuts):
        stops = np.sort(np.concatenate((stops, cuts)))
    keys, stops = _last(keys, stops, len(chunk))
    return Masked(keys, stops, np.searchsorted(slot_starts, stops), slot_starts, slot_ends)


def _last(keys: list[bytes], stops: Offsets, size: int) -> tuple[list[bytes], Offsets]:
    """What follows the last cut is a piece too, if there is anything."""
    rest = keys.pop()
    if rest.strip():
        keys.append(rest + bytes([CUT]))
        stops = np.append(stops, size)
    return keys, stops


def _words(chunk: bytes, raw: Bytes) -> tuple[Offsets, Offsets]:
    """Where the words start and end."""
    inside = np.frombuffer(chunk.translate(IS_WORD), dtype=np.bool_)
    padded = np.concatenate(([False], inside, [False]))
    bounds = np.flatnonzero(padded[1:] != padded[:-1])
    glued = np.flatnonzero(((raw[1:] == ord("%")) | (raw[1:] == OPEN)) & inside[:-1]) + 1
    if len(glued):
        # A register or a string is a word of its own even where nothing stands before it.
        bounds = np.sort(np.concatenate((bounds, glued, glued)))
    return bounds[0::2], bounds[1::2]


def _cuts(chunk: bytes, raw: Bytes, is_space: Flags) -> Offsets:
    """Line ends where a statement that is whole so far cannot go on: the first blank of each."""
    padded = np.concatenate(([False], is_space, [False]))
    bounds = np.flatnonzero(padded[1:] != padded[:-1])
    starts, ends = bounds[0::2], bounds[1::2]
    last = len(raw) - 1
    may_end = MAY_END[raw[np.maximum(starts - 1, 0)]] & MAY_BEGIN[raw[np.minimum(ends, last)]]
    may_end &= (starts > 0) & (ends <= last)
    has_line_end = (raw[starts] == ord("\n")) | (raw[ends - 1] == ord("\n"))
    unsure = np.flatnonzero(may_end & ~has_line_end & (ends - starts > 2))
    for run in unsure.tolist():
        has_line_end[run] = chunk.find(b"\n", starts[run], ends[run]) >= 0
    cuts: Offsets = starts[may_end & has_line_end]
    return cuts[~(_ends_in(raw, cuts, b"call") | _ends_in(raw, cuts, b".uni"))]


def _ends_in(raw: Bytes, at: Offsets, word: bytes) -> Flags:
    """Before which places the text ends in `word`: a call's operands begin on the next line."""
    right = at >= len(word)
    for back, character in enumerate(reversed(word), 1):
        right &= raw[np.maximum(at - back, 0)] == character
    return right


def _kept(raw: Bytes, is_space: Flags, starts: Offsets, ends: Offsets) -> Flags:
    """The bytes that stay: of a masked word its first, of white space its first, if any."""
    steps = np.zeros(len(raw) + 1, dtype=np.int8)
    longer = ends - starts > 1
    steps[starts[longer] + 1] = 1
    steps[ends[longer]] = -1
    keep: Flags = np.cumsum(steps[:-1], dtype=np.int8) == 0
    is_quiet = is_space | (raw == ord(";"))
    keep[1:] &= ~(is_space[1:] & is_quiet[:-1])
    keep[:1] &= ~is_space[:1]
    keep &= raw != CLOSE
    return keep
