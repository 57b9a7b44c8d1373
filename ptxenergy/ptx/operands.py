"""Parse trees of operands → operands.

Each shape of a statement is turned once into *makers*, functions from the statement's own words
and the names in scope to its operands (PTX ISA, section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

from lark import Tree

from ptxenergy.ptx.constants import PRECEDENCE, Number, apply, immediate, integer
from ptxenergy.ptx.leaves import RUN, Leaf, Node, Part
from ptxenergy.ptx.syntax import (
    Address,
    Group,
    Immediate,
    Negation,
    Operand,
    Pair,
    Register,
    Sink,
    SpecialRegister,
    Symbol,
    Vector,
)


class Names(Protocol):
    """What the words of a statement mean where it stands."""

    def resolve(self, name: str) -> Operand:
        """The register or symbol that is called so. Raises ValueError where there is none."""

    def callee(self, name: str) -> Operand:
        """The same where a function is called, which need not be declared."""

    def element_bytes(self, name: str) -> int:
        """The size of one element of the variable that is called so."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """A base and a distance in bytes, before it is known whether an address is wanted."""

    base: Operand
    bytes: int


Value: TypeAlias = Operand | Number | Displaced
Maker: TypeAlias = Callable[[Sequence[str], Names], Operand]
ValueMaker: TypeAlias = Callable[[Sequence[str], Names], Value]

NUMBERS = frozenset({"INT", "DECIMAL", "BITS"})
_SINK = Sink()


def operand_maker(part: Part) -> Maker:
    """The maker of one operand. What it makes raises ValueError where the operand means nothing."""
    if isinstance(part, Leaf):
        return _word_maker(part)
    make = _TREE_MAKERS.get(str(cast(Node, part).data))
    if make is not None:
        return make(cast(Node, part))
    value = value_maker(part)
    return lambda words, names: _finished(value(words, names))


def callee_maker(part: Part) -> Maker:
    """The maker of an operand of a call, where a name may be that of an undeclared function."""
    if isinstance(part, Leaf) and part.kind == "NAME":
        return lambda words, names: names.callee(part.read(words))
    return operand_maker(part)


def value_maker(part: Part) -> ValueMaker:
    """The maker of a term of an expression: a number, a register or symbol, or one displaced."""
    if isinstance(part, Leaf):
        word = _word_maker(part)
        return lambda words, names: _value(word(words, names))
    node = cast(Node, part)
    make = _VALUE_MAKERS.get(str(node.data))
    if make is not None:
        return make(node)
    operand = operand_maker(node)
    return lambda words, names: _value(operand(words, names))


def _word_maker(leaf: Leaf) -> Maker:
    if leaf.kind == RUN:
        raise ValueError("a table of numbers cannot stand here")
    if leaf.kind == "SINK":
        return lambda words, names: _SINK
    slot = leaf.slot
    if leaf.kind in NUMBERS:
        if slot < 0:
            constant = immediate(leaf.text)
            return lambda words, names: constant
        return lambda words, names: immediate(words[slot])
    if slot < 0:
        text = leaf.text
        return lambda words, names: names.resolve(text)
    return lambda words, names: names.resolve(words[slot])


def _value(operand: Operand) -> Value:
    """An integer as a number; a group of one (a parenthesised expression) as what it holds."""
    if isinstance(operand, Immediate):
        return operand.value if operand.kind in ("int", "decimal") else operand
    if isinstance(operand, Group) and len(operand.elements) == 1:
        return _value(operand.elements[0])
    if isinstance(operand, Symbol) and operand.offset:
        return Displaced(Symbol(operand.name), operand.offset)
    return operand


def _finished(value: Value) -> Operand:
    if isinstance(value, int):
        return Immediate(value)
    if isinstance(value, float):
        return Immediate(value, "decimal")
    if isinstance(value, Displaced):
        if isinstance(value.base, Symbol):
            return Symbol(value.base.name, value.bytes)
        raise ValueError("only the name of a variable can be displaced outside an address")
    return value


# ---- operators ------------------------------------------------------------------------------


def _prefixed(node: Node) -> ValueMaker:
    sign, part = node.children[0], node.children[1]
    inner = value_maker(part)
    if isinstance(sign, Tree):
        return inner
    symbol = sign.text
    return lambda words, names: _signed(symbol, inner(words, names))


def _signed(symbol: str, value: Value) -> Value:
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


def _operation(node: Node) -> ValueMaker:
    terms = [value_maker(part) for part in node.children[0::2]]
    symbols = [cast(Leaf, part).text for part in node.children[1::2]]
    return lambda words, names: _reduce([term(words, names) for term in terms], symbols)


def _reduce(values: list[Value], symbols: list[str]) -> Value:
    """Applies the operators by precedence, those of equal precedence from the left."""
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
        return Pair(_finished(left), _finished(right))
    raise ValueError(f"'{symbol}' cannot join these operands")


def _conditional(node: Node) -> ValueMaker:
    test, first, second = (value_maker(part) for part in node.children)

    def make(words: Sequence[str], names: Names) -> Value:
        chosen = test(words, names)
        if not isinstance(chosen, int | float):
            raise ValueError("'?' needs a constant before it")
        return first(words, names) if chosen else second(words, names)

    return make


def _masked(node: Node) -> ValueMaker:
    """`generic(name)` and `0xff(name)`: the address of the name, or one byte of it."""
    return value_maker(node.children[1])


# ---- forms of operands ----------------------------------------------------------------------


def _address(node: Node) -> Maker:
    base = value_maker(node.children[0])
    others = [operand_maker(part) for part in node.children[1:] if not _is_suffix(part)]

    def make(words: Sequence[str], names: Names) -> Operand:
        value = base(words, names)
        coordinates = tuple([other(words, names) for other in others])
        if isinstance(value, Displaced):
            return Address(_base(value.base), value.bytes, coordinates)
        return Address(_base(_finished(value)), 0, coordinates)

    return make


def _is_suffix(part: Part) -> bool:
    return part is None or (isinstance(part, Leaf) and part.kind == "WORD")


def _base(operand: Operand) -> Register | SpecialRegister | Symbol | Immediate:
    if isinstance(operand, Register | SpecialRegister | Symbol | Immediate):
        return operand
    raise ValueError("an address needs a register, a name or a constant as its base")


def _indexed(node: Node) -> Maker:
    """`name[2]`: the element's address."""
    name, index = cast(Leaf, node.children[0]), value_maker(node.children[1])

    def make(words: Sequence[str], names: Names) -> Operand:
        text, element = name.read(words), index(words, names)
        if not isinstance(element, int):
            raise ValueError("only a constant can index a variable; write [name+register]")
        return Address(_base(names.resolve(text)), element * names.element_bytes(text))

    return make


def _vector(node: Node) -> Maker:
    makers = [operand_maker(part) for part in node.children if part is not None]
    return lambda words, names: Vector(tuple([make(words, names) for make in makers]))


def _group(node: Node) -> Maker:
    makers = [operand_maker(part) for part in node.children if part is not None]
    return lambda words, names: Group(tuple([make(words, names) for make in makers]))


def _setting(node: Node) -> Maker:
    raise ValueError("'=' can stand only in the initialiser of a sampler")


_VALUE_MAKERS: dict[str, Callable[[Node], ValueMaker]] = {
    "prefixed": _prefixed,
    "operation": _operation,
    "conditional": _conditional,
    "masked": _masked,
}
_TREE_MAKERS: dict[str, Callable[[Node], Maker]] = {
    "address": _address,
    "indexed": _indexed,
    "vector": _vector,
    "group": _group,
    "setting": _setting,
}


def read_integer(leaf: Leaf, words: Sequence[str]) -> int:
    """The integer that a word stands for in the statement whose slots hold `words`."""
    return integer(leaf.read(words))
