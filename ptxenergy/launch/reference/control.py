"""Steps that move lanes: branches, indirect branches, returns and exits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.code import Code, Transfer
from ptxenergy.launch.reference.guards import Test, decide
from ptxenergy.launch.reference.lanes import Array, Bools, Mask, distinct, tainted_lanes
from ptxenergy.launch.reference.loops import LoopExit, leave_loop, stays
from ptxenergy.launch.reference.progress import Comparison
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.strands import Strand
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_FORCED_AFTER: Final = 4096


class Way(Struct, frozen=True):
    """Where a branch goes, where its lanes meet again, and the loop that it may leave."""

    target: int
    meet: int
    exit: LoopExit | None
    compared: Comparison | None = None


def branch(way: Way, test: Test | None, number: int) -> Transfer:
    """The step of `bra`; without a test every lane goes."""
    if test is None:

        def jump(_: Machine, strand: Strand) -> None:
            strand.frame.stack[-1].pc = way.target

        return jump

    def transfer(machine: Machine, strand: Strand) -> None:
        frame = strand.frame
        entry, mask = frame.stack[-1], frame.stack[-1].mask
        taken = _taken(machine, frame.registers, mask, (way, test, number))
        if way.exit is not None and frame.registers.trips:
            leave_loop(frame.registers, way.exit, mask.lanes & (taken == way.exit.when_taken))
        count = int(np.count_nonzero(taken))
        if way.exit is not None and way.compared is not None:
            ends = count == (mask.count if way.exit.when_taken else 0)
            machine.progress.visit(number, way.compared, frame.registers, ends=ends)
        if count == mask.count:
            entry.pc = way.target
        elif count:
            strand.diverge(taken, way.target, way.meet)

    return transfer


def _taken(
    machine: Machine, registers: Registers, mask: Mask, what: tuple[Way, Test, int]
) -> Bools:
    """The lanes that take a conditional branch."""
    way, test, number = what
    if way.exit is None:
        return decide(machine, registers, mask, test)

    def leaves(unknown: Bools) -> Array:
        assert_exit = way.exit
        stay = stays(machine, registers, (assert_exit, test.instruction, number), unknown)  # type: ignore[arg-type]
        return ~stay if way.exit.when_taken else stay  # type: ignore[union-attr]

    taken = decide(machine, registers, mask, test, leaves)
    if machine.memory is not None and way.exit.spins == "poll":
        unknown = tainted_lanes(registers.unknown[test.slot], mask.lanes)
        if unknown is not None:
            machine.policy.flag("spin-wait")
            taken = np.where(unknown, way.exit.when_taken, taken) & mask.lanes
    return taken


def indirect_branch(
    code: Code, how: tuple[int, tuple[int, ...], int, Test | None], instruction: Instruction
) -> Transfer:
    """The step of `brx.idx`: lanes go where their index says, each target in turn."""
    index_slot, targets, meet, test = how

    def transfer(machine: Machine, strand: Strand) -> None:
        registers, entry = strand.frame.registers, strand.frame.stack[-1]
        lanes = entry.mask.lanes
        going = lanes if test is None else decide(machine, registers, entry.mask, test)
        index = registers.values[index_slot].astype(np.int64)
        unknown = tainted_lanes(registers.unknown[index_slot], going)
        if unknown is not None:
            machine.policy.control_exact = False
            if machine.memory is None:
                keys = machine.visit(code.first + instruction.location.line, unknown)
                chosen_target = machine.policy.takes_target(instruction, keys, len(targets))
                index = np.where(unknown, chosen_target, index)
        index = np.clip(index, 0, len(targets) - 1)
        groups: dict[int, Bools] = {}
        for position in distinct(index[going]):
            chosen = going & (index == position)
            place = targets[int(position)]
            groups[place] = groups[place] | chosen if place in groups else chosen
        if (lanes & ~going).any():
            groups[entry.pc] = groups.get(entry.pc, np.zeros_like(lanes)) | (lanes & ~going)
        if len(groups) == 1:
            entry.pc = next(iter(groups))
        else:
            strand.spread(list(groups.items()), meet)

    return transfer


def leave(test: Test | None, number: int, *, everything: bool) -> Transfer:
    """The step of `ret`, or of `exit` and `trap` (`everything`), for the lanes that pass it."""

    def transfer(machine: Machine, strand: Strand) -> None:
        frame = strand.frame
        mask = frame.stack[-1].mask
        lanes = mask.lanes
        if test is not None:
            lanes = decide(machine, frame.registers, mask, test)
            count = int(np.count_nonzero(lanes))
            machine.tally.guarded_off(number, mask.lanes & ~lanes)
            if not count:
                return
        if everything or frame.caller is None:
            machine.retire(lanes)
            strand.leave_all(lanes)
        else:
            strand.leave_frame(lanes)

    return transfer
