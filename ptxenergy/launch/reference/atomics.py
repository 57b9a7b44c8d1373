"""`atom` and `red` (PTX ISA 9.7.13.5 and 9.7.13.6): one request, carried out lane after lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from ptxenergy.launch.reference.code import Execute, Step
from ptxenergy.launch.reference.lanes import ALL, Array, Bools, Mask
from ptxenergy.launch.reference.loads import where
from ptxenergy.launch.reference.operands import Operands, expect
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Part, resolved
from ptxenergy.launch.reference.transfers import bank_of, count_part, read_part, write_part
from ptxenergy.launch.reference.types import container, converted, size_of, unsigned
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

Change: TypeAlias = Callable[[Array, Array, Array], Array]
_NUMBERS: Final[Mapping[str, Any]] = {
    "f16": np.float16, "f16x2": np.float16, "f32": np.float32, "f64": np.float64,
    "s32": np.int32, "s64": np.int64, "u32": np.uint32, "u64": np.uint64, "b32": np.uint32,
    "b64": np.uint64, "b16": np.uint16, "u16": np.uint16,
}  # fmt: skip
_CHANGES: Final[Mapping[str, Change]] = {
    "add": lambda old, b, _: old + b,
    "min": lambda old, b, _: np.minimum(old, b),
    "max": lambda old, b, _: np.maximum(old, b),
    "and": lambda old, b, _: old & b,
    "or": lambda old, b, _: old | b,
    "xor": lambda old, b, _: old ^ b,
    "exch": lambda old, b, _: b,
    "cas": lambda old, b, c: np.where(old == b, c, old),
    "inc": lambda old, b, _: np.where(old >= b, 0, old + 1).astype(old.dtype),
    "dec": lambda old, b, _: np.where((old == 0) | (old > b), b, old - 1).astype(old.dtype),
}


def atomic(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    """The step of `atom` or `red`. What it returns depends on the order of lanes, so on data."""
    first = 1 if opcode.root == "atom" else 0
    expect(instruction, first + 2)
    targets = operands.destinations(instruction.operands[0]) if first else []
    space = opcode.accesses[0].space if opcode.accesses else "generic"
    at = where(operands, instruction.operands[first], space)
    ptx_type = opcode.types[-1] if opcode.types else "b32"
    value = operands.elements(instruction.operands[first + 1], ptx_type)
    is_cas = "cas" in opcode.modifiers
    if is_cas:
        expect(instruction, first + 3)
    new = operands.elements(instruction.operands[first + 2], ptx_type) if is_cas else value
    size = size_of(ptx_type)
    width = size * len(value)
    act = _action(opcode, ptx_type)
    types = operands.code.slot_types

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        for part in resolved(machine, registers, at, mask):
            count_part(machine, step, part, "atomic", width)
            for position, (b, c) in enumerate(zip(value, new, strict=True)):
                old = None
                if machine.memory is not None and act is not None:
                    sources = (registers.values[b], registers.values[c])
                    old = _in_turn(machine, registers, (part, position * size, act), sources)
                elif part.space != "global":
                    dtype = unsigned(min(size, 8))
                    nothing = (np.zeros(machine.lanes, dtype), ALL)
                    write_part(machine, registers, part, nothing, position * size)
                slot = targets[position] if position < len(targets) else None
                if slot is None:
                    continue
                if old is not None and old.dtype != np.bool_:
                    row = converted(old, container(types[slot]))
                    registers.write(slot, row, ALL, Mask.of(part.lanes))
                else:
                    registers.forget(slot, Mask.of(part.lanes))

    return execute


def _action(opcode: Opcode, ptx_type: str) -> tuple[Change, Any, np.dtype[np.generic]] | None:
    """(what is done, on which numbers, held in which container); None where it is not known."""
    name = next((word for word in opcode.modifiers if word in _CHANGES), None)
    number = _NUMBERS.get(ptx_type)
    if name is None or number is None:
        return None
    return _CHANGES[name], number, unsigned(size_of(ptx_type))


def _in_turn(
    machine: Machine,
    registers: Registers,
    what: tuple[Part, int, tuple[Change, Any, np.dtype[np.generic]]],
    sources: tuple[Array, Array],
) -> Array:
    """Carry out a change in each lane, lanes of one address in order; gives the old values."""
    part, offset, (change, number, dtype) = what
    b, c = (np.ascontiguousarray(converted(row, dtype)).view(number) for row in sources)
    result = np.zeros(machine.lanes, dtype)
    for lanes in _turns(part.offsets, part.lanes, _slots(machine, part.space)):
        turn = Part(part.space, part.offsets, lanes, None)
        row, _ = read_part(machine, registers, turn, dtype, offset)
        old = np.ascontiguousarray(row).view(number)
        changed = np.ascontiguousarray(change(old, b, c)).view(dtype)
        write_part(machine, registers, turn, (changed, ALL), offset)
        result = np.where(lanes, row, result)
    bank = bank_of(machine, registers, part.space)
    if bank is not None and part.unknown is not None:
        bank.taint_slots(part.unknown)
    return result


def _slots(machine: Machine, space: str) -> Array:
    """What tells equal offsets of different blocks or lanes apart."""
    if space == "shared":
        return machine.block_index
    return np.arange(machine.lanes) if space == "local" else np.zeros(machine.lanes, np.int64)


def _turns(offsets: Array, lanes: Bools, slots: Array) -> list[Bools]:
    """Groups of lanes with distinct addresses: the first comers, the second comers, …"""
    active = np.nonzero(lanes)[0]
    order = active[np.lexsort((active, offsets[active], slots[active]))]
    keys, places = offsets[order], slots[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (places[1:] != places[:-1])
    start = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    turn = np.arange(len(order)) - start
    groups: list[Bools] = []
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        group = np.zeros(len(lanes), np.bool_)
        group[order[turn == number]] = True
        groups.append(group)
    return groups
