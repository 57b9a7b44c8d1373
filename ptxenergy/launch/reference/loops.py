"""Loops whose end data decides: which branches leave a loop, and how often lanes stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.lanes import WARP, Array, Bools
from ptxenergy.launch.reference.policy import iterations, uniform
from ptxenergy.launch.reference.registers import Registers, Trips
from ptxenergy.program.flow import ControlFlow
from ptxenergy.program.loops import Loop
from ptxenergy.ptx.syntax import Function, Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_POLLING: Final = frozenset({"volatile", "acquire", "relaxed", "mmio", "try_wait", "test_wait"})
_RETRYING: Final = frozenset({"cas", "exch"})
_SIDE_EFFECTS: Final = frozenset({"st", "red", "bar", "barrier", "call", "mma", "wgmma", "cp"})
_MOST_SPIN_INSTRUCTIONS: Final = 64


class LoopExit(Struct, frozen=True):
    """A branch that can leave `loop`, on which side, and how its visits count iterations.

    `counts_first` is true where the test comes before the body, so that one visit more than
    iterations is made. `inner` are the loop and those inside it. `spins` is `poll` for a wait on
    memory, `retry` for a compare-and-swap that is tried again, or empty.
    """

    loop: int
    when_taken: bool
    counts_first: bool
    inner: frozenset[int]
    spins: str


def loop_exit(function: Function, flow: ControlFlow, index: int, target: int) -> LoopExit | None:
    """What a conditional branch at `index` to `target` leaves; None where it leaves no loop."""
    loop = flow.loop_of(index)
    if loop is None:
        return None
    size = len(function.instructions)
    inside = [place < size and flow.block_of[place] in loop.body for place in (target, index + 1)]
    if inside[0] == inside[1]:
        return None
    block = flow.block_of[index]
    first = block == loop.header and block not in loop.latches
    inner = frozenset(other.index for other in flow.loops if other.body <= loop.body)
    return LoopExit(loop.index, not inside[0], first, inner, _spins(function, flow, loop))


def _spins(function: Function, flow: ControlFlow, loop: Loop) -> str:
    """Whether a loop only waits: it is short, changes nothing and looks at memory again."""
    words: list[set[str]] = []
    for number in loop.body:
        block = flow.blocks[number]
        words += [set(i.opcode.split(".")) for i in function.instructions[block.start : block.end]]
    roots = {function.instructions[0].opcode} if not words else set().union(*words)
    if len(words) > _MOST_SPIN_INSTRUCTIONS or roots & _SIDE_EFFECTS:
        return ""
    if any(word & _RETRYING and "atom" in word for word in words):
        return "retry"
    polls = any(word & _POLLING and word & {"ld", "mbarrier"} for word in words)
    return "poll" if polls else ""


def stays(
    machine: Machine,
    registers: Registers,
    at: tuple[LoopExit, Instruction, int],
    lanes: Bools,
) -> Array:
    """Which of `lanes`, standing at a loop exit that data decides, go round once more."""
    exit_, instruction, number = at
    if exit_.spins:
        machine.policy.control_exact = False
        machine.policy.flag("spin-wait")
        return np.zeros(machine.lanes, np.bool_)
    given = machine.policy.trips(instruction)
    trips = registers.trips.get(number)
    if trips is None:
        nothing = np.zeros(machine.lanes, np.int64)
        trips = registers.trips[number] = Trips(exit_.loop, nothing, nothing.copy())
    entering = lanes & (trips.count == 0)
    if entering.any():
        keys, line = machine.visit(number, entering), instruction.location.line
        of_warp = np.repeat(uniform(keys[::WARP], line + 1), WARP)
        drawn = iterations(given, uniform(keys, line), of_warp)
        trips.limit = np.where(entering, drawn, trips.limit)
    trips.count = trips.count + lanes
    limit = trips.limit + 1 if exit_.counts_first else trips.limit
    result: Array = lanes & (trips.count < limit)
    return result


def leave_loop(registers: Registers, exit_: LoopExit, lanes: Bools) -> None:
    """Lanes that leave a loop start counting anew when they come back to it."""
    for trips in registers.trips.values():
        if trips.loop in exit_.inner:
            trips.count = np.where(lanes, 0, trips.count)
