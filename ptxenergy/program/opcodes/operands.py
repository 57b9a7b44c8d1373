"""Which operands each kind of a row accepts, and how to name it to a reader.

The checks are those that ptxas makes whatever the values: a store to a constant, an address
where a value is needed. Sizes of registers are left to ptxas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ptxenergy.program.opcodes.form import Form, OperandKind
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


def _is_predicate_register(operand: Operand) -> bool:
    return isinstance(operand, Register) and operand.type == "pred"


def _is_register(operand: Operand) -> bool:
    return isinstance(operand, Register) and operand.type != "pred"


def _discardable(operand: Operand) -> bool:
    return _is_register(operand) or isinstance(operand, Sink)


def _predicate_destination(operand: Operand) -> bool:
    return _is_predicate_register(operand) or isinstance(operand, Sink)


def _destination_and_predicate(operand: Operand) -> bool:
    if isinstance(operand, Pair):
        return _is_register(operand.first) and _predicate_destination(operand.second)
    return _is_register(operand)


def _discardable_and_predicate(operand: Operand) -> bool:
    if isinstance(operand, Pair):
        return _discardable(operand.first) and _predicate_destination(operand.second)
    return False


def _one_or_two_predicates(operand: Operand) -> bool:
    if isinstance(operand, Pair):
        return _predicate_destination(operand.first) and _predicate_destination(operand.second)
    return _predicate_destination(operand)


def _vector_destination(operand: Operand) -> bool:
    if isinstance(operand, Vector):
        return bool(operand.elements) and all(map(_discardable, operand.elements))
    return _discardable(operand)


def _texture_destination(operand: Operand) -> bool:
    if isinstance(operand, Pair):
        return _vector_destination(operand.first) and _predicate_destination(operand.second)
    return _vector_destination(operand)


def _value(operand: Operand) -> bool:
    if isinstance(operand, Negation):
        return isinstance(operand.operand, Immediate)
    if isinstance(operand, Symbol):
        return operand.name == "WARP_SZ"
    return _is_register(operand) or isinstance(operand, Immediate | SpecialRegister)


def _value_or_negated(operand: Operand) -> bool:
    return _value(operand.operand if isinstance(operand, Negation) else operand)


def _value_or_name(operand: Operand) -> bool:
    return isinstance(operand, Symbol) or _value_or_vector(operand)


def _value_or_vector(operand: Operand) -> bool:
    if isinstance(operand, Vector):
        return all(_value(element) or isinstance(element, Sink) for element in operand.elements)
    return _value(operand)


def _predicate_value(operand: Operand) -> bool:
    if isinstance(operand, Negation):
        return _is_predicate_register(operand.operand)
    return _is_predicate_register(operand) or isinstance(operand, Immediate)


def _predicate_or_special(operand: Operand) -> bool:
    return isinstance(operand, SpecialRegister) or _predicate_value(operand)


def _value_or_predicate(operand: Operand) -> bool:
    return _value(operand) or _predicate_value(operand)


def _immediate(operand: Operand) -> bool:
    inner = operand.operand if isinstance(operand, Negation) else operand
    return isinstance(inner, Immediate) or (isinstance(inner, Symbol) and inner.name == "WARP_SZ")


def _address(operand: Operand) -> bool:
    return isinstance(operand, Address)


def _label(operand: Operand) -> bool:
    return isinstance(operand, Symbol | Register)


def _anything(operand: Operand) -> bool:
    return True


def _argument(operand: Operand) -> bool:
    return isinstance(operand, Group | Symbol | Register | Sink)


_DESTINATIONS: Final[dict[str, tuple[Callable[[Operand], bool], str]]] = {
    "d": (_is_register, "a destination register"),
    "o": (_discardable, "a destination register or `_`"),
    "o|p": (_discardable_and_predicate, "register|predicate"),
    "d|p": (_destination_and_predicate, "a destination register, or register|predicate"),
    "p": (_predicate_destination, "a destination predicate"),
    "p|q": (_one_or_two_predicates, "one or two destination predicates"),
    "v": (_vector_destination, "a destination register or vector of registers"),
    "v|p": (_texture_destination, "a destination vector"),
}
_SOURCES: Final[dict[str, tuple[Callable[[Operand], bool], str]]] = {
    "r": (_value, "a register or constant"),
    "a": (_value_or_name, "a register, constant, vector or name"),
    "n": (_predicate_value, "a predicate"),
    "u": (_predicate_or_special, "a predicate or special register"),
    "e": (_value_or_predicate, "a register, constant or predicate"),
    "s": (_value_or_negated, "a register (perhaps negated) or constant"),
    "v": (_value_or_vector, "a register, constant or vector"),
    "h": (_value, "a cache policy"),
    "i": (_immediate, "a constant"),
    "m": (_address, "an address in brackets"),
    "l": (_label, "a label"),
    "g": (_argument, "a function or a list in parentheses"),
    "x": (_anything, "an operand"),
}


def name_of(kind: OperandKind) -> str:
    """The kind in words, as an error shows it."""
    words = _entry(kind)[1]
    return f"{words} (optional)" if kind.is_optional else words


def _entry(kind: OperandKind) -> tuple[Callable[[Operand], bool], str]:
    return (_DESTINATIONS if kind.is_destination else _SOURCES)[kind.kind]


class Pattern(Struct, frozen=True):
    """The operands of one opcode in one form; `is_variadic` allows any number more."""

    kinds: tuple[OperandKind, ...]
    checks: tuple[Callable[[Operand], bool], ...]
    is_variadic: bool

    @property
    def least(self) -> int:
        """The least number of operands."""
        return sum(not kind.is_optional for kind in self.kinds)

    @property
    def most(self) -> int | None:
        """The greatest number of operands; None is no limit."""
        return None if self.is_variadic else len(self.kinds)

    def first_misfit(self, operands: tuple[Operand, ...]) -> int | None:
        """The index of the first operand that the pattern cannot take, None if all fit.

        A missing operand is the index after the last; a surplus one is the first too many.
        """
        if len(operands) == len(self.checks) and all(
            check(operand) for check, operand in zip(self.checks, operands, strict=True)
        ):
            return None
        return _misfit(self.kinds, operands, 0, self.is_variadic)


def pattern_of(form: Form, modifiers: tuple[str, ...]) -> Pattern:
    """The operands that a form takes: a cache policy is there exactly where its modifier is."""
    has_policy = "L2::cache_hint" in modifiers
    kinds = tuple(kind for kind in form.operands if kind.kind != "h" or has_policy)
    return Pattern(kinds, tuple(_entry(kind)[0] for kind in kinds), form.is_variadic)


def _misfit(
    kinds: tuple[OperandKind, ...], operands: tuple[Operand, ...], at: int, is_variadic: bool
) -> int | None:
    if not kinds:
        return None if at == len(operands) or is_variadic else at
    kind, rest = kinds[0], kinds[1:]
    taken: int | None = at
    if at < len(operands) and _entry(kind)[0](operands[at]):
        taken = _misfit(rest, operands, at + 1, is_variadic)
    if taken is None or not kind.is_optional:
        return taken
    skipped = _misfit(rest, operands, at, is_variadic)
    return None if skipped is None else max(taken, skipped)
