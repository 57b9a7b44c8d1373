"""Demangling that cannot be made to grow: a short mangled name may stand for a huge one.

Each substitution of the Itanium C++ ABI (`S_`, `S0_`, …) repeats an earlier part, which may hold
substitutions itself: 200 letters can spell out 2⁴⁰. The parser that does the work writes all of
it out, so its cursor is given a budget.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import itanium_demangler

_LONGEST_NAME = 16_384
_LARGEST_TREE = 3_000
_LARGEST_EXPANSION = 200_000
_TEMPLATE_PARAMETER = re.compile(r"T[0-9]*_")

# What the parser raises on names that it does not support or that are not well formed.
_REFUSALS = (
    NotImplementedError,
    RecursionError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    AssertionError,
)


class _Budgeted(itanium_demangler._Cursor):  # type: ignore[misc] # the package has no types
    """A cursor that refuses once all substitutions together spell out more than is readable."""

    def __init__(self, raw: str) -> None:
        super().__init__(raw)
        self._sizes: dict[int, int] = {}
        parameters = len(_TEMPLATE_PARAMETER.findall(raw))
        self._left = _LARGEST_TREE
        if parameters * (len(raw) + self._left) > _LARGEST_EXPANSION:
            raise ValueError("too many template parameters")

    def resolve_subst(self, seq_id: int) -> Any:
        """The part that the substitution repeats. Raises ValueError where the budget is spent."""
        node = super().resolve_subst(seq_id)
        self._left -= self._size(node)
        if self._left < 0:
            raise ValueError("too large when spelt out")
        return node

    def _size(self, tree: object) -> int:
        if not isinstance(tree, tuple):
            return 1
        if id(tree) not in self._sizes:
            self._sizes[id(tree)] = 1 + sum(map(self._size, tree))
        return self._sizes[id(tree)]


@lru_cache(maxsize=1024)
def spelt_out(name: str) -> str | None:
    """The C++ name and parameters behind a mangled name; None where it is not one, not supported
    by the parser, or too large to read."""
    if not name.startswith("_Z") or len(name) > _LONGEST_NAME:
        return None
    try:
        parsed = itanium_demangler._parse_mangled_name(_Budgeted(name))
        if parsed is None:
            return None
        return str(itanium_demangler._expand_arg_packs(parsed))
    except _REFUSALS:
        return None
