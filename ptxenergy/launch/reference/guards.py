"""Guards and conditions: which lanes pass, answered once for each value of a predicate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.lanes import Array, Bools, Mask, tainted_lanes
from ptxenergy.launch.reference.registers import Decision, Registers
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


class Test(Struct, frozen=True):
    """`@%p` or `@!%p` of an instruction; `number` is the instruction's in the tally."""

    slot: int
    negated: bool
    instruction: Instruction
    number: int


Chooser = Callable[[Bools], Array]


def decide(
    machine: Machine,
    registers: Registers,
    mask: Mask,
    test: Test,
    chooser: Chooser | None = None,
) -> Bools:
    """The lanes of the mask that pass a test; where data decides, `chooser` or a coin does."""
    row = registers.values[test.slot]
    passing: Bools = (mask.lanes & ~row) if test.negated else (mask.lanes & row)
    unknown = tainted_lanes(registers.unknown[test.slot], mask.lanes)
    if unknown is None:
        return passing
    if machine.memory is not None:
        machine.policy.control_exact = False
        return passing
    truth = _answered(machine, registers, test, (unknown, chooser))
    chosen = ~truth if test.negated else truth
    return np.where(unknown, chosen, passing)


def _answered(
    machine: Machine, registers: Registers, test: Test, how: tuple[Bools, Chooser | None]
) -> Bools:
    """The truth assumed of an unknown predicate, the same each time this value is asked for."""
    unknown, chooser = how
    row = registers.values[test.slot]
    known = registers.decisions.get(test.slot)
    if known is None or known.row is not row:
        nobody = np.zeros(machine.lanes, np.bool_)
        known = registers.decisions[test.slot] = Decision(row, nobody, nobody)
    fresh = unknown & ~known.answered
    if fresh.any():
        if chooser is None:
            keys = machine.visit(test.number, fresh)
            passes = machine.policy.takes_branch(test.instruction, keys, fresh)
        else:
            passes = chooser(fresh)
        truth = ~passes if test.negated else passes
        known.truth = np.where(fresh, truth, known.truth)
        known.answered = known.answered | fresh
    return known.truth


def guarded(execute: Execute, test: Test) -> Execute:
    """A step behind a guard: it is issued in any case, but acts only in lanes that pass."""

    def step(machine: Machine, registers: Registers, mask: Mask) -> None:
        lanes = decide(machine, registers, mask, test)
        count = int(np.count_nonzero(lanes))
        if count == mask.count:
            execute(machine, registers, mask)
            return
        machine.tally.guarded_off(test.number, mask.lanes & ~lanes)
        if count:
            execute(machine, registers, Mask.of(lanes))

    return step
