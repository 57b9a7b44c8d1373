"""Whole numbers that depend on the block's shape: `ceil(arg3/(bx*4))`.

Names are `bx`, `by`, `bz` and the kernel's arguments; `+ - * / // %`, `ceil`, `floor`, `min` and
`max` are known. Division is exact, as of fractions.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Final, TypeAlias

from msgspec import Struct

from ptxenergy.errors import LaunchError
from ptxenergy.launch.request import Dim3

Number: TypeAlias = Fraction
_MOST_TEXT: Final = 1000

_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Number, Number], Number]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: operator.mod,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Number]]] = {
    "ceil": lambda a: Fraction(ceil(a)),
    "floor": lambda a: Fraction(floor(a)),
    "min": min,
    "max": max,
}
BLOCK_NAMES: Final = ("bx", "by", "bz")


class Formula(Struct, frozen=True):
    """One to three whole numbers, from the block and from named values."""

    option: str
    text: str
    parts: tuple[ast.expr, ...]

    def at(self, block: Dim3, values: Mapping[str, int | float]) -> tuple[int, ...]:
        """The numbers for a block. Raises LaunchError for unknown names and numbers not whole."""
        known = {name: Fraction(value) for name, value in values.items()}
        known |= {n: Fraction(extent) for n, extent in zip(BLOCK_NAMES, block, strict=True)}
        found: list[int] = []
        for part in self.parts:
            try:
                number = _value(part, known)
            except KeyError as error:
                names = ", ".join(known)
                raise self._wrong(f"{error.args[0]} is not known; known are {names}") from None
            except (ArithmeticError, TypeError) as error:
                raise self._wrong(f"at a block of {block}: {error}") from None
            if number.denominator != 1:
                raise self._wrong(
                    f"{ast.unparse(part)} is {float(number):g} at a block of {block}: "
                    "round it by ceil(…) or floor(…)"
                )
            found.append(int(number))
        return tuple(found)

    def _wrong(self, why: str) -> LaunchError:
        return LaunchError(f"{self.option} '{self.text}': {why}")


def parse_formula(option: str, text: str, most: int) -> Formula:
    """The formula of `option`, of up to `most` numbers with commas between. Raises LaunchError."""
    example = "ceil(arg2/bx), ceil(arg3/by)" if most > 1 else "4*bx*by"
    try:
        if len(text) > _MOST_TEXT:
            raise SyntaxError
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise LaunchError(f"{option} '{text[:60]}': write a formula such as '{example}'") from None
    parts = tuple(body.elts) if isinstance(body, ast.Tuple) else (body,)
    if not 1 <= len(parts) <= most:
        raise LaunchError(f"{option} '{text}': gives {len(parts)} numbers, at most {most} are used")
    found = Formula(option, text, parts)
    for part in parts:
        for node in ast.walk(part):
            if not _is_known(node):
                raise found._wrong(f"{ast.unparse(node)} is not understood, write '{example}'")
    return found


def _is_known(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and not node.keywords
    if isinstance(node, ast.BinOp):
        return type(node.op) in _OPERATORS
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub)
    return isinstance(node, ast.Name | ast.operator | ast.USub | ast.expr_context)


def _value(node: ast.expr, known: Mapping[str, Number]) -> Number:
    if isinstance(node, ast.Constant):
        return Fraction(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, known)
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, known), _value(node.right, known))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _FUNCTIONS[node.func.id](*(_value(argument, known) for argument in node.args))
    raise TypeError(ast.unparse(node))
