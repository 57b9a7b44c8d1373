"""Moves of vectors, conversions between address spaces, and questions about addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.reference.arithmetic import pack, unpack
from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.compute import compute, forget, target_slots
from ptxenergy.launch.reference.lanes import Mask, Taint, join
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.placement import RANK_SHIFT, WINDOWS, space_word
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.types import container, converted
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction, SpecialRegister, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


def mov(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`mov`: of one value, of a vector to one value, or of one value to a vector."""
    target, source = instruction.operands[0], instruction.operands[1]
    ptx_type = opcode.types[-1] if opcode.types else "pred"
    if isinstance(target, Vector) and isinstance(source, SpecialRegister):
        return _spread_special(operands, instruction, source, ptx_type)
    if isinstance(target, Vector) and not isinstance(source, Vector):
        return _unpacked(operands, (target, operands.source(source, ptx_type)), ptx_type)
    if isinstance(source, Vector) and not isinstance(target, Vector):
        return _packed(operands, instruction, source, ptx_type)
    if isinstance(source, Vector) and isinstance(target, Vector):
        pairs = list(
            zip(operands.destinations(target), operands.elements(source, ptx_type), strict=True)
        )
        return _copied(operands, pairs)
    if ptx_type == "pred" or opcode.known:
        slots = operands.destinations(target)
        return _copied(operands, [(slots[0], operands.source(source, ptx_type))])
    return compute(operands, instruction, opcode)


def _copied(operands: Operands, pairs: list[tuple[int | None, int]]) -> Execute:
    types = operands.code.slot_types
    moves = [(t, s, container(types[t])) for t, s in pairs if t is not None]

    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        rows = [(registers.values[move[1]], registers.unknown[move[1]]) for move in moves]
        for (target, __, dtype), (row, taint) in zip(moves, rows, strict=True):
            wide = row.ndim == 2 and registers.values[target].ndim == 2
            registers.write(target, row if wide else converted(row, dtype), taint, mask)

    return execute


def _spread_special(
    operands: Operands, instruction: Instruction, source: SpecialRegister, ptx_type: str
) -> Execute:
    """`mov.v4.u32 {…}, %tid`."""
    slots = operands.destinations(instruction.operands[0])
    pairs = [
        (slot, operands.source(SpecialRegister(f"{source.name}.{axis}"), ptx_type))
        for slot, axis in zip(slots, "xyzw", strict=False)
    ]
    return _copied(operands, pairs)


def _unpacked(operands: Operands, move: tuple[Vector, int], ptx_type: str) -> Execute:
    target, source = move
    slots = operands.destinations(target)
    types = operands.code.slot_types
    dtypes = [None if slot is None else container(types[slot]) for slot in slots]

    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        row, taint = registers.values[source], registers.unknown[source]
        parts = unpack(row, ptx_type, len(slots))
        for slot, dtype, part in zip(slots, dtypes, parts, strict=True):
            if slot is not None and dtype is not None:
                registers.write(slot, converted(part, dtype), taint, mask)

    return execute


def _packed(operands: Operands, instruction: Instruction, source: Vector, ptx_type: str) -> Execute:
    target = operands.destination(instruction.operands[0])
    narrow = f"b{max(8, _bits(ptx_type) // len(source.elements))}"
    slots = operands.elements(source, narrow)

    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        taint: Taint = None
        for slot in slots:
            taint = join(taint, registers.unknown[slot])
        row = pack(tuple(registers.values[slot] for slot in slots), ptx_type)
        if target is not None:
            registers.write(target, np.ascontiguousarray(row), taint, mask)

    return execute


def _bits(ptx_type: str) -> int:
    return int("".join(c for c in ptx_type if c.isdigit()) or "32")


def cvta(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`cvta`: to or from the generic space, which moves an address by its space's window."""
    tag = WINDOWS.get(space_word(opcode), 0)
    window = tag << operands.placement.window_shift
    target = operands.destination(instruction.operands[0])
    slot = operands.source(instruction.operands[1], opcode.types[-1] if opcode.types else "u64")
    dtype = container(operands.code.slot_types[slot])
    limit = (1 << (8 * dtype.itemsize)) - 1
    shift = dtype.type((-window if "to" in opcode.modifiers else window) & limit)

    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        row, taint = registers.values[slot], registers.unknown[slot]
        if target is not None:
            out = container(operands.code.slot_types[target])
            registers.write(target, converted(row + shift if window else row, out), taint, mask)

    return execute


def isspacep(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`isspacep`: whether a generic address lies in the window of a space."""
    target = operands.destination(instruction.operands[0])
    slot = operands.source(instruction.operands[1], "u64")
    tag = WINDOWS.get(space_word(opcode), 0)
    shift = np.uint64(operands.placement.window_shift)

    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        tags = registers.values[slot].astype(np.uint64) >> shift
        inside = tags == np.uint64(tag) if tag else tags < np.uint64(min(WINDOWS.values()))
        if target is not None:
            registers.write(target, inside, registers.unknown[slot], mask)

    return execute


def mapa(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`mapa`: an own shared address as another block of the cluster has it.

    A shared-window offset carries the other block's rank plus one above 24 bits; 0 there means
    this block itself.
    """
    target = operands.destination(instruction.operands[0])
    ptx_type = opcode.types[-1] if opcode.types else "u32"
    slot = operands.source(instruction.operands[1], ptx_type)
    rank_slot = operands.source(instruction.operands[2], "u32")

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        own, _ = machine.special("%cluster_ctarank", "u32")
        rank = registers.values[rank_slot]
        row = registers.values[slot]
        mark = np.where(rank == own, 0, rank.astype(np.uint64) + np.uint64(1))
        moved = row + (mark.astype(row.dtype) << row.dtype.type(RANK_SHIFT))
        taint = join(registers.unknown[slot], registers.unknown[rank_slot])
        if target is not None:
            registers.write(target, moved, taint, mask)

    return execute


def getctarank(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`getctarank`: the rank that a shared address of the cluster belongs to."""
    target = operands.destination(instruction.operands[0])
    slot = operands.source(instruction.operands[1], opcode.types[-1] if opcode.types else "u32")

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        own, _ = machine.special("%cluster_ctarank", "u32")
        row = registers.values[slot].astype(np.uint64)
        mark = (row >> np.uint64(RANK_SHIFT)) & np.uint64(0xFF)
        rank = np.where(mark == 0, own, mark - np.uint64(1)).astype(np.uint32)
        if target is not None:
            registers.write(target, rank, registers.unknown[slot], mask)

    return execute


def alloca(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """Stack memory at run time: its address is not followed."""
    return forget(target_slots(operands, instruction, opcode))
