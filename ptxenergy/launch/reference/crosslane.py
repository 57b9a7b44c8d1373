"""Exchange between the lanes of a warp (PTX ISA 9.7.9.6 to 9.7.9.7 and 9.7.13.10 to 9.7.13.15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.lanes import (
    ALL,
    WARP,
    Array,
    Bools,
    Mask,
    Taint,
    count_by_warp,
    join,
)
from ptxenergy.launch.reference.operands import Operands, expect
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.types import container, converted
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction, Negation, Operand

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_BITS: Final = np.uint64(1) << np.arange(WARP, dtype=np.uint64)
_LANE: Final = np.arange(WARP)


def bits_of(lanes: Bools) -> Array:
    """Each warp's lanes as a 32-bit number, lane 0 lowest."""
    found: Array = (lanes.reshape(-1, WARP) * _BITS).sum(axis=1).astype(np.uint32)
    return found


def per_lane(of_warp: Array) -> Array:
    """One value a warp, given to each of its lanes."""
    return np.repeat(of_warp, WARP)


def members(machine: Machine, registers: Registers, mask: Mask, slot: int | None) -> Bools:
    """Active lanes that an operand's member mask names (all active ones without it)."""
    if slot is None or registers.unknown[slot] is not None:
        return mask.lanes
    own = registers.values[slot].reshape(-1, WARP)
    rows = mask.lanes.reshape(-1, WARP)
    leader = own[np.arange(len(own)), rows.argmax(axis=1)]
    named = (leader[:, None].astype(np.uint64) & _BITS) != 0
    result: Bools = (named & rows).ravel()
    return result


def _spread(taint: Taint, lanes: Bools) -> Taint:
    """The taint of what a whole warp computes together: one unknown lane makes all unknown."""
    if taint is None or taint is ALL:
        return taint
    rows = count_by_warp(taint & lanes) != 0  # type: ignore[operator]
    return per_lane(rows) if rows.any() else None


