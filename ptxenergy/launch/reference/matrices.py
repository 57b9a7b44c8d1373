"""Loads and stores of matrix fragments, and other accesses whose data is not followed.

`ldmatrix`, `stmatrix` (PTX ISA 9.7.14.5), `wmma.load` and `wmma.store` (9.7.14.4), textures,
surfaces and `multimem`: counted, the registers that they write unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.reference.code import Execute, Step
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.lanes import ALL, WARP, Bools, Mask, tainted_lanes
from ptxenergy.launch.reference.loads import where
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Part, resolved
from ptxenergy.launch.reference.traffic import Kind, count_unknown
from ptxenergy.launch.reference.transfers import bank_of, count_part, write_part
from ptxenergy.program.fragments import matrix_shape
from ptxenergy.program.opcode import Access, Opcode
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


def matrix_rows(
    operands: Operands, instruction: Instruction, opcode: Opcode, step: Step
) -> Execute:
    """`ldmatrix` and `stmatrix`: the first 8 × number lanes each give the address of 16 bytes."""
    access = opcode.accesses[0]
    at = where(operands, instruction.operands[access.operand], "shared")
    count = next((int(m[1:]) for m in opcode.modifiers if m in ("x1", "x2", "x4")), 1)
    rows = min(WARP, count * (16 if "m16n16" in opcode.modifiers else 8))
    slots = target_slots(operands, instruction, opcode)

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        giving: Bools = mask.lanes & (np.arange(machine.lanes) % WARP < rows)
        if giving.any():
            for part in resolved(machine, registers, at, Mask.of(giving)):
                count_part(machine, step, part, access.direction, 16)
                if access.direction == "store":
                    nothing = (np.zeros(machine.lanes, np.uint64), ALL)
                    write_part(machine, registers, part, nothing, 0)
                    write_part(machine, registers, part, nothing, 8)
        forget(slots)(machine, registers, mask)

    return execute


def fragment(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    """`wmma.load` and `wmma.store`: the rows of a matrix at a stride, in pieces a lane each."""
    access = opcode.accesses[0]
    at = where(operands, instruction.operands[access.operand], access.space)
    rows, columns, element = matrix_shape(opcode)
    has_stride = len(instruction.operands) > 2
    stride = operands.source(instruction.operands[2], "u32") if has_stride else None
    slots = target_slots(operands, instruction, opcode)
    width = max(1, rows * columns * element // WARP)

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        lane = np.arange(machine.lanes) % WARP
        first = lane * width
        pitch = columns if stride is None else registers.values[stride].astype(np.int64)
        row, within = first // (columns * element), first % (columns * element)
        shift = (row * pitch * element + within).astype(np.uint64)
        unknown = None if stride is None else tainted_lanes(registers.unknown[stride], mask.lanes)
        for part in resolved(machine, registers, at, mask):
            both = part.unknown if unknown is None else unknown & part.lanes
            moved = Part(part.space, part.offsets + shift, part.lanes, both)
            count_part(machine, step, moved, access.direction, width)
            bank = bank_of(machine, registers, part.space)
            if access.direction == "store" and bank is not None:
                bank.taint_slots(part.lanes)
        forget(slots)(machine, registers, mask)

    return execute


def other_access(
    operands: Operands, instruction: Instruction, opcode: Opcode, step: Step
) -> Execute:
    """Any other instruction with an access (textures, multimem): counted, its data unknown."""
    slots = target_slots(operands, instruction, opcode)
    sides = [
        (access, where(operands, instruction.operands[access.operand], access.space))
        for access in opcode.accesses
        if access.operand < len(instruction.operands) and access.space != "texture"
    ]
    textures = [access for access in opcode.accesses if access.space == "texture"]

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        for access, at in sides:
            for part in resolved(machine, registers, at, mask):
                count_part(machine, step, part, access.direction, max(access.width_bytes, 1))
                bank = bank_of(machine, registers, part.space)
                if access.direction != "load" and bank is not None:
                    bank.taint_slots(part.lanes)
        for access in textures:
            part = Part("texture", machine.keys, mask.lanes, mask.lanes)
            count_texture(machine, step, part, access)
        forget(slots)(machine, registers, mask)

    return execute


def count_texture(machine: Machine, step: Step, part: Part, access: Access) -> None:
    """A texture's layout is the driver's: one sector a lane unless pinned."""
    kind = Kind("texture", access.direction, max(access.width_bytes, 1))
    count_unknown(machine, step, kind, part.lanes)
