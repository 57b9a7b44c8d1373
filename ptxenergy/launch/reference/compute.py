"""Steps that compute: each lane's destination from its own sources, with what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.arithmetic import (
    destination_types,
    operation,
    reads_carry,
    source_types,
    writes_carry,
)
from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.lanes import ALL, Array, Mask, Taint, join
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.types import container, converted, is_signed, is_wide
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction, Negation, Operand, Pair, Register, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_SELF_ZERO: Final = frozenset({"xor", "sub"})
_CARRY: Final = "%cc.cf"
Slots: TypeAlias = "int | tuple[int, ...]"


class Source(Struct, frozen=True):
    """A source operand: its slots, and what is done to its row before it is used."""

    slots: Slots
    cut_to: np.dtype[np.generic] | None = None
    inverted: bool = False

    def row(self, values: list[Array]) -> Any:
        """The operand's row, or a tuple of rows of a vector."""
        if isinstance(self.slots, tuple):
            return tuple(values[slot] for slot in self.slots)
        row = values[self.slots]
        if self.inverted:
            return ~row
        return row if self.cut_to is None else converted(row, self.cut_to)


class Target(Struct, frozen=True):
    """A destination register; `container` is None where its row is taken as it comes."""

    slot: int
    container: np.dtype[np.generic] | None
    signed: bool


