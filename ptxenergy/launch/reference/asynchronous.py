"""Copies that run by themselves: `cp.async`, bulk and tensor copies (PTX ISA 9.7.9.25).

Data arrives at once. A copy whose size no operand shows takes its share of the bytes that the
block told its mbarriers to expect, or 1 KiB (one sector a lane) where it told none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.reference.code import Execute, Step
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.footprint import NO_KEYS, Touch, keys_of
from ptxenergy.launch.reference.lanes import WARP, Array, Mask, Taint, tainted_lanes
from ptxenergy.launch.reference.loads import where
from ptxenergy.launch.reference.operands import Operands, expect
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Part, Where, addresses, resolved
from ptxenergy.launch.reference.sectors import ALL_BYTES
from ptxenergy.launch.reference.tally import BYTES, REQUESTS, SECTORS, WAVEFRONTS, Tally
from ptxenergy.launch.reference.transfers import bank_of, count_part, read_part, write_part
from ptxenergy.launch.reference.types import unsigned
from ptxenergy.program.opcode import Access, Opcode
from ptxenergy.ptx.syntax import Immediate, Instruction, Register

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_SECTOR: Final = 32
_BANK_ROW: Final = 128
_MOST_SECTORS: Final = 1 << 16


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


def bulk(operands: Operands, instruction: Instruction, opcode: Opcode, step: Step) -> Execute:
    """Bulk copies and reductions, of plain ranges and of tensors."""
    sides = [
        (access, where(operands, instruction.operands[access.operand], access.space))
        for access in opcode.accesses
        if access.operand < len(instruction.operands)
    ]
    size_at = next((a.size_operand for a in opcode.accesses if a.size_operand is not None), None)
    fixed = next((a.width_bytes for a in opcode.accesses if a.width_bytes), 0)
    size = operands.source(instruction.operands[size_at], "u32") if size_at is not None else None
    slots = target_slots(operands, instruction, opcode)

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        sizes = _sizes(machine, registers, mask, (size, fixed))
        if sizes is None:
            machine.policy.addresses_exact = False
            said = "size is in a tensor map; the bytes that mbarriers expect, shared evenly"
            machine.policy.assume("access", instruction, said, "")
        for access, at in sides:
            _count_bulk(machine, registers, mask, (step, access, at), sizes)
            for part in resolved(machine, registers, at, mask):
                bank = bank_of(machine, registers, part.space)
                if access.direction != "load" and bank is not None:
                    bank.taint_slots(part.lanes)
        forget(slots)(machine, registers, mask)

    return execute


def _sizes(
    machine: Machine, registers: Registers, mask: Mask, how: tuple[int | None, int]
) -> Array | None:
    """Bytes that each active lane copies; None where nothing shows them."""
    slot, fixed = how
    if slot is None:
        return np.where(mask.lanes, fixed, 0) if fixed else None
    unknown = tainted_lanes(registers.unknown[slot], mask.lanes)
    if unknown is not None and machine.memory is None:
        return None
    return np.where(mask.lanes, registers.values[slot].astype(np.int64), 0)


def _count_bulk(
    machine: Machine,
    registers: Registers,
    mask: Mask,
    what: tuple[Step, Access, Where],
    sizes: Array | None,
) -> None:
    """One request a warp, of ceil(bytes / 32) sectors (or 128-byte wavefronts) a copy."""
    step, access, at = what
    tally = machine.tally
    space = "shared" if at.space == "generic" else at.space
    if space == "cluster" and access.direction != "atomic":
        space = "shared"
    cell = tally.cell(step.number, space, access.direction)
    cell[REQUESTS] += tally.by_block(mask.per_warp != 0)
    pinned = machine.policy.pinned_access(step.instruction.location.line)
    if sizes is None and not isinstance(pinned, int | float):
        copies = tally.by_block(mask.per_warp)
        machine.open_copies.append((step.number, space, access.direction, copies))
        return
    if sizes is None:
        sizes = np.where(mask.lanes, int(float(pinned) * _SECTOR), 0)  # type: ignore[arg-type]
    size = _SECTOR if space == "global" else _BANK_ROW
    pieces = _by_block(tally, -(-sizes // size))
    cell[BYTES] += _by_block(tally, sizes)
    cell[SECTORS if space == "global" else WAVEFRONTS] += pieces
    if access.direction == "store" and space != "global":
        machine.copied_bytes += int(sizes.sum())
    if space == "global" and tainted_lanes(registers.unknown[at.slot], mask.lanes) is None:
        _touch_ranges(machine, access.direction, addresses(registers, at), sizes)
    elif space == "global":
        machine.touched.add_unknown(access.direction, pieces, _by_block(tally, sizes))


def _touch_ranges(machine: Machine, direction: str, starts: Array, sizes: Array) -> None:
    """Note the sectors that lanes with a size copy."""
    for lane in np.nonzero(sizes)[0]:
        start, size = int(starts[lane]), int(sizes[lane])
        first = start // _SECTOR
        last = min((start + size - 1) // _SECTOR, first + _MOST_SECTORS)
        sectors = np.arange(first, last + 1, dtype=np.uint64)
        keys = keys_of(machine.block_index[lane : lane + 1], sectors)
        read = keys if direction != "store" else NO_KEYS
        if direction == "load":
            machine.touched.add(Touch(read))
            continue
        masks = np.full(len(keys), ALL_BYTES, np.uint32)
        masks[0] &= np.uint32((0xFFFF_FFFF << start % _SECTOR) & 0xFFFF_FFFF)
        if first + len(keys) - 1 == (start + size - 1) // _SECTOR:
            masks[-1] &= np.uint32(0xFFFF_FFFF >> (-(start + size) % _SECTOR))
        full = masks == ALL_BYTES
        machine.touched.add(Touch(read, keys[full], keys[~full], masks[~full]))


def _by_block(tally: Tally, per_lane: Array) -> Array:
    found: Array = per_lane.reshape(tally.blocks, -1).sum(axis=1)
    return found


def settle_open_copies(machine: Machine) -> None:
    """Give copies of unknown size their share of what the mbarriers were told to expect."""
    loads = sum(
        int(copies.sum())
        for _, space, direction, copies in machine.open_copies
        if space == "global" and direction == "load"
    )
    left = max(0, machine.expected_bytes - machine.copied_bytes)
    share = left // loads if loads and left else _SECTOR * WARP
    for number, space, direction, copies in machine.open_copies:
        cell = machine.tally.cell(number, space, direction)
        cell[BYTES] += share * copies
        if space == "global":
            cell[SECTORS] += -(-share // _SECTOR) * copies
            machine.touched.add_unknown(direction, -(-share // _SECTOR) * copies, share * copies)
        else:
            cell[WAVEFRONTS] += -(-share // _BANK_ROW) * copies
    machine.open_copies.clear()


def expect_bytes(operands: Operands, instruction: Instruction) -> Execute:
    """`mbarrier…expect_tx`: how many bytes of copies a block waits for."""
    slot = operands.source(instruction.operands[-1], "u32")

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        if tainted_lanes(registers.unknown[slot], mask.lanes) is None:
            machine.expected_bytes += int(registers.values[slot][mask.lanes].sum())

    return execute
