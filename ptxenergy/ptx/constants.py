"""Numbers as PTX writes them, and C's operators on them (PTX ISA, sections 4.5 and 4.6)."""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from ptxenergy.ptx.syntax import Immediate

Number: TypeAlias = int | float

# C's precedence; a higher number binds tighter.
PRECEDENCE: Mapping[str, int] = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7,
    ">=": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip

_WIDEST_SHIFT = 63
# Nothing in PTX is wider than 128 bits: 43 octal digits.
_MOST_DIGITS = 64


@lru_cache(maxsize=4096)
def immediate(text: str) -> Immediate:
    """The constant that a number's text stands for. Raises ValueError where it is absurdly long.

    The same text gives the same object, so that a NaN equals itself in comparisons.
    """
    lower = text.lower()
    if lower.startswith("0f") and len(lower) == 10:
        return Immediate(struct.unpack(">f", bytes.fromhex(lower[2:]))[0], "f32")
    if lower.startswith("0d") and len(lower) == 18:
        return Immediate(struct.unpack(">d", bytes.fromhex(lower[2:]))[0], "f64")
    if lower.startswith("0x"):
        return Immediate(int(lower.rstrip("u"), 16))
    if "." in lower or "e" in lower:
        return Immediate(float(lower), "decimal")
    return Immediate(_integer(lower.rstrip("u")))


def integer(text: str) -> int:
    """The value of a word that the grammar says is an integer."""
    return int(immediate(text).value)


def _integer(digits: str) -> int:
    if digits.startswith("0b"):
        return int(digits, 2)
    is_octal = digits.startswith("0") and not set(digits) & set("89")
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number with too many digits")
    return int(digits, 8 if is_octal else 10)


def apply(symbol: str, left: Number, right: Number) -> Number:
    """The value of `left symbol right`. Raises ValueError where there is none."""
    if symbol in "/%" and right == 0:
        raise ValueError("division by zero in a constant expression")
    if symbol in _WHOLE and not (isinstance(left, int) and isinstance(right, int)):
        raise ValueError(f"'{symbol}' needs whole numbers")
    if symbol in ("<<", ">>") and not 0 <= right <= _WIDEST_SHIFT:
        raise ValueError("a shift by a negative or too large amount")
    return _OPERATORS[symbol](left, right)


def _divide(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _remainder(left: int, right: int) -> int:
    return abs(left) % abs(right) * (1 if left >= 0 else -1)


_WHOLE = frozenset({"|", "^", "&", "<<", ">>", "%"})
_OPERATORS: Mapping[str, Callable[..., Number]] = {
    "||": lambda a, b: int(bool(a) or bool(b)),
    "&&": lambda a, b: int(bool(a) and bool(b)),
    "|": operator.or_,
    "^": operator.xor,
    "&": operator.and_,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "<<": operator.lshift,
    ">>": operator.rshift,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
}
