"""Constant expressions and the few that addresses allow (PTX ISA, sections 4.6 and 6.4).

A term is a number, an operand, or a base and a distance from it.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from ptxenergy.ptx.constants import PRECEDENCE, Number, apply
from ptxenergy.ptx.syntax import (
    Group,
    Immediate,
    Negation,
    Operand,
    Pair,
    Register,
    SpecialRegister,
    Symbol,
)


class Displaced(Struct, frozen=True):
    """A base and a distance in bytes, before it is known whether an address is wanted."""

    base: Operand
    bytes: int


Value: TypeAlias = Operand | Number | Displaced


def as_value(operand: Operand) -> Value:
    """An integer as a number; a group of one (a parenthesised expression) as what it holds."""
    if isinstance(operand, Immediate):
        return operand.value if operand.kind in ("int", "decimal") else operand
    if isinstance(operand, Group) and len(operand.elements) == 1:
        return as_value(operand.elements[0])
    if isinstance(operand, Symbol) and operand.offset:
        return Displaced(Symbol(operand.name), operand.offset)
    return operand


def as_operand(value: Value) -> Operand:
    """The operand that an expression is. Raises ValueError where it can be none."""
    if isinstance(value, int):
        return Immediate(value)
    if isinstance(value, float):
        return Immediate(value, "decimal")
    if isinstance(value, Displaced):
        if isinstance(value.base, Symbol):
            return Symbol(value.base.name, value.bytes)
        raise ValueError("only the name of a variable can be displaced outside an address")
    return value


def signed(symbol: str, value: Value) -> Value:
    """The value after a sign, `!` or `~`. Raises ValueError where it cannot stand there."""
    if isinstance(value, int | float):
        if symbol == "~":
            return ~int(value)
        return {"-": -value, "+": value, "!": int(not value)}[symbol]
    if isinstance(value, Immediate) and symbol in "+-":
        signed = -value.value if symbol == "-" else value.value
        return Immediate(signed, value.kind)
    if isinstance(value, Register | SpecialRegister) and symbol in "!-":
        return Negation(value)
    raise ValueError(f"'{symbol}' cannot stand before this operand")


def reduced(values: list[Value], symbols: list[str]) -> Value:
    """Applies the operators by precedence, those of equal precedence from the left.

    Raises ValueError where one cannot join its operands.
    """
    pending: list[Value] = [values[0]]
    stack: list[str] = []
    for symbol, value in zip(symbols, values[1:], strict=True):
        while stack and PRECEDENCE[stack[-1]] >= PRECEDENCE[symbol]:
            _fold(pending, stack)
        stack.append(symbol)
        pending.append(value)
    while stack:
        _fold(pending, stack)
    return pending[0]


def _fold(pending: list[Value], stack: list[str]) -> None:
    right = pending.pop()
    pending.append(_combined(stack.pop(), pending.pop(), right))


def _combined(symbol: str, left: Value, right: Value) -> Value:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return apply(symbol, left, right)
    if symbol == "+" and isinstance(left, int):
        left, right = right, left
    if symbol in "+-" and isinstance(right, int) and not isinstance(left, int | float):
        moved = right if symbol == "+" else -right
        if isinstance(left, Displaced):
            return Displaced(left.base, left.bytes + moved)
        return Displaced(left, moved)
    if symbol == "|":
        return Pair(as_operand(left), as_operand(right))
    raise ValueError(f"'{symbol}' cannot join these operands")
