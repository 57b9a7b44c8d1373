"""Bulk copies, of plain ranges and of tensors (PTX ISA 9.7.9.25 to 9.7.9.27).

Data arrives at once (`contents.py`). Copies of tensors are settled when their blocks have run:
`tensors.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.boxes import BANK_ROW_BYTES, touch_ranges, touch_tile
from ptxenergy.launch.reference.code import Execute, Step
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.contents import move
from ptxenergy.launch.reference.counting import SECTOR_BYTES
from ptxenergy.launch.reference.lanes import Array, Mask, tainted_lanes
from ptxenergy.launch.reference.loads import where
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Where, addresses, resolved
from ptxenergy.launch.reference.tally import BYTES, REQUESTS, SECTORS, WAVEFRONTS, Tally
from ptxenergy.launch.reference.tensors import BARRIER_MASK, NOWHERE, Copy
from ptxenergy.launch.reference.transfers import bank_of
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Address, Instruction, Operand

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_COPY_COST: Final = 4
"""Work of one tensor copy, in simple steps: its sectors are noted one by one."""


class _Bulk(Struct, frozen=True):
    """One bulk instruction as it runs.

    `sides`: where it reads and writes, with the direction of each. `size`: the slot of its size,
    `fixed` a size by the opcode. `barrier`: where it reports that bytes have arrived. `map` and
    `coordinates`: of a tensor. `moves`: source and target of a copy whose bytes are followed.
    """

    step: Step
    sides: tuple[tuple[str, Where], ...]
    size: int | None
    fixed: int
    barrier: Where | None
    map: Where | None
    coordinates: tuple[int, ...]
    moves: tuple[Where, Where] | None


def bulk(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    """Bulk copies and reductions, of plain ranges and of tensors."""
    what = _read(operands, instruction, opcode, step)
    slots = target_slots(operands, instruction, opcode)

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        sizes = _sizes(machine, registers, mask, what)
        tiles: dict[int, tuple[str, int]] = {}
        if sizes is None:
            sizes, tiles = _tensor_sizes(machine, registers, mask, what)
        for direction, at in what.sides:
            _count(machine, (registers, mask), (what, direction, at), sizes, tiles)
            for part in resolved(machine, registers, at, mask):
                bank = bank_of(machine, registers, part.space)
                if direction != "load" and bank is not None:
                    bank.taint_slots(part.lanes)
        if what.moves is not None and machine.memory is not None:
            move(machine, registers, mask, what.moves, sizes)
        if what.barrier is not None:
            _report(machine, registers, what, sizes)
        forget(slots)(machine, registers, mask)

    return execute


def _report(machine: Machine, registers: Registers, what: _Bulk, sizes: Array) -> None:
    """Tell each lane's mbarrier that its bytes have come."""
    arrived, phases = machine.tensors.arrived, machine.phases
    for lane in np.nonzero(sizes)[0]:
        key = int(machine.block_index[lane]), _barrier(machine, registers, what, int(lane))
        arrived[key] = arrived.get(key, 0) + int(sizes[lane])
        if phases is not None:
            phases.note(key, came=int(sizes[lane]))