def shfl(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`shfl`: each lane reads another lane's register (the formulas are PTX ISA 9.7.9.6)."""
    expect(instruction, 4)
    targets = target_slots(operands, instruction, opcode)
    value = operands.source(instruction.operands[1], "b32")
    b = operands.source(instruction.operands[2], "u32")
    c = operands.source(instruction.operands[3], "u32")
    mode = next((m for m in opcode.modifiers if m in _SOURCES), "idx")

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        lane = np.tile(_LANE, machine.lanes // WARP)
        source, inside = _SOURCES[mode](lane, registers.values[b], registers.values[c])
        base = np.arange(machine.lanes) - lane
        origin = base + np.where(inside, source, lane)
        row = registers.values[value][origin]
        control = join(registers.unknown[b], registers.unknown[c])
        taint = join(_moved(registers.unknown[value], origin), control)
        lost = ~mask.lanes[origin]
        if (lost & mask.lanes).any():
            taint = ALL if taint is ALL else join(taint, lost)
        if targets[0] is not None:
            registers.write(targets[0], row, taint, mask)
        if len(targets) > 1 and targets[1] is not None:
            registers.write(targets[1], inside, control, mask)

    return execute


def _moved(taint: Taint, origin: Array) -> Taint:
    if taint is None or taint is ALL:
        return taint
    return taint[origin]  # type: ignore[index]


def _bounds(lane: Array, c: Array) -> tuple[Array, Array]:
    clamp = (c & 31).astype(np.int64)
    segment = ((c >> 8) & 31).astype(np.int64)
    return (lane & segment) | (clamp & ~segment), lane & segment


def _up(lane: Array, b: Array, c: Array) -> tuple[Array, Array]:
    source = lane - (b & 31).astype(np.int64)
    return source, source >= _bounds(lane, c)[0]


def _down(lane: Array, b: Array, c: Array) -> tuple[Array, Array]:
    source = lane + (b & 31).astype(np.int64)
    return source, source <= _bounds(lane, c)[0]


def _butterfly(lane: Array, b: Array, c: Array) -> tuple[Array, Array]:
    source = lane ^ (b & 31).astype(np.int64)
    return source, source <= _bounds(lane, c)[0]


def _indexed(lane: Array, b: Array, c: Array) -> tuple[Array, Array]:
    most, least = _bounds(lane, c)
    segment = ((c >> 8) & 31).astype(np.int64)
    source = least | ((b & 31).astype(np.int64) & ~segment)
    return source, source <= most


_SOURCES: Final[Mapping[str, Callable[[Array, Array, Array], tuple[Array, Array]]]] = {
    "up": _up, "down": _down, "bfly": _butterfly, "idx": _indexed,
}  # fmt: skip


def _predicate(operands: Operands, operand: Operand) -> tuple[int, bool]:
    if isinstance(operand, Negation):
        return operands.source(operand.operand, "pred"), True
    return operands.source(operand, "pred"), False


def vote(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`vote`: what the predicates of the active lanes say together."""
    expect(instruction, 2)
    target = target_slots(operands, instruction, opcode)[0]
    slot, negated = _predicate(operands, instruction.operands[1])
    has_mask = len(instruction.operands) > 2
    named = operands.source(instruction.operands[2], "u32") if has_mask else None

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        lanes = members(machine, registers, mask, named)
        row = registers.values[slot] != negated
        taint = _spread(registers.unknown[slot], lanes)
        yes = bits_of(row & lanes)
        if "ballot" in opcode.modifiers:
            result = yes
        else:
            every, some = yes == bits_of(lanes), yes != 0
            result = some if "any" in opcode.modifiers else every
            result = every | ~some if "uni" in opcode.modifiers else result
        if target is not None:
            registers.write(target, per_lane(result), taint, mask)

    return execute


def activemask(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`activemask`: the lanes that run this instruction together."""
    target = target_slots(operands, instruction, opcode)[0]

    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        if target is not None:
            registers.write(target, per_lane(bits_of(mask.lanes)), None, mask)

    return execute


def elect(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`elect.sync`: the lowest active lane of the member mask is chosen."""
    targets = target_slots(operands, instruction, opcode)
    named = operands.source(instruction.operands[-1], "u32")

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        rows = members(machine, registers, mask, named).reshape(-1, WARP)
        leader = rows.argmax(axis=1)
        chosen = (np.tile(_LANE, len(rows)) == per_lane(leader)) & rows.ravel()
        if len(targets) > 1 and targets[0] is not None:
            registers.write(targets[0], per_lane(leader.astype(np.uint32)), None, mask)
        if targets[-1] is not None:
            registers.write(targets[-1], chosen, None, mask)

    return execute


def match(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`match.any` and `match.all`: which active lanes hold the same value."""
    expect(instruction, 3)
    targets = target_slots(operands, instruction, opcode)
    value = operands.source(instruction.operands[1], opcode.types[-1])
    named = operands.source(instruction.operands[2], "u32")

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        lanes = members(machine, registers, mask, named)
        rows, active = registers.values[value].reshape(-1, WARP), lanes.reshape(-1, WARP)
        taint = _spread(registers.unknown[value], lanes)
        same = (rows[:, :, None] == rows[:, None, :]) & active[:, None, :]
        found = (same * _BITS).sum(axis=2).astype(np.uint32).ravel()
        if "all" in opcode.modifiers:
            whole = per_lane(bits_of(lanes))
            agreed = per_lane(((found == whole) | ~lanes).reshape(-1, WARP).all(axis=1))
            found = np.where(agreed, whole, 0).astype(np.uint32)
            if len(targets) > 1 and targets[1] is not None:
                registers.write(targets[1], agreed, taint, mask)
        if targets[0] is not None:
            registers.write(targets[0], found, taint, mask)

    return execute


_REDUCTIONS: Final[Mapping[str, tuple[np.ufunc, int | None]]] = {
    "add": (np.add, 0), "and": (np.bitwise_and, -1), "or": (np.bitwise_or, 0),
    "xor": (np.bitwise_xor, 0), "min": (np.minimum, None), "max": (np.maximum, None),
}  # fmt: skip


def redux(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """`redux.sync` of integers: one reduction over the active lanes that name the same members."""
    expect(instruction, 3)
    targets = target_slots(operands, instruction, opcode)
    value = operands.source(instruction.operands[1], opcode.types[-1])
    named = operands.source(instruction.operands[2], "u32")
    name = next((m for m in opcode.modifiers if m in _REDUCTIONS), None)
    if name is None or opcode.types[-1] == "f32" or targets[0] is None:
        return forget(targets)
    target, number = targets[0], np.int32 if opcode.types[-1] == "s32" else np.uint32
    reduce, neutral = _REDUCTIONS[name]
    if neutral is None:
        limits = np.iinfo(number)
        neutral = limits.max if name == "min" else limits.min

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        lanes = members(machine, registers, mask, named)
        row = converted(registers.values[value], container("u32")).view(number)
        ground = np.array(neutral).astype(number)
        groups = registers.values[named].reshape(-1, WARP)
        together = groups[:, :, None] == groups[:, None, :]
        rows = np.where(together & lanes.reshape(-1, 1, WARP), row.reshape(-1, 1, WARP), ground)
        result = reduce.reduce(rows, axis=2, dtype=number).ravel().view(np.uint32)
        registers.write(target, result, _spread(registers.unknown[value], lanes), mask)

    return execute
