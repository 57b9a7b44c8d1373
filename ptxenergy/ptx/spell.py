"""Operands, constants and declarations → PTX text (PTX ISA, sections 4 to 6)."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ptxenergy.ptx.declarations import TYPE_BYTES, Initial
from ptxenergy.ptx.syntax import (
    Address,
    Group,
    Guard,
    Immediate,
    Negation,
    Operand,
    Pair,
    Parameter,
    Register,
    Sink,
    SpecialRegister,
    Symbol,
    Variable,
    Vector,
)


class Speller(Struct, frozen=True):
    """Writes the things of one function; `names` maps names that PTX cannot spell (`p@2`)."""

    names: Mapping[str, str]

    def name(self, own: str) -> str:
        """The name as PTX can spell it."""
        return self.names.get(own, own)

    def operand(self, operand: Operand) -> str:
        """One operand of an instruction."""
        match operand:
            case Register():
                selector = f".{operand.selector}" if operand.selector else ""
                return self.name(operand.name) + selector
            case SpecialRegister():
                return operand.name
            case Immediate():
                return constant(operand)
            case Symbol():
                return self.name(operand.name) + displacement(operand.offset)
            case Address():
                return self._address(operand)
            case Vector():
                return "{" + self.operands(operand.elements) + "}"
            case Group():
                return "(" + self.operands(operand.elements) + ")"
            case Negation():
                return self._negation(operand)
            case Pair():
                second = self.operand(operand.second)
                second = f"({second})" if isinstance(operand.second, Pair) else second
                return f"{self.operand(operand.first)}|{second}"
            case Sink():
                return "_"

    def operands(self, operands: Sequence[Operand]) -> str:
        """Operands with commas between them."""
        return ", ".join(self.operand(operand) for operand in operands)

    def guard(self, guard: Guard | None) -> str:
        """What stands before the opcode."""
        if guard is None:
            return ""
        return f"@{'!' if guard.negated else ''}{self.operand(guard.register)} "

    def variable(self, variable: Variable) -> str:
        """A declaration, with its semicolon."""
        width = TYPE_BYTES[variable.type]
        count = variable.size_bytes // width
        size = "" if count == 1 else f"[{count}]"
        if variable.is_extern and not count:
            size = "[]"
        linkage = ".extern " if variable.is_extern else ""
        kind = f".{variable.space} .align {variable.align_bytes} .{variable.type}"
        return f"{linkage}{kind} {self.name(variable.name)}{size}{self._initial(variable)};"

    def parameter(self, parameter: Parameter, space: str = "param") -> str:
        """A formal parameter."""
        width = TYPE_BYTES[parameter.type]
        count = parameter.size_bytes // width
        words = [f".{space}"]
        if not parameter.is_pointer:
            words.append(f".align {parameter.align_bytes}")
        if not parameter.is_array and count > 1:
            words.append(f".v{count}")
        words.append(f".{parameter.type}")
        if parameter.is_pointer:
            words.append(_pointer(parameter))
        size = f"[{count or ''}]" if parameter.is_array else ""
        return " ".join([*words, self.name(parameter.name) + size])

    def _address(self, address: Address) -> str:
        base = self.operand(address.base) + displacement(address.offset)
        return "[" + ", ".join([base, *(self.operand(part) for part in address.coordinates)]) + "]"

    def _negation(self, negation: Negation) -> str:
        inner = negation.operand
        is_predicate = isinstance(inner, Register) and inner.type == "pred"
        return ("!" if is_predicate else "-") + self.operand(inner)

    def _initial(self, variable: Variable) -> str:
        if not variable.initial:
            return ""
        values = [self._initial_value(value) for value in variable.initial]
        is_one = variable.size_bytes == TYPE_BYTES[variable.type]
        return f" = {values[0]}" if is_one else " = {" + ", ".join(values) + "}"

    def _initial_value(self, value: Initial) -> str:
        if isinstance(value, Symbol):
            return self.operand(value)
        return constant(Immediate(value, "int" if isinstance(value, int) else "f64"))


def displacement(offset: int) -> str:
    """What follows a base in an address."""
    return f"+{offset}" if offset else ""


def constant(immediate: Immediate) -> str:
    """A constant; floats by their bits."""
    value = immediate.value
    if immediate.kind == "f32":
        return "0f" + struct.pack(">f", value).hex().upper()
    if immediate.kind == "f64" or (immediate.kind == "decimal" and not math.isfinite(value)):
        return "0d" + struct.pack(">d", value).hex().upper()
    return repr(float(value)) if immediate.kind == "decimal" else str(int(value))


def _pointer(parameter: Parameter) -> str:
    space = "" if parameter.pointer_space == "generic" else f" .{parameter.pointer_space}"
    return f".ptr{space} .align {parameter.pointer_align_bytes}"
