"""Steps that compute: the affine rules where something moves, plain arithmetic where not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ptxenergy.launch.closed.affine import RULES
from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.forms import Form, helpful
from ptxenergy.launch.closed.grain import grain_of
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import destination, source
from ptxenergy.launch.closed.operation import operation_of
from ptxenergy.launch.closed.predicates import agreed, either, sign_question
from ptxenergy.launch.closed.settled import still_unknown, with_places
from ptxenergy.launch.closed.value import (
    UNKNOWN,
    UNKNOWNS,
    Hint,
    Value,
    is_zero,
    numbers,
    resized,
)
from ptxenergy.launch.reference.lanes import ALL, Array, Bools, Taint, join
from ptxenergy.launch.reference.types import container, converted
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction, Negation, Pair, Register, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

Reader = tuple[int, "np.dtype[np.generic] | None", bool]


def compute(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """The step of an instruction whose result is a function of its sources, lane by lane."""
    first = instruction.operands[0]
    pair = isinstance(first, Pair)
    named = (first.first, first.second) if isinstance(first, Pair) else (first,)
    if isinstance(first, Vector) or opcode.destinations > 1:
        return forget(code, instruction, opcode)
    what = operation_of(opcode, pair)
    if what is None:
        return forget(code, instruction, opcode)
    readers = [
        _reader(code, operand, what.types[min(at, len(what.types) - 1)] if what.types else "u32")
        for at, operand in enumerate(instruction.operands[opcode.destinations :])
    ]
    if any(reader is None for reader in readers):
        return forget(code, instruction, opcode)
    targets = [destination(code, operand) for operand in named]
    sources = [reader for reader in readers if reader is not None]
    if len(targets) == 1 and targets[0] is not None:
        return _single((*targets[0], what.gives_signed), sources, what.form, what.rule)
    return _pair(targets, sources, what.form, what.rule)


def _reader(code: Code, operand: Any, wanted: str) -> Reader | None:
    """Slot, container to be cut to, and whether a predicate is inverted; None if not followed."""
    inverted = isinstance(operand, Negation) and isinstance(operand.operand, Register)
    bare = operand.operand if inverted else operand
    if isinstance(bare, Vector) or (isinstance(bare, Register) and bare.selector):
        return None
    slot = source(code, bare, wanted)
    held = bare.type if isinstance(bare, Register) else wanted
    if "pred" in (held, wanted) or container(held) == container(wanted):
        return slot, None, inverted
    return slot, container(wanted), inverted


def _read(machine: Machine, reader: Reader) -> Value:
    value = machine.read(reader[0])
    if reader[2]:
        if value.taint is ALL:
            return value
        return Value(~value.base, None, value.taint, value.mixed, value.hints)
    if reader[1] is not None and value.taint is not ALL:
        return resized(value, reader[1], machine.scope.size)
    return value


def _single(
    target: tuple[int, np.dtype[np.generic], bool],
    readers: list[Reader],
    form: Form,
    rule: Callable[..., Value | None] | None,
) -> Step:
    slot, dtype, signed = target

    def step(machine: Machine, lanes: Lanes) -> None:
        value = evaluated(machine, [_read(machine, reader) for reader in readers], form, rule)
        if value.taint is not ALL and value.base.dtype != dtype:
            base = converted(value.base, dtype, signed=signed)
            wider = dtype.itemsize > value.base.dtype.itemsize and value.strides is not None
            fixed = Value(base, value.strides, value.taint, value.mixed, value.hints)
            value = opaque(machine, fixed) if wider else fixed
        machine.write(slot, value, lanes)

    return step


def _pair(
    targets: list[tuple[int, np.dtype[np.generic]] | None],
    readers: list[Reader],
    form: Form,
    rule: Callable[..., Value | None] | None,
) -> Step:
    """`setp p|q`: the second is the opposite of the first."""
    if form.root != "setp":
        raise UnsupportedError(f"pair of {form.root}")

    def step(machine: Machine, lanes: Lanes) -> None:
        value = evaluated(machine, [_read(machine, reader) for reader in readers], form, rule)
        other = value
        if value.taint is not ALL:
            base = ~value.base.astype(np.bool_)
            other = Value(base, None, value.taint, value.mixed, value.hints)
        for target, result in zip(targets, (value, other), strict=False):
            if target is not None:
                machine.write(target[0], result, lanes)

    return step


def evaluated(
    machine: Machine, values: list[Value], form: Form, rule: Callable[..., Value | None] | None
) -> Value:
    """The result of an operation, with what is known and what moves."""
    taint: Taint = None
    mixed: Bools | None = None
    moves = False
    for value in values:
        if value.taint is not None:
            taint = join(taint, value.taint)
        if value.mixed is not None:
            mixed = value.mixed if mixed is None else mixed | value.mixed
        moves = moves or value.strides is not None
    if taint is not None and (rule is not None or form.bits == 1):
        taint = still_unknown(form, values, taint, machine.scope.size)
        values = with_places(form, values)
    if taint is ALL:
        return UNKNOWNS[grain_of(machine.scope, *values)]
    if taint is None and values[0].parts is not None and len(values) == 2:
        split = by_parts(machine, values, form, rule)
        if split is not None:
            return split
    if not moves:
        result = Value(_computed(form, values))
    else:
        found = rule(machine.scope, form, values) if rule is not None else None
        if found is None:
            base = _computed(form, values)
            found = Value(base, None, None, moving(machine, values), helpful(form, values))
        result = found
    if taint is None and mixed is None:
        return result
    if form.bits == 1 and taint is None and len(values) == 2 and form.root in ("and", "or"):
        return agreed(form.root, values[0], values[1])
    return joined(result, values, taint, mixed)


def by_parts(
    machine: Machine, values: list[Value], form: Form, rule: Callable[..., Value | None] | None
) -> Value | None:
    """A question about `a | b` answered from a and b: its sign, or its upper bits."""
    first, fixed = values
    if first.parts is None or not fixed.is_plain or fixed.base.shape[0] != 1:
        return None
    if form.root == "setp":
        together = sign_question(form, int(numbers(fixed.base, signed=True)[0]))
    else:
        together = "bits" if form.root in ("and", "shr") else None
    if together is None:
        return None
    one, other = (evaluated(machine, [part, fixed], form, rule) for part in first.parts)
    if together != "bits":
        return agreed(together, one, other)
    if one.strides is not None or other.strides is not None:
        return None
    return joined(Value(one.base | other.base), [one, other], None, either(one.mixed, other.mixed))


def _computed(form: Form, values: list[Value]) -> Array:
    """Plain arithmetic; what does not work element by element is given whole rows."""
    rows = [value.base for value in values]
    if form.root not in RULES:
        size = max(row.shape[0] for row in rows)
        rows = [np.ascontiguousarray(np.broadcast_to(row, (size,))) for row in rows]
    return np.asarray(form.compute(*rows))


def joined(result: Value, values: list[Value], taint: Taint, mixed: Bools | None) -> Value:
    """A result with what its sources bring of doubt."""
    hints = result.hints
    if mixed is not None:
        mixed = mixed if result.mixed is None else mixed | result.mixed
        hints = tuple(dict.fromkeys((*hints, *(h for value in values for h in value.hints))))
    else:
        mixed = result.mixed
    taint = join(result.taint, taint)
    return Value(result.base, result.strides, taint, mixed, hints, result.parts)


def moving(machine: Machine, values: list[Value]) -> Bools:
    """Lanes in which one of some values moves."""
    found = np.zeros(machine.scope.size, np.bool_)
    for value in values:
        for stride in (value.strides or {}).values():
            found |= np.asarray(stride) != 0
    return found


def opaque(machine: Machine, value: Value) -> Value:
    """A moving value as one that is known at the origin only."""
    hints = tuple(
        Hint(dim) for dim in value.strides or {} if not is_zero((value.strides or {})[dim])
    )
    mixed = moving(machine, [value])
    mixed = mixed if value.mixed is None else mixed | value.mixed
    return Value(value.base, None, value.taint, mixed, (*value.hints, *hints))


def forget(
    code: Code,
    instruction: Instruction,
    opcode: Opcode,
    grain: Callable[[Machine], int] | None = None,
) -> Step:
    """The step of an instruction whose results nobody can know, or are not followed here.

    `grain` says which lanes get the same; without it each gets its own.
    """
    places = [
        place
        for operand in instruction.operands[: opcode.destinations]
        for place in _destinations(code, operand)
    ]

    def step(machine: Machine, lanes: Lanes) -> None:
        result = UNKNOWN if grain is None or not places else UNKNOWNS[grain(machine)]
        for slot in places:
            machine.write(slot, result, lanes)

    return step


def _destinations(code: Code, operand: Any) -> list[int]:
    if isinstance(operand, Vector):
        return [slot for element in operand.elements for slot in _destinations(code, element)]
    if isinstance(operand, Pair):
        return [*_destinations(code, operand.first), *_destinations(code, operand.second)]
    return [code.slot(operand.name)] if isinstance(operand, Register) else []


def truth_row(machine: Machine, base: Array) -> Bools:
    """A predicate given to every lane."""
    return np.broadcast_to(base, (machine.scope.size,))
