"""Pieces that are read by themselves: tables of constants, and what no shape fits.

A long table, `{0, 12, 255, …}`, is to the grammar like a shorter one, so that only the first of
many numbers is shown to it.
"""

from __future__ import annotations

import re

from lark import Token

from ptxenergy.ptx.grammar import parse_tree
from ptxenergy.ptx.leaves import RUN
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.reading import LONGEST_WORD
from ptxenergy.ptx.shapes import FROM_PIECE, Placed, Shape, summed
from ptxenergy.ptx.trees import events_of

# About what the grammar reads in two seconds.
MOST_WORDS = 100_000

_WORD = re.compile(r"[\w.$%]+|[^\w.$%\s]", re.ASCII)
_NUMBER = r"(?:0[xX][0-9a-fA-F]+|0[fF][0-9a-fA-F]{8}|0[dD][0-9a-fA-F]{16}|[0-9]+)\s*,\s*"
# Not possessive: Python before 3.11.5 misses matches of possessive repeats.
_RUN = re.compile(rf"[{{,]\s*({_NUMBER}(?:-?{_NUMBER}){{63,}})", re.ASCII)


def read_alone(source: str, text: Text, start: int) -> Shape:
    """The shape, without slots, of one piece that begins at `start`. Raises PtxSyntaxError."""
    start_of_word = start + len(source) - len(source.lstrip())
    shown, runs = _hidden(source)
    _check_size(shown, text, start_of_word)
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


def _hidden(source: str) -> tuple[str, dict[int, str]]:
    """The text with only the first number of each run, and the runs by where they start."""
    runs: dict[int, str] = {}
    parts, done = [], 0
    for match in _RUN.finditer(source):
        begin, run = match.start(1), match[1]
        runs[begin] = run
        first_end = begin + len(run[: run.find(",")].rstrip())
        comma = begin + len(run.rstrip()) - 1
        parts += [source[done:first_end], " " * (comma - first_end)]
        done = comma
    return "".join([*parts, source[done:]]), runs


def _check_size(shown: str, text: Text, offset: int) -> None:
    for count, word in enumerate(_WORD.finditer(shown)):
        if count > MOST_WORDS:
            raise text.error(f"a statement of more than {MOST_WORDS:,} words", offset)
        if len(word[0]) > LONGEST_WORD:
            raise text.error(f"a word of more than {LONGEST_WORD:,} characters", offset)
