"""The fast way of reading a file: columns of shapes, and bodies that wait to be asked for."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from ptxenergy.ptx.assemble import assemble
from ptxenergy.ptx.blank import blanked
from ptxenergy.ptx.columns import Columns, read_columns
from ptxenergy.ptx.events import Occurrence
from ptxenergy.ptx.kept import KeptShapes, kept_shapes
from ptxenergy.ptx.outline import MOST_NESTED, Outline
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.shapes import FROM_PIECE, Memo, Placed, Shape
from ptxenergy.ptx.syntax import Module

# A place in the columns: a piece, and one of its events.
Position = tuple[int, int]

_MEMO = Memo()
_LOCK = threading.Lock()
_NOT_SPACE = re.compile(rb"[^ \t\r\n\f\v]")


def parse_quickly(
    content: bytes, file: str, memo: Memo | None = None, kept: KeptShapes | None = None
) -> Module:
    """The module that the text says. `memo` is the process's own unless another is given; with
    that, `kept` are the user's.

    Raises PtxSyntaxError.
    """
    text = Text(content, file)
    clean = blanked(text)
    remembered = _MEMO if memo is None else memo
    with _LOCK:
        remembered.forget_if_full()
        if memo is None and kept is None:
            kept = kept_shapes()
        columns = read_columns(text, clean, remembered, kept)
        pieces = Pieces(text, clean, columns, remembered.shapes)
    return assemble(outline(pieces), pieces.occurrences, text)


class Pieces:
    """The pieces of a text, each turned into events when they are asked for."""

    def __init__(
        self, text: Text, clean: bytes, columns: Columns, shapes: Sequence[Shape | None]
    ) -> None:
        self.text = text
        self.columns = columns
        self._clean = clean
        self._shapes = shapes

    def shape(self, piece: int) -> Shape:
        """What the piece says."""
        own = self.columns.own.get(piece)
        known = self._shapes[int(self.columns.ids[piece])] if own is None else own
        if known is None:
            raise KeyError(piece)
        return known

    def occurrences(self, start: Position, end: Position) -> Iterator[Occurrence]:
        """The events from one place to another, both included."""
        (first, skipped), (last, final) = start, end
        columns = self.columns
        slot = int(columns.slot_stops[first - 1]) if first else 0
        stops = columns.slot_stops[first : last + 1].tolist()
        starts = columns.slot_starts[slot : stops[-1]].tolist()
        ends = columns.slot_ends[slot : stops[-1]].tolist()
        base = starts[0] if starts else 0
        words = self.text.content[base : ends[-1] if ends else 0].decode("latin-1")
        texts = [words[i - base : j - base] for i, j in zip(starts, ends, strict=True)]
        begin = int(columns.stops[first - 1]) if first else 0
        low = 0
        pieces = zip(
            range(first, last + 1), columns.stops[first : last + 1].tolist(), stops, strict=True
        )
        for piece, stop, slot_stop in pieces:
            high = slot_stop - slot
            events = self.shape(piece).events
            if piece == last:
                events = events[: final + 1]
            if piece == first:
                events = events[skipped:]
            for placed in events:
                offset = self._offset(placed, begin, ends[low:high])
                yield Occurrence(placed.event, texts[low:high], offset)
            begin, low = stop, high

    def _offset(self, placed: Placed, begin: int, slot_ends: Sequence[int]) -> int:
        """Where the event's first word stands."""
        if placed.anchor == FROM_PIECE:
            return begin + placed.skip
        at = begin if placed.anchor < 0 else slot_ends[placed.anchor]
        for _ in range(placed.skip + 1):
            found = _NOT_SPACE.search(self._clean, at)
            if found is None:
                return at
            at = found.end()
        return at - 1


def outline(pieces: Pieces) -> Outline[Position]:
    """The outline of the file: only pieces that touch the top level are looked at one by one.

    Raises PtxSyntaxError where something stands where it cannot.
    """
    facts = pieces.columns.facts
    made: Outline[Position] = Outline(pieces.text)
    change, low, high = facts[:, 0], facts[:, 1], facts[:, 2]
    before = np.cumsum(change, dtype=np.int64) - change
    wrong = {
        True: np.flatnonzero((facts[:, 4] == 0) | (before + high > 1)),
        False: np.flatnonzero((facts[:, 3] == 0) | (before + high > MOST_NESTED)),
    }
    previous = -1
    empty = facts[:, 6] != 0
    # Of semicolons in a row, only the first can end anything.
    empty[1:] &= empty[:-1]
    empty[:1] = False
    touching = np.flatnonzero((before + low <= 0) & ~empty)
    for piece in [*touching.tolist(), len(facts)]:
        if made.depth and piece > previous + 1:
            misplaced = wrong[made.in_section]
            at = int(np.searchsorted(misplaced, previous + 1))
            if at < len(misplaced) and misplaced[at] < piece:
                _feed(made, pieces, int(misplaced[at]), int(before[misplaced[at]]))
            made.skip(int(before[piece]) if piece < len(facts) else int(before[-1] + change[-1]))
        if piece < len(facts):
            _feed(made, pieces, piece, made.depth)
        previous = piece
    made.finish()
    return made


def _feed(made: Outline[Position], pieces: Pieces, piece: int, depth: int) -> None:
    made.skip(depth)
    last = len(pieces.shape(piece).events) - 1
    for index, occurrence in enumerate(pieces.occurrences((piece, 0), (piece, last))):
        made.feed(occurrence, (piece, index))
