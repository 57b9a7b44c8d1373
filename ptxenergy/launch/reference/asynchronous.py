"""`cp.async`: copies of a few bytes a lane that run by themselves (PTX ISA 9.7.9.25.3).

Data arrives at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.reference.code import Execute, Step
from ptxenergy.launch.reference.lanes import Mask, Taint, tainted_lanes
from ptxenergy.launch.reference.loads import where
from ptxenergy.launch.reference.operands import Operands, expect
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Part, resolved
from ptxenergy.launch.reference.transfers import count_part, read_part, write_part
from ptxenergy.launch.reference.types import unsigned
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Immediate, Instruction, Register

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


def copy(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    """`cp.async`: a global load and a shared store; a source size of 0 loads nothing."""
    expect(instruction, 3)
    target = where(operands, instruction.operands[0], "shared")
    source = where(operands, instruction.operands[1], "global")
    size_operand = instruction.operands[2]
    width = int(size_operand.value) if isinstance(size_operand, Immediate) else 16
    given = _given_size(operands, instruction)
    dtype = unsigned(min(width, 8))

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        reading, taint = _reading(machine, registers, mask, given)
        into = resolved(machine, registers, target, mask)[0]
        count_part(machine, step, into, "store", width)
        if reading.count:
            part = resolved(machine, registers, source, reading)[0]
            count_part(machine, step, part, "load", width)
        else:
            part = Part("global", into.offsets, reading.lanes, None)
        for offset in range(0, width, dtype.itemsize):
            row, own = read_part(machine, registers, part, dtype, offset)
            row = np.where(reading.lanes, row, 0).astype(dtype)
            own = taint if own is None else reading.lanes
            write_part(machine, registers, into, (row, own), offset)

    return execute


def _given_size(operands: Operands, instruction: Instruction) -> tuple[int, bool] | None:
    """(slot of the source size or of the ignore predicate, whether it is the predicate)."""
    if len(instruction.operands) < 4:
        return None
    operand = instruction.operands[3]
    if isinstance(operand, Register) and operand.type in ("b64", "u64", "s64"):
        return None
    is_predicate = isinstance(operand, Register) and operand.type == "pred"
    return operands.source(operand, "pred" if is_predicate else "u32"), is_predicate


def _reading(
    machine: Machine, registers: Registers, mask: Mask, given: tuple[int, bool] | None
) -> tuple[Mask, Taint]:
    """The lanes that read anything, and what of that depends on data."""
    if given is None:
        return mask, None
    slot, is_predicate = given
    unknown = tainted_lanes(registers.unknown[slot], mask.lanes)
    row = registers.values[slot]
    lanes = mask.lanes & (~row if is_predicate else row != 0)
    if unknown is not None:
        machine.policy.addresses_exact = False
        if machine.memory is None:
            lanes = lanes | unknown
    return Mask.of(lanes), registers.unknown[slot]
