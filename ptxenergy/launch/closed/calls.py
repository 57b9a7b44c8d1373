"""Calls: what they are given, and what they give back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.frames import run_call
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import source
from ptxenergy.launch.closed.parameters import PARAM, of_size, places_of
from ptxenergy.launch.closed.value import UNKNOWN, Value
from ptxenergy.launch.reference.types import size_of
from ptxenergy.program.call_parts import call_parts
from ptxenergy.ptx.syntax import (
    Instruction,
    Operand,
    Parameter,
    Register,
    Symbol,
)

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine


def call(code: Code, codes: Mapping[str, Code], instruction: Instruction) -> Step:
    """The step of a call; of a function without a body the results are unknown."""
    what = call_parts(instruction)
    if not isinstance(what.target, Symbol):
        raise UnsupportedError("indirect call")
    results = _result_slots(code, what.results)
    if what.target.name not in codes:
        return _blind(code, what.results, results)
    callee = codes[what.target.name]
    arguments = [
        operand.name if isinstance(operand, Symbol) else source(code, operand, "b64")
        for operand in what.arguments
    ]

    def step(machine: Machine, lanes: Lanes) -> None:
        given: dict[int, Value] = {}
        for argument, formal in zip(arguments, callee.function.parameters, strict=False):
            given |= _given(machine, callee, argument, formal)
        held = run_call(machine, callee, lanes, given)
        for operand, slot, formal in zip(
            what.results, results, callee.function.returns, strict=False
        ):
            _take(machine, (callee, held), (operand, slot, formal), lanes)

    return step


def _result_slots(code: Code, results: tuple[Operand, ...]) -> list[int | None]:
    return [code.slot(o.name) if isinstance(o, Register) else None for o in results]


def _blind(code: Code, results: tuple[Operand, ...], slots: list[int | None]) -> Step:
    def step(machine: Machine, lanes: Lanes) -> None:
        for operand, slot in zip(results, slots, strict=True):
            named = [slot] if slot is not None else list(places_of(code, operand).values())
            for one in named:
                machine.write(one, UNKNOWN, lanes)

    return step


def _given(
    machine: Machine, callee: Code, argument: str | int, formal: Parameter
) -> dict[int, Value]:
    """What a function finds in a formal parameter."""
    found: dict[int, Value] = {}
    if isinstance(argument, int):
        size = size_of(formal.type)
        value = of_size(machine, machine.read(argument), size, signed=False)
        for key in ((PARAM, formal.name, 0, size), formal.name):
            if key in callee.slots:
                found[callee.slots[key]] = value
        return found
    for key, slot in places_of(machine.frame.code, Symbol(argument)).items():
        inner = callee.slots.get((PARAM, formal.name, *key[2:]))
        if inner is not None:
            found[inner] = machine.read(slot)
    return found


def _take(
    machine: Machine,
    returned: tuple[Code, list[Value | None]],
    where: tuple[Operand, int | None, Parameter],
    lanes: Lanes,
) -> None:
    """Hand a result to the caller, in a register or in parameter memory."""
    (callee, values), (operand, slot, formal) = returned, where
    if slot is not None:
        own = callee.slots.get(formal.name)
        if own is None:
            own = callee.slots.get((PARAM, formal.name, 0, size_of(formal.type)))
        value = UNKNOWN if own is None else values[own] or UNKNOWN
        machine.write(slot, value, lanes)
        return
    for key, place in places_of(machine.frame.code, operand).items():
        own = callee.slots.get((PARAM, formal.name, *key[2:]))
        value = UNKNOWN if own is None else values[own] or UNKNOWN
        machine.write(place, value, lanes)
