"""The table as a whole: root → its rows, compiled when an opcode of that root is first met."""

from __future__ import annotations

from functools import cache, lru_cache

from ptxenergy.program.opcodes import (
    asynchronous,
    floating,
    integer,
    logic,
    matrix,
    memory,
    movement,
    synchronization,
)
from ptxenergy.program.opcodes.form import Form, compile_row

_CHAPTERS = (integer, floating, logic, movement, memory, asynchronous, synchronization, matrix)


@cache
def rows_by_root() -> dict[str, tuple[str, ...]]:
    """Every row of every chapter, uncompiled, under its root."""
    rows: dict[str, list[str]] = {}
    for chapter in _CHAPTERS:
        joined = chapter.ROWS.replace("|\n    ", "|").replace("\n    ", " ")
        for line in joined.splitlines():
            if line:
                rows.setdefault(line.split(" ", 1)[0], []).append(line)
    return {root: tuple(lines) for root, lines in rows.items()}


@lru_cache(maxsize=512)
def forms_of(root: str) -> tuple[Form, ...]:
    """The compiled forms of one root in table order; empty for an unknown root."""
    return tuple(compile_row(row) for row in rows_by_root().get(root, ()))


@lru_cache(maxsize=512)
def vocabulary_of(root: str) -> frozenset[str]:
    """Every modifier that some form of the root takes."""
    return frozenset().union(*(form.vocabulary for form in forms_of(root)))


@lru_cache(maxsize=8192)
def matching_forms(root: str, modifiers: tuple[str, ...]) -> tuple[Form, ...]:
    """The forms of the root that take exactly these modifiers."""
    return tuple(form for form in forms_of(root) if form.accepts(modifiers))
