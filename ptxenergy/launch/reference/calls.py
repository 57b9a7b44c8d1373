"""Calls: parameters in, results out, and callees that are not in the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.code import Transfer
from ptxenergy.launch.reference.guards import Test, decide
from ptxenergy.launch.reference.lanes import Array, Bools, Mask, distinct, tainted_lanes
from ptxenergy.launch.reference.memory import Bank
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.types import container, converted, size_of, unsigned
from ptxenergy.program.call_parts import call_parts
from ptxenergy.ptx.syntax import Instruction, Operand, Parameter, Register, Symbol

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine
    from ptxenergy.launch.reference.strands import Frame, Strand

_DEEPEST: Final = 48
_MOST_FRAME_BYTES: Final = 1 << 28


class Call(Struct, frozen=True):
    """A call instruction taken apart. `callee` is a name, or the slot of a function's address."""

    instruction: Instruction
    number: int
    callee: str | int
    results: tuple[Operand, ...]
    arguments: tuple[Operand, ...]
    candidates: tuple[str, ...]
    test: Test | None


def taken_apart(
    operands: Operands, instruction: Instruction, number: int, test: Test | None
) -> Call:
    """The parts of `call (results), callee, (arguments), table`."""
    parts = call_parts(instruction)
    target = parts.target
    candidates = operands.code.function.branch_targets.get(parts.table, ())
    callee = target.name if isinstance(target, Symbol) else operands.source(target, "u64")
    return Call(instruction, number, callee, parts.results, parts.arguments, candidates, test)


def call(operands: Operands, what: Call) -> Transfer:
    """The step of a call: frames for the callees, or results forgotten where there is no body."""
    passing = _passing(operands, what.arguments)
    receiving = _receiving(operands, what.results)

    def transfer(machine: Machine, strand: Strand) -> None:
        frame = strand.frame
        mask = frame.stack[-1].mask
        lanes = mask.lanes
        if what.test is not None:
            lanes = decide(machine, frame.registers, mask, what.test)
            machine.tally.guarded_off(what.number, mask.lanes & ~lanes)
        if not lanes.any():
            return
        for name, chosen in _callees(machine, frame, what, lanes):
            if not chosen.any():
                continue
            code = machine.program.code(name)
            if code is None or _is_too_deep(machine, strand):
                _skip(machine, frame, what, (chosen, receiving, code is not None))
                continue
            base = frame.registers.local_base + frame.code.local_bytes
            machine.local.ensure(base + code.local_bytes)
            callee = machine.enter(code, chosen, frame, base)
            passing(frame, callee, chosen)
            callee.on_return = receiving
            strand.frames.append(callee)

    return transfer


def _is_too_deep(machine: Machine, strand: Strand) -> bool:
    """Whether one more call would take more room than it is given."""
    rows = sum(len(frame.code.slot_types) for frame in strand.frames)
    return len(strand.frames) >= _DEEPEST or 8 * rows * machine.lanes > _MOST_FRAME_BYTES


def leave_call(machine: Machine, strand: Strand) -> None:
    """The innermost call has no lanes left: hand its results to the caller."""
    frame = strand.frames.pop()
    if frame.caller is not None and frame.on_return is not None and frame.lanes is not None:
        frame.on_return(frame, frame.caller, frame.lanes & machine.live)  # type: ignore[operator]


def _callees(machine: Machine, frame: Frame, what: Call, lanes: Bools) -> list[tuple[str, Bools]]:
    """The functions that lanes call; lanes with an unknown target take the only candidate."""
    if isinstance(what.callee, str):
        return [(what.callee, lanes)]
    row = frame.registers.values[what.callee].astype(np.uint64)
    unknown = tainted_lanes(frame.registers.unknown[what.callee], lanes)
    found: list[tuple[str, Bools]] = []
    if unknown is not None:
        machine.policy.control_exact = False
        if machine.memory is None:
            lanes = lanes & ~unknown
            callee = what.candidates[0] if what.candidates else ""
            keys = machine.visit(what.number, unknown)
            calling = unknown & machine.policy.takes_call(what.instruction, keys, callee)
            found += [(callee, calling), ("", unknown & ~calling)]
    for address in distinct(row[lanes]):
        name = machine.program.function_at(int(address))
        found.append((name, lanes & (row == address)))
    return found


def _skip(
    machine: Machine,
    frame: Frame,
    what: Call,
    how: tuple[Bools, Callable[[Frame | None, Frame, Bools], None], bool],
) -> None:
    """Count a call whose body is not run as the one instruction that it is."""
    chosen, receiving, too_deep = how
    receiving(None, frame, chosen)
    if too_deep:
        machine.policy.control_exact = False
        machine.policy.flag("deep-recursion")
        said = "calls nest too deep; deeper ones are not counted"
        machine.policy.assume("call", what.instruction, said, "")


