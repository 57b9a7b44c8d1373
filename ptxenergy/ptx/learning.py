"""The reading of pieces whose shape is new: by the grammar, once for each shape."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from lark import Token, Tree

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.ptx.grammar import parse_tree
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.shapes import Placed, Shape, summed
from ptxenergy.ptx.trees import events_of


def read_new(source: str, slots: Sequence[tuple[int, int]], text: Text, start: int) -> Shape | None:
    """The shape of what `source` says, whose slots lie at these spans of it; None where it is not
    whole. It begins at `start` in `text`."""
    try:
        tree = parse_tree(source, "piece", text, start)
        return _shape_of(tree, source, slots, text, start)
    except (PtxSyntaxError, RecursionError):
        return None


def _shape_of(
    tree: Tree[Token], source: str, slots: Sequence[tuple[int, int]], text: Text, start: int
) -> Shape | None:
    """The shape of a parsed piece, whose slots lie at these spans of `source`.

    None where the slots are not exactly words of the tree: such a piece is read alone each time.
    Raises PtxSyntaxError where an operand means nothing; `start` is where `source` begins.
    """
    words = tree.scan_values(lambda value: isinstance(value, Token))
    spans = {(int(word.start_pos or 0), int(word.start_pos or 0) + len(word)) for word in words}
    if not spans.issuperset(slots):
        return None
    numbers = {begin: index for index, (begin, _) in enumerate(slots)}
    ends = [end for _, end in slots]
    placed = []
    for event, offset in events_of(tree, numbers, text, start):
        anchor = bisect_right(ends, offset) - 1
        begin = ends[anchor] if anchor >= 0 else 0
        placed.append(Placed(event, anchor, len("".join(source[begin:offset].split()))))
    return summed(tuple(placed))
