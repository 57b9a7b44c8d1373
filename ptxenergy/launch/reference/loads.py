"""`ld` and `st` in all spaces, scalars and vectors (PTX ISA 9.7.9.8 to 9.7.9.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.reference.code import Execute, Step
from ptxenergy.launch.reference.lanes import Array, Mask, Taint
from ptxenergy.launch.reference.operands import Operands, expect
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Where, resolved
from ptxenergy.launch.reference.transfers import count_part, merged, read_part, write_part
from ptxenergy.launch.reference.types import (
    container,
    converted,
    is_signed,
    is_wide,
    size_of,
    unsigned,
)
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction, Operand

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


def where(operands: Operands, operand: Operand, space: str) -> Where:
    """The address operand of an access in a state space."""
    slot, offset = operands.address(operand)
    return Where(slot, offset, space)


def load(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    """`ld`, `ldu`: the elements of a vector lie one after another."""
    expect(instruction, 2)
    targets = operands.destinations(instruction.operands[0])
    space = opcode.accesses[0].space if opcode.accesses else "generic"
    at = where(operands, instruction.operands[1], space)
    ptx_type = opcode.types[-1] if opcode.types else "b32"
    size = size_of(ptx_type)
    width = size * len(targets)
    wide, signed = is_wide(ptx_type), is_signed(ptx_type)
    dtype = unsigned(min(size, 8))
    types = operands.code.slot_types

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        parts = resolved(machine, registers, at, mask)
        for part in parts:
            count_part(machine, step, part, "load", width)
        if machine.memory is None and step.is_data:
            return
        if machine.memory is None and all(part.space == "global" for part in parts):
            for slot in targets:
                if slot is not None:
                    registers.forget(slot, mask)
            return
        rows: list[tuple[int, Array, Taint]] = []
        for position, slot in enumerate(targets):
            if slot is not None:
                row, taint = _read(machine, registers, (parts, dtype, position * size, wide))
                rows.append((slot, row, taint))
        for slot, row, taint in rows:
            out = row if wide else converted(row, container(types[slot]), signed=signed)
            registers.write(slot, out, taint, mask)

    return execute


def _read(
    machine: Machine,
    registers: Registers,
    what: tuple[list, np.dtype[np.generic], int, bool],  # type: ignore[type-arg]
) -> tuple[Array, Taint]:
    parts, dtype, offset, wide = what
    if wide:
        low = _read(machine, registers, (parts, dtype, offset, False))
        high = _read(machine, registers, (parts, dtype, offset + 8, False))
        return np.stack([low[0], high[0]], axis=1), low[1]
    found = read_part(machine, registers, parts[0], dtype, offset)
    for part in parts[1:]:
        found = merged(found, read_part(machine, registers, part, dtype, offset), part)
    return found


def store(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    """`st`: the elements of a vector lie one after another."""
    expect(instruction, 2)
    space = opcode.accesses[0].space if opcode.accesses else "generic"
    at = where(operands, instruction.operands[0], space)
    ptx_type = opcode.types[-1] if opcode.types else "b32"
    sources = operands.elements(instruction.operands[1], ptx_type)
    size = size_of(ptx_type)
    width = size * len(sources)
    wide, dtype = is_wide(ptx_type), unsigned(min(size, 8))

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        for part in resolved(machine, registers, at, mask):
            count_part(machine, step, part, "store", width)
            if machine.memory is None and (step.is_data or part.space == "global"):
                continue
            for position, slot in enumerate(sources):
                row, taint = registers.values[slot], registers.unknown[slot]
                if wide:
                    for word in (0, 1):
                        value = (np.ascontiguousarray(row[:, word]), taint)
                        write_part(machine, registers, part, value, position * size + 8 * word)
                else:
                    value = (converted(row, dtype), taint)
                    write_part(machine, registers, part, value, position * size)

    return execute