def _passing(
    operands: Operands, arguments: tuple[Operand, ...]
) -> Callable[[Frame, Frame, Bools], None]:
    """What copies arguments into a callee's formal parameters."""
    caller = operands.code
    slots = {
        position: operands.source(operand, "b64")
        for position, operand in enumerate(arguments)
        if not (isinstance(operand, Symbol) and operand.name in caller.parameter_offsets)
    }

    def passing(frame: Frame, callee: Frame, lanes: Bools) -> None:
        formals = callee.code.function.parameters
        for position, (operand, formal) in enumerate(zip(arguments, formals, strict=False)):
            if position in slots:
                row, taint = (
                    frame.registers.values[slots[position]],
                    frame.registers.unknown[slots[position]],
                )
                _give(callee, formal, (row, taint), lanes)
            else:
                start = caller.parameter_offsets[operand.name]  # type: ignore[union-attr]
                place = callee.code.parameter_offsets[formal.name]
                size = formal.size_bytes
                _copy(frame, callee, (start, place, size), lanes)

    return passing


def _give(callee: Frame, formal: Parameter, value: tuple[Array, object], lanes: Bools) -> None:
    """An argument passed in a register, to a formal parameter in memory or in a register."""
    row, taint = value
    dtype = unsigned(min(size_of(formal.type), 8))
    place = np.full(len(lanes), callee.code.parameter_offsets[formal.name], np.uint64)
    bank = callee.registers.parameters
    if bank is not None:
        bank.store(place, lanes, converted(row, dtype), taint)  # type: ignore[arg-type]
    if callee.code.has_register(formal.name):
        slot = callee.code.register(formal.name, formal.type)
        target = container(callee.code.slot_types[slot])
        callee.registers.write(slot, converted(row, target), taint, Mask.of(lanes))  # type: ignore[arg-type]


def _copy(source: Frame, target: Frame, span: tuple[int, int, int], lanes: Bools) -> None:
    """Parameter bytes from one call's memory to another's, with what is known of them."""
    start, place, size = span
    from_bank, to_bank = source.registers.parameters, target.registers.parameters
    if from_bank is None or to_bank is None:
        return
    rows = np.nonzero(lanes)[0]
    steps = np.arange(size)
    read = from_bank.base[rows][:, None] + start + steps
    written = to_bank.base[rows][:, None] + place + steps
    to_bank.data[written] = from_bank.data[read]
    to_bank.taint[written] = from_bank.taint[read]


def _receiving(
    operands: Operands, results: tuple[Operand, ...]
) -> Callable[[Frame | None, Frame, Bools], None]:
    """What copies a callee's results to its caller; without a callee they become unknown."""
    caller = operands.code
    slots = [operands.destination(o) if isinstance(o, Register) else None for o in results]

    def receiving(callee: Frame | None, frame: Frame, lanes: Bools) -> None:
        returns = callee.code.function.returns if callee is not None else ()
        for position, operand in enumerate(results):
            slot = slots[position]
            formal = returns[position] if position < len(returns) else None
            if slot is not None:
                _take(callee, frame, (slot, formal), lanes)
            elif isinstance(operand, Symbol) and operand.name in caller.parameter_offsets:
                start = caller.parameter_offsets[operand.name]
                if callee is not None and formal is not None:
                    place = callee.code.parameter_offsets[formal.name]
                    _copy(callee, frame, (place, start, formal.size_bytes), lanes)
                else:
                    _blur(frame.registers.parameters, start, caller.size_at(start), lanes)

    return receiving


def _take(
    callee: Frame | None, frame: Frame, where: tuple[int, Parameter | None], lanes: Bools
) -> None:
    """A result received in a register."""
    slot, formal = where
    mask = Mask.of(lanes)
    if callee is None or formal is None:
        frame.registers.forget(slot, mask)
        return
    target = container(frame.code.slot_types[slot])
    if callee.code.has_register(formal.name):
        own = callee.code.register(formal.name, formal.type)
        row, taint = callee.registers.values[own], callee.registers.unknown[own]
    else:
        place = np.full(len(lanes), callee.code.parameter_offsets[formal.name], np.uint64)
        bank = callee.registers.parameters
        if bank is None:
            frame.registers.forget(slot, mask)
            return
        row, taint = bank.load(place, lanes, unsigned(min(size_of(formal.type), 8)))
    frame.registers.write(slot, converted(row, target), taint, mask)


def _blur(bank: Bank | None, start: int, size: int, lanes: Bools) -> None:
    if bank is not None:
        written = bank.base[lanes][:, None] + start + np.arange(size)
        bank.taint[written] = 1
