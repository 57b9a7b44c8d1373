"""Words → codes: which words of a statement vary, and as what the grammar would read them.

A word gets a code only where the grammar is sure to read it as one word of the code's kind, so
that statements which differ in coded words alone are alike to the grammar.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ptxenergy.ptx.blank import FILL, OPEN

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Offsets = NDArray[np.int64]

# What a masked word leaves in the key. Nothing else in a blanked text is above 0x7f.
INTEGER, FLOAT32, FLOAT64, HEX, DECIMAL = range(0x80, 0x85)
STRING, NAME, REGISTER, DOTTED, TYPE = range(0x85, 0x8A)

# Classes of the characters of words, as bits, so that a word's set of classes is their `or`.
_DIGIT, _HEX_LETTER, _LETTER, _MARK, _DOT, _PERCENT, _QUOTED, _X = 1, 2, 4, 8, 16, 32, 64, 128
_LONGEST_NUMBER = 64
_KEYWORDS = (b"function_name", b"inlined_at")


def table(*classes: tuple[bytes, int]) -> bytes:
    """For each of the 256 bytes the class that it is in, or 0."""
    made = bytearray(256)
    for characters, value in classes:
        for character in characters:
            made[character] = value
    return bytes(made)


_HEX_LETTERS = b"abcdefABCDEF"
_LETTERS = bytes(c for c in range(0x41, 0x7B) if chr(c).isalpha() and c not in _HEX_LETTERS + b"xX")
_CLASS = table(
    (b"0123456789", _DIGIT), (_HEX_LETTERS, _HEX_LETTER), (_LETTERS, _LETTER), (b"_$", _MARK),
    (b".", _DOT), (b"%", _PERCENT), (bytes([OPEN, FILL]), _QUOTED), (b"xX", _X),
)  # fmt: skip
IS_WORD = bytes(int(value != 0) for value in _CLASS)
_IS_KIND = np.frombuffer(table((b"busf", 1)), dtype=np.bool_)


def word_codes(chunk: bytes, raw: Bytes, starts: Offsets, ends: Offsets) -> Bytes:
    """What each word leaves in the key: a code, or 0 where it stays as it is."""
    codes = np.zeros(len(starts), dtype=np.uint8)
    if not len(starts):
        return codes
    sets = np.bitwise_or.reduceat(np.frombuffer(chunk.translate(_CLASS), dtype=np.uint8), starts)
    first, sizes = raw[starts], ends - starts
    second = raw[np.minimum(starts + 1, len(raw) - 1)]
    is_plain = (sets & _DOT) == 0
    is_dotted = ~is_plain & _well_dotted(raw, ends)
    is_register = (first == ord("%")) & (sizes > 1) & (second != ord("."))
    codes[is_register & (is_plain | (is_dotted & ((sets & _MARK) == 0)))] = REGISTER
    codes[sets == _QUOTED] = STRING
    # A word beside a colon may be a part of an opcode: `.shared::cta`, `.L2::128B`.
    is_free = ~_beside_colons(raw, starts, ends)
    digits = (first >= ord("0")) & (first <= ord("9")) & is_free
    codes[digits & (sets == _DIGIT) & ~_exponents(chunk, raw, starts, ends)] = INTEGER
    _numbers(raw, starts, ends, sets, np.flatnonzero(digits & (sets != _DIGIT)), codes)
    is_free &= ~digits & (codes == 0) & ((sets & (_PERCENT | _QUOTED)) == 0)
    # The operands of a call are read otherwise than those of other instructions.
    is_free &= ~_spelled(chunk, raw, starts, (b"call",))
    is_name = is_plain & is_free & ((sizes > 1) | (sets != _MARK))
    codes[is_name & ~_spelled(chunk, raw, starts, _KEYWORDS)] = NAME
    codes[is_dotted & is_free & (first != ord("."))] = DOTTED
    _types(raw, starts, sizes, np.flatnonzero(is_free & (first == ord("."))), codes)
    return codes


def _exponents(chunk: bytes, raw: Bytes, starts: Offsets, ends: Offsets) -> Flags:
    """Which words are the last part of a number such as `1.5e-3`, which is one word to PTX."""
    found = np.zeros(len(starts), dtype=np.bool_)
    if not any(sign in chunk for sign in (b"e-", b"e+", b"E-", b"E+")):
        return found
    sign = raw[np.maximum(starts - 1, 0)]
    signed = ((sign == ord("-")) | (sign == ord("+"))) & (starts > 1)
    signed[1:] &= ends[:-1] == starts[1:] - 1
    signed[:1] = False
    at = np.flatnonzero(signed)
    before = raw[starts[at - 1]]
    is_number = (before >= ord("0")) & (before <= ord("9"))
    found[at[is_number & ((raw[ends[at - 1] - 1] | 0x20) == ord("e"))]] = True
    return found


def _types(raw: Bytes, starts: Offsets, sizes: Offsets, at: Offsets, codes: Bytes) -> None:
    """The code for `.b8` to `.f64`, which may stand for each other."""
    at = at[(sizes[at] == 3) | (sizes[at] == 4)]
    begin = starts[at]
    third, fourth = raw[begin + 2], raw[np.minimum(begin + 3, len(raw) - 1)]
    is_width = np.zeros(len(at), dtype=np.bool_)
    for tens, ones in (b"16", b"32", b"64"):
        is_width |= (third == tens) & (fourth == ones)
    is_width = np.where(sizes[at] == 3, third == ord("8"), is_width)
    codes[at[is_width & _IS_KIND[raw[begin + 1]]]] = TYPE


def _well_dotted(raw: Bytes, ends: Offsets) -> Flags | np.bool_:
    """For each word, whether something follows each of its dots."""
    is_dot = raw == ord(".")
    if np.any(is_dot[1:] & is_dot[:-1]):
        return np.bool_(False)
    well: Flags = ~is_dot[ends - 1]
    return well


def _beside_colons(raw: Bytes, starts: Offsets, ends: Offsets) -> Flags:
    last = len(raw) - 1
    before = (raw[np.maximum(starts - 1, 0)] == ord(":")) & (starts > 0)
    after = raw[np.minimum(ends, last)] == ord(":")
    beside: Flags = before | (after & (raw[np.minimum(ends + 1, last)] == ord(":")))
    return beside


def _numbers(
    raw: Bytes, starts: Offsets, ends: Offsets, sets: Bytes, at: Offsets, codes: Bytes
) -> None:
    """Codes for 0x…, 0f…, 0d… and 1.5 constants, where every character is right."""
    at = at[ends[at] - starts[at] <= _LONGEST_NUMBER]
    if not len(at):
        return
    begin, size, classes = starts[at], ends[at] - starts[at], sets[at]
    zero = raw[begin] == ord("0")
    letter = raw[np.minimum(begin + 1, len(raw) - 1)] | 0x20
    hexadecimal = zero & ((classes | _DIGIT | _HEX_LETTER) == _DIGIT | _HEX_LETTER)
    codes[at[hexadecimal & (letter == ord("f")) & (size == 10)]] = FLOAT32
    codes[at[hexadecimal & (letter == ord("d")) & (size == 18)]] = FLOAT64
    is_x = (raw | 0x20) == ord("x")
    prefixed = zero & (letter == ord("x")) & (size > 2)
    prefixed &= (classes | _DIGIT | _HEX_LETTER) == _DIGIT | _HEX_LETTER | _X
    codes[at[prefixed & (_counts(is_x, begin, ends[at]) == 1)]] = HEX
    pointed = (classes == (_DIGIT | _DOT)) & (_counts(raw == ord("."), begin, ends[at]) == 1)
    codes[at[pointed & (raw[ends[at] - 1] != ord("."))]] = DECIMAL


def _counts(flags: Flags, starts: Offsets, ends: Offsets) -> Bytes:
    """How many flags are set in each of some words, none longer than 255."""
    bounds = np.empty(2 * len(starts), dtype=np.int64)
    bounds[0::2], bounds[1::2] = starts, ends
    # `reduceat` needs something to stand at the last bound.
    padded = np.append(flags, False).view(np.uint8)
    counts: Bytes = np.add.reduceat(padded, bounds, dtype=np.uint8)[0::2]
    return counts


def _spelled(chunk: bytes, raw: Bytes, starts: Offsets, words: tuple[bytes, ...]) -> Flags:
    """Which words begin with one of `words`."""
    found = np.zeros(len(starts), dtype=np.bool_)
    for word in words:
        if word not in chunk:
            continue
        at = np.flatnonzero(raw[starts] == word[0])
        for position, character in enumerate(word):
            at = at[raw[np.minimum(starts[at] + position, len(raw) - 1)] == character]
        found[at] = True
    return found
