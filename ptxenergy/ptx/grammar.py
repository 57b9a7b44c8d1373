"""The grammar at work: text → parse tree, and its complaints in words that people use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.table import parser_of
from ptxenergy.shipped import shipped

Start = Literal["module", "piece"]

_OPTIONS: Final[Mapping[str, Any]] = {
    "start": ["module", "piece"],
    "parser": "lalr",
    "lexer": "basic",
    "maybe_placeholders": True,
    "propagate_positions": False,
    "g_regex_flags": re.ASCII,
}


@cache
def parser() -> Lark:
    """The LALR parser of `grammar/ptx.lark`, once for the process."""
    grammar = shipped("grammar", "ptx.lark").read_text(encoding="utf-8")
    return parser_of(grammar, _OPTIONS)


def parse_tree(source: str, start: Start, text: Text, offset: int = 0) -> Tree[Token]:
    """The parse tree of `source`, which begins at `offset` in `text`.

    Raises PtxSyntaxError with the place in the whole text.
    """
    try:
        return parser().parse(source, start=start)
    except UnexpectedInput as problem:
        raise _complaint(problem, source, text, offset) from None


def _complaint(problem: UnexpectedInput, source: str, text: Text, offset: int) -> PtxSyntaxError:
    at = problem.pos_in_stream if isinstance(problem.pos_in_stream, int) else len(source)
    expected: set[str] = set()
    if isinstance(problem, UnexpectedToken):
        expected = set(problem.accepts or problem.expected)
        at = len(source.rstrip()) if problem.token.type == "$END" else at
        message = _unexpected(str(problem.token), problem.token.type == "$END")
    elif isinstance(problem, UnexpectedCharacters):
        expected = set(problem.allowed or ())
        message = _unexpected(source[at : at + 1], False)
    else:
        message = _unexpected("", isinstance(problem, UnexpectedEOF))
    return text.error(message, offset + max(0, at), expected=_in_words(expected))


def _unexpected(found: str, is_end: bool) -> str:
    if is_end:
        return "the text ends in the middle of a statement"
    shown = found if len(found) <= 40 else found[:40] + "…"
    return f"unexpected {shown!r}"


_WORDS = {
    "NAME": "a name", "DOTTED": "an opcode", "REGISTER": "a register", "INT": "a whole number",
    "DECIMAL": "a decimal number", "BITS": "a floating-point constant", "STRING": "a string",
    "TYPE": "a type", "SPACE": "a state space", "WORD": "a directive", "KIND": ".entry or .func",
    "LINKAGE": ".visible, .extern, .weak or .common", "SINK": "'_'", "BINARY": "an operator",
    "$END": "the end of the file",
}  # fmt: skip


def _in_words(terminals: set[str]) -> tuple[str, ...]:
    patterns = {terminal.name: terminal.pattern.value for terminal in parser().terminals}
    words = {_WORDS.get(name) or f"'{patterns.get(name, name)}'" for name in terminals}
    return tuple(sorted(words, key=lambda word: (word.startswith("'"), word)))