def compute(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """The step of an instruction whose result is a function of its sources, lane by lane."""
    slots = target_slots(operands, instruction, opcode)
    pair = bool(instruction.operands) and isinstance(instruction.operands[0], Pair)
    function = operation(opcode, pair) if opcode.known else None
    if function is None or _reads_parts(instruction):
        return forget(slots)
    if writes_carry(opcode):
        slots.append(operands.code.register(_CARRY, "pred"))
    sources = _sources(operands, instruction, opcode)
    targets = _targets(operands, slots, destination_types(opcode))
    same = len(sources) == 2 and sources[0] == sources[1]
    # Not of floats: the difference of a NaN or an infinity with itself is no zero.
    is_integer = opcode.category == "int"
    if opcode.root in _SELF_ZERO and same and is_integer and len(slots) == 1:
        return _assign_zero(slots)
    settle = _RULES.get(opcode.root)
    plain = [s.slots for s in sources if isinstance(s.slots, int) and s == Source(s.slots)]
    only = targets[0] if len(targets) == 1 else None
    if only is not None and settle is None and len(plain) == len(sources):
        return _one_result(only, plain, function)
    return _several_results(targets, sources, function, settle)


def target_slots(operands: Operands, instruction: Instruction, opcode: Opcode) -> list[int | None]:
    """The slots of all destinations, the elements of vectors one by one."""
    return [
        slot
        for operand in instruction.operands[: opcode.destinations]
        for slot in operands.destinations(operand)
    ]


def _reads_parts(instruction: Instruction) -> bool:
    """Video instructions read parts of registers, which the arithmetic does not do."""
    return any(isinstance(o, Register) and o.selector for o in instruction.operands)


def _targets(
    operands: Operands, slots: list[int | None], types: tuple[str, ...]
) -> list[Target | None]:
    found: list[Target | None] = []
    for position, slot in enumerate(slots):
        if slot is None:
            found.append(None)
            continue
        ptx_type = operands.code.slot_types[slot]
        own = None if is_wide(ptx_type) else container(ptx_type)
        signed = position < len(types) and is_signed(types[position])
        found.append(Target(slot, own, signed))
    return found


def _sources(operands: Operands, instruction: Instruction, opcode: Opcode) -> list[Source]:
    types = source_types(opcode)
    found: list[Source] = []
    for position, operand in enumerate(instruction.operands[opcode.destinations :]):
        wanted = types[min(position, len(types) - 1)] if types else "u32"
        found.append(_source(operands, operand, wanted))
    if reads_carry(opcode):
        found.append(Source(operands.code.register(_CARRY, "pred")))
    return found


def _source(operands: Operands, operand: Operand, wanted: str) -> Source:
    if isinstance(operand, Vector):
        return Source(tuple(operands.source(element, wanted) for element in operand.elements))
    if isinstance(operand, Negation) and isinstance(operand.operand, Register):
        return Source(operands.source(operand.operand, wanted), inverted=True)
    slot = operands.source(operand, wanted)
    held = operands.code.slot_types[slot]
    if "pred" in (held, wanted) or is_wide(held) or container(held) == container(wanted):
        return Source(slot)
    return Source(slot, container(wanted))


def _one_result(target: Target, sources: list[int], function: Callable[..., Any]) -> Execute:
    """The common case, kept short because most of the time is spent here."""
    slot, dtype, signed = target.slot, target.container, target.signed

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        taint: Taint = None
        unknown, values = registers.unknown, registers.values
        for source in sources:
            taint = join(taint, unknown[source])
        if taint is ALL and machine.skips_unknown:
            registers.forget(slot, mask)
            return
        row = function(*[values[source] for source in sources])
        if dtype is not None and row.dtype != dtype:
            row = converted(row, dtype, signed=signed)
        registers.write(slot, row, taint, mask)

    return execute


def _several_results(
    targets: list[Target | None],
    sources: list[Source],
    function: Callable[..., Any],
    settle: Callable[[list[Array], list[Taint]], Taint] | None,
) -> Execute:
    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        rows = [source.row(registers.values) for source in sources]
        taints = [_taint(source, registers) for source in sources]
        taint = settle(rows, taints) if settle else _joined(taints)
        results = function(*rows)
        results = results if isinstance(results, tuple) else (results,)
        for target, result in zip(targets, results, strict=False):
            if target is not None:
                row = result
                if target.container is not None:
                    row = converted(result, target.container, signed=target.signed)
                registers.write(target.slot, row, taint, mask)

    return execute


def _taint(source: Source, registers: Registers) -> Taint:
    if isinstance(source.slots, int):
        return registers.unknown[source.slots]
    return _joined([registers.unknown[slot] for slot in source.slots])


def _joined(taints: list[Taint]) -> Taint:
    result: Taint = None
    for taint in taints:
        result = join(result, taint)
    return result


def _zero_settles(rows: list[Array], taints: list[Taint]) -> Taint:
    """A product or a conjunction with a known zero is known."""
    taint = _joined(taints)
    if taint is None or len(rows) != 2 or (taints[0] is ALL and taints[1] is ALL):
        return taint
    known = np.zeros(len(rows[0]), np.bool_)
    for row, own in zip(rows, taints, strict=True):
        known |= (row == 0) & ~_as_lanes(own, len(known))
    return _as_lanes(taint, len(known)) & ~known if known.any() else taint


def _choice_settles(rows: list[Array], taints: list[Taint]) -> Taint:
    """A choice by a known predicate depends only on what is chosen."""
    if taints[2] is not None:
        return _joined(taints)
    if taints[0] is taints[1]:
        return taints[0]
    size = len(rows[2])
    return np.where(rows[2], _as_lanes(taints[0], size), _as_lanes(taints[1], size))


def _as_lanes(taint: Taint, size: int) -> Array:
    if taint is None:
        return np.zeros(size, np.bool_)
    return np.ones(size, np.bool_) if taint is ALL else taint  # type: ignore[return-value]


_RULES: Final[dict[str, Callable[[list[Array], list[Taint]], Taint]]] = {
    "and": _zero_settles,
    "mul": _zero_settles,
    "selp": _choice_settles,
}


def forget(targets: list[int | None]) -> Execute:
    """The step of an instruction whose results nobody can know."""

    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        for target in targets:
            if target is not None:
                registers.forget(target, mask)

    return execute


def _assign_zero(targets: list[int | None]) -> Execute:
    def execute(_: Machine, registers: Registers, mask: Mask) -> None:
        for target in targets:
            if target is not None:
                zero = np.zeros_like(registers.values[target])
                registers.write(target, zero, None, mask)

    return execute
