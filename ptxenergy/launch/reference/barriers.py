"""`bar` and `barrier`: warps wait until the others have come (PTX ISA 9.7.13.1).

Warps that run as one strand pass together where all that must come are in it. Otherwise the
strand is split: the warps that came wait, the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.code import Transfer
from ptxenergy.launch.reference.guards import Test, decide
from ptxenergy.launch.reference.lanes import WARP, Array, Bools, Mask, count_by_warp
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.strands import Strand
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction, Negation

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

Key: TypeAlias = tuple[int, int]
"""Block in the group, number of the barrier."""


class Barriers(Struct):
    """Who has come to which barrier: warps counted, strands that wait."""

    arrived: dict[Key, int] = field(default_factory=dict)
    waiting: dict[Key, list[Strand]] = field(default_factory=dict)

    def release(self, key: Key) -> None:
        """Everybody has come: let go of those that wait."""
        self.arrived.pop(key, None)
        for strand in self.waiting.pop(key, []):
            strand.waits_at = None

    def release_all(self, machine: Machine) -> None:
        """Nobody can go on. Right where the others have exited; else the program is at fault."""
        live = machine.live.reshape(-1, WARP).any(axis=1)
        per_block = live.reshape(-1, machine.warps_per_block).sum(axis=1)
        for key in list(self.waiting):
            if self.arrived.get(key, 0) < per_block[key[0]]:
                machine.policy.flag("barrier-mismatch")
            self.release(key)


class Meeting(Struct, frozen=True):
    """A barrier instruction: slots of its number and thread count, and what it reduces."""

    number_slot: int
    count_slot: int | None
    waits: bool
    target: int | None
    predicate: tuple[int, bool] | None
    reduction: str
    test: Test | None


def meeting(
    operands: Operands, instruction: Instruction, opcode: Opcode, test: Test | None
) -> Meeting:
    """The parts of `bar.sync a{, b}`, `bar.arrive a, b` and `bar.red d, a{, b}, p`."""
    places = list(instruction.operands)
    reduction = next((m for m in ("popc", "and", "or") if m in opcode.modifiers), "")
    target = operands.destination(places.pop(0)) if reduction else None
    predicate = None
    if reduction:
        last = places.pop()
        negated = isinstance(last, Negation)
        bare = last.operand if isinstance(last, Negation) else last
        predicate = (operands.source(bare, "pred"), negated)
    slots = [operands.source(place, "u32") for place in places]
    waits = "arrive" not in opcode.modifiers
    count = slots[1] if len(slots) > 1 else None
    return Meeting(slots[0], count, waits, target, predicate, reduction, test)


def barrier(meet: Meeting, number: int) -> Transfer:
    """The step of a barrier."""

    def transfer(machine: Machine, strand: Strand) -> None:
        mask = strand.mask
        lanes = mask.lanes
        registers = strand.frame.registers
        if meet.test is not None:
            lanes = decide(machine, registers, mask, meet.test)
            machine.tally.guarded_off(number, mask.lanes & ~lanes)
            if not lanes.any():
                return
        complete = _complete(machine, strand, meet, lanes)
        if meet.reduction:
            _reduce(machine, strand, meet, (lanes, complete))

    return transfer


def _complete(machine: Machine, strand: Strand, meet: Meeting, lanes: Bools) -> bool:
    """Let warps arrive; True where all blocks passed at once, so that nobody had to wait."""
    came: Bools = count_by_warp(lanes) != 0
    registers = strand.frame.registers
    if meet.count_slot is None and not machine.barriers.arrived:
        alive = (count_by_warp(machine.live) != 0).reshape(-1, machine.warps_per_block)
        here = came.reshape(-1, machine.warps_per_block)
        involved: Bools = here.any(axis=1).reshape(-1, 1)
        if (here | ~alive | ~involved).all():
            return True
    numbers = _of_warp(registers.values[meet.number_slot], lanes)
    counts = None if meet.count_slot is None else _of_warp(registers.values[meet.count_slot], lanes)
    held = np.zeros(len(came), np.bool_)
    for key, warps in _groups(machine, came, numbers):
        if not _arrive(machine, key, warps, counts) and meet.waits:
            held |= warps
            _hold(machine, strand, key, warps)
    return not held.any() and meet.waits


def _arrive(machine: Machine, key: Key, warps: Bools, counts: Array | None) -> bool:
    """Count warps as come; True where that completes the barrier."""
    barriers = machine.barriers
    total = barriers.arrived.get(key, 0) + int(warps.sum())
    if counts is not None:
        expected = -(-int(counts[warps][0]) // WARP)
    else:
        alive = machine.live.reshape(-1, WARP).any(axis=1)
        expected = int(alive.reshape(-1, machine.warps_per_block)[key[0]].sum())
    if total >= expected:
        barriers.release(key)
        return True
    barriers.arrived[key] = total
    return False


def _hold(machine: Machine, strand: Strand, key: Key, warps: Bools) -> None:
    """Split the warps that wait off the strand."""
    lanes = np.repeat(warps, WARP)
    present = np.zeros(machine.lanes, np.bool_)
    for entry in strand.frames[0].stack:
        present |= entry.mask.lanes
    for entry in strand.frame.stack:
        present |= entry.mask.lanes
    if (present & ~lanes).any():
        waiting = strand.part(lanes)
        rest = strand.part(~lanes)
        strand.frames = rest.frames
        machine.strands.append(waiting)
    else:
        waiting = strand
    waiting.waits_at = key[1]
    machine.barriers.waiting.setdefault(key, []).append(waiting)


def _groups(machine: Machine, came: Bools, numbers: Array) -> list[tuple[Key, Bools]]:
    """Warps that came, by block and barrier number."""
    block = np.arange(len(came)) // machine.warps_per_block
    found: list[tuple[Key, Bools]] = []
    for place, number in sorted({(int(block[w]), int(numbers[w])) for w in np.nonzero(came)[0]}):
        found.append(((place, number), came & (block == place) & (numbers == number)))
    return found


def _of_warp(row: Array, lanes: Bools) -> Array:
    """The value that the first active lane of each warp holds."""
    rows, active = row.reshape(-1, WARP), lanes.reshape(-1, WARP)
    found: Array = rows[np.arange(len(rows)), active.argmax(axis=1)]
    return found


def _reduce(machine: Machine, strand: Strand, meet: Meeting, how: tuple[Bools, bool]) -> None:
    """The result of `bar.red`; unknown where warps came apart."""
    lanes, complete = how
    if meet.target is None or meet.predicate is None or not strand.frames:
        return
    registers = strand.frame.registers
    mask = Mask.of(lanes)
    slot, negated = meet.predicate
    if not complete or registers.unknown[slot] is not None:
        registers.forget(meet.target, mask)
        return
    size = machine.warps_per_block * WARP
    yes = ((registers.values[slot] != negated) & lanes).reshape(-1, size).sum(axis=1)
    every = lanes.reshape(-1, size).sum(axis=1)
    results = {"popc": yes.astype(np.uint32), "and": yes == every, "or": yes > 0}
    registers.write(meet.target, np.repeat(results[meet.reduction], size), None, mask)
