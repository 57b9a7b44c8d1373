"""A function made ready to run: its steps, its register slots and what fills the fixed ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.lanes import Array, Mask, Taint
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.types import container, is_wide
from ptxenergy.program.flow import ControlFlow
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Function, Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine
    from ptxenergy.launch.reference.strands import Strand

_STRETCH_COST: Final = 2
_DEAR_COST: Final = 2

Execute: TypeAlias = "Callable[[Machine, Registers, Mask], None]"
Transfer: TypeAlias = "Callable[[Machine, Strand], None]"
Fill: TypeAlias = "Callable[[Machine, Registers], tuple[Array, Taint]]"


class Step(Struct, frozen=True):
    """One instruction as it runs: either `execute` or, where it moves lanes, `transfer`.

    `is_data` marks one whose results decide nothing that is counted. `compares` holds the slots of
    the predicate and of the two operands of a `setp`, and their type.
    """

    instruction: Instruction
    opcode: Opcode
    number: int
    execute: Execute | None = None
    transfer: Transfer | None = None
    is_data: bool = False
    compares: tuple[int, int, int, str] | None = None


class Stretch(Struct, frozen=True):
    """Steps that run together, and their cost in units of a simple step."""

    executes: tuple[Execute, ...]
    cost: int


class Code(Struct):
    """A function's steps. Slots hold registers first met, constants and special registers.

    `first` is the number of its first instruction in the tally. `stretch_end[i]` is where the
    instructions that always run together with instruction `i` end. `framed` are the fixed slots
    that differ from call to call.
    """

    function: Function
    flow: ControlFlow
    first: int
    steps: list[Step] = field(default_factory=list)
    stretch_end: list[int] = field(default_factory=list)
    stretches: dict[tuple[int, bool], Stretch] = field(default_factory=dict)
    slot_types: list[str] = field(default_factory=list)
    fills: list[tuple[int, Fill]] = field(default_factory=list)
    parameter_offsets: dict[str, int] = field(default_factory=dict)
    parameter_bytes: int = 0
    local_offsets: dict[str, int] = field(default_factory=dict)
    local_bytes: int = 0
    framed: set[int] = field(default_factory=set)
    has_parameter_variables: bool = False
    _slots: dict[object, int] = field(default_factory=dict)

    def register(self, name: str, ptx_type: str) -> int:
        """The slot of a register."""
        return self._slot(("register", name), ptx_type)

    def fixed(self, key: object, ptx_type: str, fill: Fill) -> int:
        """The slot of a value that is set once when the function is entered."""
        known = (key, ptx_type)
        if known in self._slots:
            return self._slots[known]
        slot = self._slot(known, ptx_type)
        self.fills.append((slot, fill))
        return slot

    def stretch(self, start: int, *, with_data: bool) -> Stretch:
        """What is to be executed from `start` to the end of its stretch."""
        found = self.stretches.get((start, with_data))
        if found is None:
            steps = self.steps[start : self.stretch_end[start]]
            kept = [step for step in steps if with_data or not step.is_data]
            executes = tuple(step.execute for step in kept if step.execute is not None)
            cost = _STRETCH_COST + sum(
                _DEAR_COST if step.opcode.accesses or step.instruction.guard else 1 for step in kept
            )
            found = self.stretches[start, with_data] = Stretch(executes, cost)
        return found

    def size_at(self, offset: int) -> int:
        """Bytes from a parameter's start to the next one's."""
        after = [start for start in self.parameter_offsets.values() if start > offset]
        return min(after, default=self.parameter_bytes) - offset

    def has_register(self, name: str) -> bool:
        """Whether any instruction names this register."""
        return ("register", name) in self._slots

    def _slot(self, key: object, ptx_type: str) -> int:
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = len(self.slot_types)
            self.slot_types.append(ptx_type)
        return slot


def empty_row(ptx_type: str, lanes: int) -> Array:
    """A register nobody has written."""
    if is_wide(ptx_type):
        return np.zeros((lanes, 2), np.uint64)
    return np.zeros(lanes, container(ptx_type))
