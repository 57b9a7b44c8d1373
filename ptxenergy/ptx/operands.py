"""Parse trees of operands → operands.

Each shape of a statement is turned once into *makers*, functions from the statement's own words
and the names in scope to its operands (PTX ISA, section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, cast

from ptxenergy.ptx.constants import immediate, integer
from ptxenergy.ptx.expressions import Displaced, Value, as_operand, as_value, reduced, signed
from ptxenergy.ptx.leaves import RUN, Leaf, Node, Part
from ptxenergy.ptx.syntax import (
    Address,
    Group,
    Immediate,
    Operand,
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


Maker: TypeAlias = Callable[[Sequence[str], Names], Operand]
ValueMaker: TypeAlias = Callable[[Sequence[str], Names], Value]

NUMBERS = frozenset({"INT", "DECIMAL", "BITS"})
_SINK = Sink()


def operand_maker(part: Part) -> Maker:
    """The maker of one operand. What it makes raises ValueError where the operand means nothing."""
    if isinstance(part, Leaf):
        return _word_maker(part)
    make = _TREE_MAKERS.get(cast(Node, part).data)
    if make is not None:
        return make(cast(Node, part))
    value = value_maker(part)
    return lambda words, names: as_operand(value(words, names))


def callee_maker(part: Part) -> Maker:
    """The maker of an operand of a call, where a name may be that of an undeclared function."""
    if isinstance(part, Leaf) and part.kind == "NAME":
        return lambda words, names: names.callee(part.read(words))
    return operand_maker(part)


def value_maker(part: Part) -> ValueMaker:
    """The maker of a term of an expression: a number, a register or symbol, or one displaced."""
    if isinstance(part, Leaf):
        word = _word_maker(part)
        return lambda words, names: as_value(word(words, names))
    node = cast(Node, part)
    make = _VALUE_MAKERS.get(node.data)
    if make is not None:
        return make(node)
    operand = operand_maker(node)
    return lambda words, names: as_value(operand(words, names))


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


# ---- operators ------------------------------------------------------------------------------


def _prefixed(node: Node) -> ValueMaker:
    sign, part = node.children[0], node.children[1]
    inner = value_maker(part)
    if not isinstance(sign, Leaf):
        return inner
    symbol = sign.text
    return lambda words, names: signed(symbol, inner(words, names))


def _operation(node: Node) -> ValueMaker:
    terms = [value_maker(part) for part in node.children[0::2]]
    symbols = [cast(Leaf, part).text for part in node.children[1::2]]
    return lambda words, names: reduced([term(words, names) for term in terms], symbols)


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
        return Address(_base(as_operand(value)), 0, coordinates)

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
