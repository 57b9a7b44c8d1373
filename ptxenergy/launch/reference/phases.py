"""Arrivals, bytes to come and phases of mbarriers, where memory has contents (PTX ISA 9.7.13.15).

A phase is over when all arrivals have come and no bytes are missing; the next begins at once. Every
wait passes at its first try (`waits.py`); here it is seen whether it should have. Lanes run in an
order of their own, so that a wait for what another warp does later passes too early: then what it
waits for was not there, and values cannot be trusted (flag `wait-unmet`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.lanes import Array, Mask
from ptxenergy.launch.reference.loads import where
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.resolve import Where, addresses
from ptxenergy.launch.reference.tensors import Barrier
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Address, Function, Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_SHARED: Final = frozenset({"shared", "shared::cta"})
_ACTIONS: Final = ("init", "arrive", "expect_tx")
_WAITS: Final = frozenset({"try_wait", "test_wait"})


class Phase(Struct):
    """One mbarrier: arrivals of a phase, those to come, bytes to come, and phases that are over."""

    count: int
    pending: int
    missing_bytes: int = 0
    done: int = 0


class Phases(Struct):
    """The mbarriers of a group of blocks that are followed."""

    known: dict[Barrier, Phase] = field(default_factory=dict)

    def begin(self, key: Barrier, count: int) -> None:
        """`mbarrier.init`."""
        self.known[key] = Phase(count, count)

    def note(self, key: Barrier, *, arrivals: int = 0, expected: int = 0, came: int = 0) -> None:
        """Arrivals, bytes expected and bytes that came; where that is all, the phase is over."""
        phase = self.known.get(key)
        if phase is None:
            return
        phase.pending -= arrivals
        phase.missing_bytes += expected - came
        if phase.pending == 0 and phase.missing_bytes == 0:
            phase.pending = phase.count
            phase.done += 1

    def is_over(self, key: Barrier, parity: int) -> bool:
        """Whether the phase of this parity, the current or the last one, is over."""
        phase = self.known.get(key)
        return phase is None or phase.done % 2 != parity % 2


def are_followed(functions: Iterable[Function]) -> bool:
    """Whether all that these functions do with mbarriers is followed here.

    Not followed are arrivals of `cp.async`, `st.async` and `tcgen05`, copies of tensors, to several
    blocks or to another one, and waits by a state in place of a parity.
    """
    for function in functions:
        for instruction in function.instructions:
            opcode = describe(instruction.opcode)
            if opcode.root == "mapa" or not _is_followed(opcode):
                return False
    return True


def _is_followed(opcode: Opcode) -> bool:
    words = set(opcode.modifiers)
    if opcode.root == "mbarrier":
        is_wait = bool(words & _WAITS) and "parity" in words
        is_action = bool(words & set(_ACTIONS)) and "noComplete" not in words
        return bool(words & _SHARED) and (is_wait or is_action)
    if not any(word.startswith("mbarrier") for word in words):
        return True
    plain = opcode.root == "cp" and "bulk" in words
    return plain and "tensor" not in words and not any("multicast" in word for word in words)


def followed(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """What an `mbarrier` instruction does to its phase, or asks of it."""
    listed = instruction.operands
    place = next((i for i, operand in enumerate(listed) if isinstance(operand, Address)), None)
    if place is None:
        return _nothing
    at, given = where(operands, listed[place], "shared"), listed[place + 1 :]
    slot = operands.source(given[0], "u32") if given else None
    if _WAITS & set(opcode.modifiers):
        return _wait(at, slot)
    words = [word for word in _ACTIONS if word in opcode.modifiers]

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        phases, places = machine.phases, addresses(registers, at)
        if phases is None:
            return
        numbers = None if slot is None else registers.values[slot]
        for lane in np.nonzero(mask.lanes)[0].tolist():
            number = 1 if numbers is None else int(numbers[lane])
            _act(phases, _key(machine, places, lane), words, number)

    return execute


def _act(phases: Phases, key: Barrier, words: Sequence[str], number: int) -> None:
    if "init" in words:
        phases.begin(key, number)
    elif "expect_tx" in words:
        phases.note(key, arrivals=int("arrive" in words), expected=number)
    else:
        phases.note(key, arrivals=number)


def _wait(at: Where, slot: int | None) -> Execute:
    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        phases, places = machine.phases, addresses(registers, at)
        if phases is None or slot is None:
            return
        parities = registers.values[slot]
        for lane in np.nonzero(mask.lanes)[0].tolist():
            if not phases.is_over(_key(machine, places, lane), int(parities[lane])):
                machine.policy.flag("wait-unmet")
                return

    return execute


def _key(machine: Machine, places: Array, lane: int) -> Barrier:
    return int(machine.block_index[lane]), int(places[lane])


def _nothing(_: Machine, __: Registers, ___: Mask) -> None:
    """An instruction without an address."""
