"""The plain way of reading a file: the whole text by the grammar, statement by statement.

Slow (under 1 MB/s) and obviously right: what the fast way is held against.
"""

from __future__ import annotations

from ptxenergy.ptx.assemble import assemble
from ptxenergy.ptx.events import Occurrence
from ptxenergy.ptx.grammar import parse_tree
from ptxenergy.ptx.outline import Outline
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.syntax import Module
from ptxenergy.ptx.trees import events_of


def parse_plainly(content: bytes, file: str) -> Module:
    """The module that the text says, every statement parsed by the grammar.

    Raises PtxSyntaxError.
    """
    text = Text(content, file)
    # Latin-1 keeps one character for each byte, so that offsets are those of the bytes.
    tree = parse_tree(content.decode("latin-1"), "module", text)
    events = [Occurrence(event, (), offset) for event, offset in events_of(tree, {}, text)]
    outline: Outline[int] = Outline(text)
    for position, occurrence in enumerate(events):
        outline.feed(occurrence, position)
    outline.finish()
    return assemble(outline, lambda start, end: events[start : end + 1], text)
