"""The parser's table on disk: the same parser, and never in the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lark import Lark

from ptxenergy.ptx import table
from ptxenergy.ptx.table import parser_of

GRAMMAR = 'start: "a" B*\nB: "b"\n'
OPTIONS: Mapping[str, Any] = {"parser": "lalr", "lexer": "basic", "g_regex_flags": re.ASCII}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The grammars that a parser is made of, as they are made."""
    grammars: list[str] = []

    class Watched(Lark):
        def __init__(self, grammar: Any, **options: Any) -> None:
            grammars.append(grammar)
            super().__init__(grammar, **options)

    monkeypatch.setattr(table, "Lark", Watched)
    return grammars


def test_the_second_time_it_is_read(tmp_path: Path, made: list[str]) -> None:
    first = parser_of(GRAMMAR, OPTIONS, tmp_path / "new")
    second = parser_of(GRAMMAR, OPTIONS, tmp_path / "new")
    assert made == [GRAMMAR]
    assert first.parse("abb") == second.parse("abb")
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_another_grammar_or_option_is_another_table(tmp_path: Path, made: list[str]) -> None:
    parser_of(GRAMMAR, OPTIONS, tmp_path)
    other = parser_of(GRAMMAR.replace('"b"', '"c"'), OPTIONS, tmp_path)
    assert other.parse("acc")
    parser_of(GRAMMAR, {**OPTIONS, "keep_all_tokens": True}, tmp_path)
    assert len(made) == 3


@pytest.mark.parametrize("kept", [b"", b"nothing of the kind", "cut short"])
def test_what_cannot_be_read_is_made_again(
    tmp_path: Path, made: list[str], kept: bytes | str
) -> None:
    parser_of(GRAMMAR, OPTIONS, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-40] if isinstance(kept, str) else kept)
    assert parser_of(GRAMMAR, OPTIONS, tmp_path).parse("ab")
    assert parser_of(GRAMMAR, OPTIONS, tmp_path).parse("ab")
    assert len(made) == 2


def test_without_a_place_it_is_made_each_time(tmp_path: Path, made: list[str]) -> None:
    (tmp_path / "file").write_text("no folder")
    for _ in range(2):
        assert parser_of(GRAMMAR, OPTIONS, tmp_path / "file").parse("ab")
    assert len(made) == 2
