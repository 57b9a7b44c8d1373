"""`mbarrier`: every wait succeeds at its first try (PTX ISA 9.7.13.15).

Whether it would have on a GPU is seen in `phases.py`, where memory has contents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.lanes import Mask
from ptxenergy.launch.reference.loads import where
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.phases import followed
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import addresses
from ptxenergy.launch.reference.tensors import BARRIER_MASK
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


def wait(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """The step of an `mbarrier` instruction. What a wait waits for has always come."""
    counted, seen = _counted(operands, instruction, opcode), followed(operands, instruction, opcode)

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        if machine.phases is not None:
            seen(machine, registers, mask)
        counted(machine, registers, mask)

    return execute


def _counted(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """What it does to the counts."""
    slots = target_slots(operands, instruction, opcode)
    if "expect_tx" in opcode.modifiers:
        expect, rest = _expect(operands, instruction), forget(slots)

        def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
            expect(machine, registers, mask)
            rest(machine, registers, mask)

        return execute
    if not {"try_wait", "test_wait"} & set(opcode.modifiers):
        return forget(slots)

    def passed(machine: Machine, registers: Registers, mask: Mask) -> None:
        machine.policy.flag("spin-wait")
        for slot in slots:
            if slot is not None:
                registers.write(slot, np.ones(machine.lanes, np.bool_), None, mask)

    return passed


def _expect(operands: Operands, instruction: Instruction) -> Execute:
    """`mbarrier…expect_tx`: how many bytes of copies a block waits for."""
    slot = operands.source(instruction.operands[-1], "u32")
    at = where(operands, instruction.operands[-2], "shared")

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        places = addresses(registers, at)
        for lane in np.nonzero(mask.lanes)[0].tolist():
            if registers.is_unknown(at.slot, lane):
                continue
            key = int(machine.block_index[lane]), int(places[lane]) & BARRIER_MASK
            if registers.is_unknown(slot, lane):
                machine.tensors.undecided.add(key)
                continue
            expected = machine.tensors.expected
            expected[key] = expected.get(key, 0) + int(registers.values[slot][lane])

    return execute