def _read(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> _Bulk:
    listed = instruction.operands
    sides = [
        (access, where(operands, listed[access.operand], access.space))
        for access in opcode.accesses
        if access.operand < len(listed)
    ]
    size_at = next((a.size_operand for a in opcode.accesses if a.size_operand is not None), None)
    fixed = next((a.width_bytes for a in opcode.accesses if a.width_bytes), 0)
    is_tensor = "tensor" in opcode.modifiers
    barrier_at = 2 if size_at is None else 3
    reports = any(m.startswith("mbarrier::complete_tx") for m in opcode.modifiers)
    is_multicast = any(m.startswith("multicast") for m in opcode.modifiers)
    reports &= not is_multicast
    barrier = (
        where(operands, listed[barrier_at], "shared")
        if reports and barrier_at < len(listed) and isinstance(listed[barrier_at], Address)
        else None
    )
    maps = [at for access, at in sides if access.space == "global"] if is_tensor else []
    tensor = next((o for o in listed if isinstance(o, Address) and o.coordinates), None)
    ends = {access.direction: at for access, at in sides}
    is_plain = set(ends) == {"load", "store"} and size_at is not None and not is_multicast
    return _Bulk(
        step,
        tuple((access.direction, at) for access, at in sides),
        operands.source(listed[size_at], "u32") if size_at is not None else None,
        fixed,
        barrier,
        maps[0] if maps else None,
        _coordinates(operands, tensor) if is_tensor else (),
        (ends["load"], ends["store"]) if is_plain else None,
    )


def _coordinates(operands: Operands, operand: Operand | None) -> tuple[int, ...]:
    if not isinstance(operand, Address):
        return ()
    return tuple(
        slot for element in operand.coordinates for slot in operands.elements(element, "s32")
    )


def _sizes(machine: Machine, registers: Registers, mask: Mask, what: _Bulk) -> Array | None:
    """Bytes that each active lane copies; None where no operand shows them."""
    if what.size is None:
        return np.where(mask.lanes, what.fixed, 0) if what.fixed else None
    unknown = tainted_lanes(registers.unknown[what.size], mask.lanes)
    if unknown is not None and machine.memory is None:
        return None
    return np.where(mask.lanes, registers.values[what.size].astype(np.int64), 0)


def _tensor_sizes(
    machine: Machine, registers: Registers, mask: Mask, what: _Bulk
) -> tuple[Array, dict[int, tuple[str, int]]]:
    """Bytes of each lane's copy as far as they were given, and (map, tile) of each lane.

    A copy whose size was not given is left open.
    """
    machine.policy.addresses_exact = False
    line = what.step.instruction.location.line
    pinned = machine.policy.pinned_access(line)
    maps, number = machine.maps, what.step.number
    machine.owed += _COPY_COST * mask.count
    machine.tensors.instructions[number] = what.step.instruction
    machine.tensors.sides[number] = tuple(
        (_space(direction, at), direction) for direction, at in what.sides
    )
    sizes = np.zeros(machine.lanes, np.int64)
    tiles: dict[int, tuple[str, int]] = {}
    for lane in np.nonzero(mask.lanes)[0].tolist():
        name, tile = tiles[lane] = _tile(machine, registers, what, lane)
        given = maps.given.get(name)
        if isinstance(pinned, int | float):
            sizes[lane] = int(pinned * SECTOR_BYTES)
        elif given is not None:
            sizes[lane] = given.copy_bytes
        else:
            block = int(machine.block_index[lane])
            barrier = _barrier(machine, registers, what, lane)
            copy = Copy(number, block, barrier, name, tile)
            machine.tensors.open[copy] = machine.tensors.open.get(copy, 0) + 1
    return sizes, tiles


def _tile(machine: Machine, registers: Registers, what: _Bulk, lane: int) -> tuple[str, int]:
    """The name of the map that a lane's copy goes by, and the number of the box."""
    if what.map is None or registers.is_unknown(what.map.slot, lane):
        return "", NOWHERE
    machine.policy.flag("tensor-map")
    name = machine.maps.name_at(int(addresses(registers, what.map)[lane]))
    if any(registers.is_unknown(slot, lane) for slot in what.coordinates):
        return name, NOWHERE
    place = tuple(int(registers.values[slot][lane]) for slot in what.coordinates)
    return name, machine.maps.tile(name, place) if name else NOWHERE


def _barrier(machine: Machine, registers: Registers, what: _Bulk, lane: int) -> int:
    if what.barrier is None or registers.is_unknown(what.barrier.slot, lane):
        return NOWHERE
    return int(addresses(registers, what.barrier)[lane]) & BARRIER_MASK


def _space(direction: str, at: Where) -> str:
    """The space that a side is counted in."""
    space = "shared" if at.space == "generic" else at.space
    return "shared" if space == "cluster" and direction != "atomic" else space


def _count(
    machine: Machine,
    who: tuple[Registers, Mask],
    side: tuple[_Bulk, str, Where],
    sizes: Array,
    tiles: dict[int, tuple[str, int]],
) -> None:
    """One request a warp, of ceil(bytes / 32) sectors (or 128-byte wavefronts) a copy."""
    (registers, mask), (what, direction, at) = who, side
    tally, space = machine.tally, _space(direction, at)
    cell = tally.cell(what.step.number, space, direction)
    cell[REQUESTS] += tally.by_block(mask.per_warp != 0)
    pieces = -(-sizes // (SECTOR_BYTES if space == "global" else BANK_ROW_BYTES))
    cell[BYTES] += _by_block(tally, sizes)
    cell[SECTORS if space == "global" else WAVEFRONTS] += _by_block(tally, pieces)
    if space != "global":
        return
    if what.map is not None:
        for lane, (name, tile) in tiles.items():
            block = int(machine.block_index[lane])
            touch_tile(machine, direction, (block, name, tile), (int(sizes[lane]), 1))
    elif tainted_lanes(registers.unknown[at.slot], mask.lanes) is None:
        touch_ranges(machine, direction, addresses(registers, at), sizes)
    else:
        unknown = _by_block(tally, pieces)
        machine.touched.add_unknown(direction, unknown, _by_block(tally, sizes))


def _by_block(tally: Tally, per_lane: Array) -> Array:
    found: Array = per_lane.reshape(tally.blocks, -1).sum(axis=1)
    return found
