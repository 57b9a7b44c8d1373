"""Pieces that are read by themselves: tables of constants, and what no shape fits.

A long table, `{0, 12, 255, …}`, is to the grammar like a shorter one, so that only the first of
many numbers is shown to it.
"""

from __future__ import annotations

import re

from lark import Token

from ptxenergy.ptx.events import events_of
from ptxenergy.ptx.grammar import parse_tree
from ptxenergy.ptx.leaves import RUN
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.shapes import FROM_PIECE, Placed, Shape, summed

# About what the grammar reads in two seconds.
MOST_WORDS = 100_000
_LONGEST_TEXT = 4_000_000

_WORD = re.compile(r"[\w.$%]+|[^\w.$%\s]", re.ASCII)
_NUMBER = r"(?:0[xX][0-9a-fA-F]+|0[fF][0-9a-fA-F]{8}|0[dD][0-9a-fA-F]{16}|[0-9]+)\s*,\s*"
# Possessive, so that a table of a million numbers needs no stack to go back on.
_RUN = re.compile(rf"[{{,]\s*({_NUMBER}(?:-?{_NUMBER}){{63,}}+)", re.ASCII)


def read_alone(source: str, text: Text, start: int) -> Shape:
    """The shape, without slots, of one piece that begins at `start`. Raises PtxSyntaxError."""
    start_of_word = start + len(source) - len(source.lstrip())
    runs = {match.start(1): match[1] for match in _RUN.finditer(source)}
    shown = source
    for begin, run in runs.items():
        first = re.match(r"\w+", run)
        kept = first[0] if first else ""
        hidden = kept + " " * (len(run.rstrip()) - len(kept) - 1) + ","
        shown = shown[:begin] + hidden + shown[begin + len(hidden) :]
    if _is_too_long(shown):
        raise text.error(f"a statement of more than {MOST_WORDS:,} words", start_of_word)
    try:
        tree = parse_tree(shown, "piece", text, start)
        for node in tree.iter_subtrees():
            for index, word in enumerate(node.children):
                if isinstance(word, Token) and word.start_pos in runs:
                    node.children[index] = Token(RUN, runs[word.start_pos], word.start_pos)
        events = [
            Placed(event, FROM_PIECE, offset) for event, offset in events_of(tree, {}, text, start)
        ]
    except RecursionError:
        raise text.error("an expression nested too deeply", start_of_word) from None
    return summed(tuple(events))


def _is_too_long(shown: str) -> bool:
    if len(shown) - shown.count(" ") > _LONGEST_TEXT:
        return True
    return len(shown) > MOST_WORDS and sum(1 for _ in _WORD.finditer(shown)) > MOST_WORDS
