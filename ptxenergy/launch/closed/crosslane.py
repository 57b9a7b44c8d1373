"""Exchange between the lanes of a warp, where what is exchanged is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.closed.code import Code, Step
from ptxenergy.launch.closed.compute import forget, truth_row
from ptxenergy.launch.closed.grain import grain_of
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import destination, source
from ptxenergy.launch.closed.value import LANE, ONE_WARP, Value
from ptxenergy.launch.reference.crosslane import bits_of, per_lane
from ptxenergy.launch.reference.lanes import WARP, Array
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Immediate, Instruction, Negation, Pair, Register

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine


def exchange(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """The step of `shfl`, `vote`, `activemask` or `elect`; what is not known becomes unknown."""
    if opcode.root == "activemask":
        return _active_mask(code, instruction)
    if opcode.root == "elect":
        return _elect(code, instruction, opcode)
    if opcode.root == "shfl":
        return _shuffle(code, instruction, opcode)
    is_common = opcode.root in ("vote", "redux") or "all" in opcode.modifiers
    return forget(code, instruction, opcode, (lambda _: ONE_WARP) if is_common else None)


def _active_mask(code: Code, instruction: Instruction) -> Step:
    target = destination(code, instruction.operands[0])

    def step(machine: Machine, lanes: Lanes) -> None:
        if target is not None:
            machine.write(target[0], Value(per_lane(bits_of(lanes.bools))), lanes)

    return step


def _elect(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """The lowest active lane, where the member mask names all lanes."""
    named = instruction.operands[-1]
    first = instruction.operands[0]
    is_whole = isinstance(named, Immediate) and int(named.value) & 0xFFFFFFFF == 0xFFFFFFFF
    places = (first.first, first.second) if isinstance(first, Pair) else (first,)
    if not is_whole or not isinstance(places[-1], Register):
        return forget(code, instruction, opcode)
    targets = [destination(code, place) for place in places]

    def step(machine: Machine, lanes: Lanes) -> None:
        rows = lanes.bools.reshape(-1, WARP)
        leader = rows.argmax(axis=1)
        chosen = (np.arange(WARP)[None, :] == leader[:, None]) & rows
        if len(targets) > 1 and targets[0] is not None:
            machine.write(targets[0][0], Value(per_lane(leader.astype(np.uint32))), lanes)
        if targets[-1] is not None:
            machine.write(targets[-1][0], Value(chosen.ravel()), lanes)

    return step


def _shuffle(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """A shuffle of what all active lanes of a warp hold alike gives the same to each of them."""
    first = instruction.operands[0]
    places = (first.first, first.second) if isinstance(first, Pair) else (first,)
    targets = [destination(code, place) for place in places]
    operand = instruction.operands[1]
    rest = forget(code, instruction, opcode, _grain_of_shuffle(code, instruction, opcode))
    if isinstance(operand, Negation) or targets[0] is None:
        return rest
    slot = source(code, operand, "b32")
    target = targets[0][0]

    def step(machine: Machine, lanes: Lanes) -> None:
        value = machine.read(slot)
        rest(machine, lanes)
        is_known = value.taint is None and value.mixed is None
        if is_known and _is_same(machine, value, lanes):
            machine.write(target, value, lanes)

    return step


def _grain_of_shuffle(
    code: Code, instruction: Instruction, opcode: Opcode
) -> Callable[[Machine], int]:
    """What all lanes of a warp take from one of them is the same in all."""
    given, lane = instruction.operands[1:3]
    if "idx" in opcode.modifiers and isinstance(lane, Immediate):
        return lambda _: ONE_WARP
    if not isinstance(given, Register):
        return lambda _: LANE
    slot = code.slot(given.name)
    return lambda machine: min(ONE_WARP, grain_of(machine.scope, machine.read(slot)))


def _is_same(machine: Machine, value: Value, lanes: Lanes) -> bool:
    """Whether the active lanes of each warp hold one value, and every lane of it is active."""
    active = lanes.bools.reshape(-1, WARP)
    whole = active.any(axis=1)
    if not active[whole].all():
        return False
    rows: list[Array] = [value.base]
    rows += [np.asarray(s) for s in (value.strides or {}).values()]
    for row in rows:
        if row.ndim == 1 and row.shape[0] > 1:
            by_warp = truth_row(machine, row).reshape(-1, WARP)[whole]
            if (by_warp != by_warp[:, :1]).any():
                return False
    return True
