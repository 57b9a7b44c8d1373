"""`mbarrier`: every wait succeeds at its first try (PTX ISA 9.7.13.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.reference.bulk import expect_bytes
from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.lanes import Mask
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


def wait(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """The step of an `mbarrier` instruction. What a wait waits for has always come."""
    slots = target_slots(operands, instruction, opcode)
    if "expect_tx" in opcode.modifiers:
        expect, rest = expect_bytes(operands, instruction), forget(slots)

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
