"""The state of reading a text."""

from __future__ import annotations

import re

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from ptxenergy.ptx.blank import STRING
from ptxenergy.ptx.kept import KeptShapes
from ptxenergy.ptx.mask import Masked
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.shapes import Memo, Shape

# A compiler's output of any size has a few thousand shapes.
MOST_NEW_SHAPES = 12_000
# Mangled names reach a few thousand characters.
LONGEST_WORD = 20_000

Numbers = NDArray[np.int32]


class Reading(Struct):
    """What has been read of a text so far: columns by stretches, shapes of pieces read alone."""

    text: Text
    clean: bytes
    memo: Memo
    kept: KeptShapes | None = None
    parts: list[tuple[Numbers, ...]] = field(default_factory=list)
    own: dict[int, Shape] = field(default_factory=dict)
    pieces: int = 0
    slots: int = 0
    parsed: int = 0

    @property
    def done(self) -> int:
        """How many pieces the finished stretches have."""
        return sum(len(part[0]) for part in self.parts)


def learn(
    reading: Reading, masked: Masked, start: int, span: tuple[int, int], key: bytes
) -> Shape | None:
    """The shape of the pieces from one to another, whose key is new; None where they are not whole.

    `start` is where the stretch begins in the text.
    """
    first, last = span
    begin, low = (masked.stops[first - 1], masked.slot_stops[first - 1]) if first else (0, 0)
    end, high = masked.stops[last], masked.slot_stops[last]
    at = start + int(begin)
    count_parse(reading, at)
    known = reading.kept.get(key) if reading.kept else None
    if known is not None:
        return known
    # The parser is not even imported where everything is known.
    from ptxenergy.ptx.learning import read_new

    starts, ends = masked.slot_starts[low:high] - begin, masked.slot_ends[low:high] - begin
    slots = list(zip(starts.tolist(), ends.tolist(), strict=True))
    shape = read_new(source_of(reading, at, start + int(end)), slots, reading.text, at)
    if shape is not None and reading.kept is not None:
        reading.kept.add(key, shape)
    return shape


def count_parse(reading: Reading, offset: int) -> None:
    """Counts one more use of the grammar. Raises PtxSyntaxError where they are absurdly many."""
    reading.parsed += 1
    if reading.parsed > MOST_NEW_SHAPES:
        message = f"more than {MOST_NEW_SHAPES:,} different forms of statement"
        raise reading.text.error(message, offset)


def source_of(reading: Reading, start: int, stop: int) -> str:
    """The text without its comments, strings as they are, one character for each byte."""
    content = reading.text.content

    def original(match: re.Match[bytes]) -> bytes:
        begin, end = match.span()
        return content[start + begin : start + end]

    return STRING.sub(original, reading.clean[start:stop]).decode("latin-1")
