"""Operands as slots: what an operand of an instruction reads or writes, settled before it runs."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.errors import EvaluationError
from ptxenergy.launch.reference.code import Code, Fill
from ptxenergy.launch.reference.lanes import ALL, Array, Taint
from ptxenergy.launch.reference.placement import Placement
from ptxenergy.launch.reference.types import container, is_wide, size_of
from ptxenergy.ptx.syntax import (
    Address,
    Immediate,
    Instruction,
    Negation,
    Operand,
    Pair,
    Register,
    Sink,
    SpecialRegister,
    Symbol,
    Vector,
)

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine
    from ptxenergy.launch.reference.registers import Registers


class Operands:
    """Turns the operands of one function's instructions into slots of its `Code`."""

    def __init__(self, code: Code, placement: Placement) -> None:
        self.code = code
        self.placement = placement

    def source(self, operand: Operand, ptx_type: str) -> int:
        """The slot that a source operand is read from; `ptx_type` is for constants."""
        if isinstance(operand, Register):
            return self.code.register(operand.name, operand.type)
        if isinstance(operand, Immediate):
            return self._immediate(operand, ptx_type)
        if isinstance(operand, SpecialRegister):
            name = operand.name
            return self.code.fixed(name, ptx_type, lambda m, _: m.special(name, ptx_type))
        if isinstance(operand, Symbol):
            return self._symbol(operand, ptx_type)
        if isinstance(operand, Negation):
            return self._negated(operand, ptx_type)
        return self._nothing(ptx_type)

    def destination(self, operand: Operand) -> int | None:
        """The slot of a destination; None for `_`."""
        if isinstance(operand, Register):
            return self.code.register(operand.name, operand.type)
        if isinstance(operand, Sink):
            return None
        raise EvaluationError(f"{type(operand).__name__.lower()} operand cannot be written")

    def destinations(self, operand: Operand) -> list[int | None]:
        """The slots of a destination that may be a vector or a pair."""
        if isinstance(operand, Vector):
            return [self.destination(element) for element in operand.elements]
        if isinstance(operand, Pair):
            return [self.destination(operand.first), self.destination(operand.second)]
        return [self.destination(operand)]

    def elements(self, operand: Operand, ptx_type: str) -> list[int]:
        """The slots of a source that may be a vector."""
        if isinstance(operand, Vector):
            return [self.source(element, ptx_type) for element in operand.elements]
        return [self.source(operand, ptx_type)]

    def address(self, operand: Operand) -> tuple[int, int]:
        """(slot of the base as an address, constant offset) of a memory operand."""
        if isinstance(operand, Address):
            base, offset = operand.base, operand.offset
        elif isinstance(operand, Register | Symbol | Immediate):
            base, offset = operand, 0
        else:
            raise EvaluationError(f"{type(operand).__name__.lower()} operand is no address")
        return self.source(base, "u64"), offset

    def _immediate(self, operand: Immediate, ptx_type: str) -> int:
        bits = immediate_bits(operand, ptx_type)
        wide, dtype = is_wide(ptx_type), container(ptx_type)

        def fill(machine: Machine, _: Registers) -> tuple[Array, Taint]:
            size = machine.lanes
            if wide:
                pair = np.array([bits & (2**64 - 1), bits >> 64], np.uint64)
                return np.tile(pair, (size, 1)), None
            return np.full(size, bits, dtype), None

        return self.code.fixed(("constant", bits), ptx_type, fill)

    def _symbol(self, operand: Symbol, ptx_type: str) -> int:
        dtype = container(ptx_type)
        fill = self._symbol_fill(operand, dtype)
        slot = self.code.fixed(("symbol", operand.name, operand.offset), ptx_type, fill)
        if operand.name in self.code.local_offsets:
            self.code.framed.add(slot)
        return slot

    def _symbol_fill(self, operand: Symbol, dtype: np.dtype[np.generic]) -> Fill:
        code, name = self.code, operand.name
        mask = (1 << (8 * dtype.itemsize)) - 1
        if name in code.local_offsets:
            inside = code.local_offsets[name] + operand.offset
            return lambda m, r: (np.full(m.lanes, (r.local_base + inside) & mask, dtype), None)
        if name in code.parameter_offsets:
            place = code.parameter_offsets[name]
        else:
            own = self.placement.addresses.get(f"{code.function.name}:{name}")
            found = own or self.placement.addresses.get(name)
            if found is None:
                return lambda m, _: (np.zeros(m.lanes, dtype), ALL)
            place = found[1]
            if found[0] == "function":
                place = self.placement.generic("function", place)
        value = (place + operand.offset) & mask
        return lambda m, _: (np.full(m.lanes, value, dtype), None)

    def _negated(self, operand: Negation, ptx_type: str) -> int:
        inner = operand.operand
        if isinstance(inner, Immediate):
            kind = inner.kind
            if kind in ("f32", "f64") and isinstance(inner.value, int):
                sign = 1 << (31 if kind == "f32" else 63)
                return self._immediate(Immediate(inner.value ^ sign, kind), ptx_type)
            return self._immediate(Immediate(-inner.value, kind), ptx_type)
        raise EvaluationError("only a constant or a predicate can be negated in an operand")

    def _nothing(self, ptx_type: str) -> int:
        dtype = container(ptx_type)
        return self.code.fixed("nothing", ptx_type, lambda m, _: (np.zeros(m.lanes, dtype), ALL))


def immediate_bits(operand: Immediate, ptx_type: str) -> int:
    """A constant as the bits of `ptx_type`."""
    value = operand.value
    if ptx_type == "pred":
        return int(bool(value))
    size = size_of(ptx_type)
    if operand.kind == "int" or (operand.kind in ("f32", "f64") and isinstance(value, int)):
        return int(value) & ((1 << (8 * size)) - 1)
    formats = {8: ("<d", "<Q"), 4: ("<f", "<I"), 2: ("<e", "<H")}
    written, read = formats.get(size, formats[4])
    try:
        found: int = struct.unpack(read, struct.pack(written, float(value)))[0]
    except OverflowError:
        return int(np.float32(value).view(np.uint32))
    return found


def expect(instruction: Instruction, count: int) -> None:
    """Raise EvaluationError where an instruction has fewer than `count` operands."""
    if len(instruction.operands) < count:
        at = instruction.location
        raise EvaluationError(
            f"{at.file}:{at.line}:{at.column}: {instruction.opcode} needs {count} operands"
        )
