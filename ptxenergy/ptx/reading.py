"""The state of reading a text, and the reading of pieces whose shape is new."""

from __future__ import annotations

import re

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.ptx.blank import STRING
from ptxenergy.ptx.grammar import parse_tree
from ptxenergy.ptx.mask import Masked
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.shapes import Memo, Shape, shape_of

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
    parts: list[tuple[Numbers, ...]] = field(default_factory=list)
    own: dict[int, Shape] = field(default_factory=dict)
    pieces: int = 0
    slots: int = 0
    parsed: int = 0

    @property
    def done(self) -> int:
        """How many pieces the finished stretches have."""
        return sum(len(part[0]) for part in self.parts)


def read_new(reading: Reading, masked: Masked, start: int, span: tuple[int, int]) -> Shape | None:
    """The shape of the pieces from one to another, or None where they are not whole."""
    first, last = span
    begin, low = (masked.stops[first - 1], masked.slot_stops[first - 1]) if first else (0, 0)
    end, high = masked.stops[last], masked.slot_stops[last]
    count_parse(reading, start + int(begin))
    starts, ends = masked.slot_starts[low:high] - begin, masked.slot_ends[low:high] - begin
    slots = list(zip(starts.tolist(), ends.tolist(), strict=True))
    source = source_of(reading, start + int(begin), start + int(end))
    try:
        at = start + int(begin)
        tree = parse_tree(source, "piece", reading.text, at)
        return shape_of(tree, source, slots, reading.text, at)
    except (PtxSyntaxError, RecursionError):
        return None


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
