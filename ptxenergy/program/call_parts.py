"""The parts of a call."""

from __future__ import annotations

from msgspec import Struct

from ptxenergy.ptx.syntax import Group, Instruction, Operand, Symbol


class CallParts(Struct, frozen=True):
    """`call (results), target, (arguments), table` (PTX ISA 9.7.12.5).

    `target` is a function's name or a register with its address, for which `table` may name what
    it can be; empty where there is none.
    """

    target: Operand
    results: tuple[Operand, ...]
    arguments: tuple[Operand, ...]
    table: str


def call_parts(instruction: Instruction) -> CallParts:
    """A call taken apart."""
    places = list(instruction.operands)
    results = _elements(places)
    target = places.pop(0) if places else Symbol("")
    arguments = _elements(places)
    table = places[0].name if places and isinstance(places[0], Symbol) else ""
    return CallParts(target, results, arguments, table)


def _elements(places: list[Operand]) -> tuple[Operand, ...]:
    """Take a group in brackets off the front, where there is one."""
    if not places or not isinstance(places[0], Group):
        return ()
    group = places.pop(0)
    return group.elements if isinstance(group, Group) else ()
