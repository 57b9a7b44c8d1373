"""Calls: what they are given, and what they give back.

The memory of parameters between a call and its function is taken for registers, one for each
place that is written or read: compilers pass each value as a whole, at a place that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.compute import opaque
from ptxenergy.launch.closed.frames import run_call
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import destination, source
from ptxenergy.launch.closed.value import UNKNOWN, Value, resized
from ptxenergy.launch.reference.arithmetic.forms import is_signed
from ptxenergy.launch.reference.lanes import ALL
from ptxenergy.launch.reference.types import converted, is_wide, size_of, unsigned
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import (
    Address,
    Group,
    Instruction,
    Operand,
    Parameter,
    Register,
    Symbol,
    Vector,
)

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

Place: TypeAlias = tuple[str, str, int, int]
"""("param", variable, offset, bytes): a register of parameter memory."""
_PARAM: Final = "param"


@dataclass(frozen=True, slots=True)
class Call:
    """A call taken apart."""

    callee: str
    results: tuple[Operand, ...]
    arguments: tuple[Operand, ...]


def call(code: Code, codes: Mapping[str, Code], instruction: Instruction) -> Step:
    """The step of a call; of a function without a body the results are unknown."""
    what = _taken_apart(instruction)
    results = _result_slots(code, what.results)
    if what.callee not in codes:
        return _blind(code, what.results, results)
    callee = codes[what.callee]
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


def _taken_apart(instruction: Instruction) -> Call:
    places = list(instruction.operands)
    results: tuple[Operand, ...] = ()
    arguments: tuple[Operand, ...] = ()
    if places and isinstance(places[0], Group):
        results = places.pop(0).elements  # type: ignore[union-attr]
    target = places.pop(0) if places else None
    if places and isinstance(places[0], Group):
        arguments = places.pop(0).elements  # type: ignore[union-attr]
    if not isinstance(target, Symbol):
        raise UnsupportedError("indirect call")
    return Call(target.name, results, arguments)


def _result_slots(code: Code, results: tuple[Operand, ...]) -> list[int | None]:
    return [code.slot(o.name) if isinstance(o, Register) else None for o in results]


def _blind(code: Code, results: tuple[Operand, ...], slots: list[int | None]) -> Step:
    def step(machine: Machine, lanes: Lanes) -> None:
        for operand, slot in zip(results, slots, strict=True):
            named = [slot] if slot is not None else list(_places(code, operand).values())
            for one in named:
                machine.write(one, UNKNOWN, lanes)

    return step


def _places(code: Code, operand: Operand) -> dict[Place, int]:
    """The registers of a variable in parameter memory."""
    name = operand.name if isinstance(operand, Symbol) else ""
    return {
        key: slot
        for key, slot in code.slots.items()
        if isinstance(key, tuple) and key[:2] == (_PARAM, name)
    }


def _given(
    machine: Machine, callee: Code, argument: str | int, formal: Parameter
) -> dict[int, Value]:
    """What a function finds in a formal parameter."""
    found: dict[int, Value] = {}
    if isinstance(argument, int):
        size = size_of(formal.type)
        value = _of_size(machine, machine.read(argument), size, signed=False)
        for key in ((_PARAM, formal.name, 0, size), formal.name):
            if key in callee.slots:
                found[callee.slots[key]] = value
        return found
    for key, slot in _places(machine.frame.code, Symbol(argument)).items():
        inner = callee.slots.get((_PARAM, formal.name, *key[2:]))
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
            own = callee.slots.get((_PARAM, formal.name, 0, size_of(formal.type)))
        value = UNKNOWN if own is None else values[own] or UNKNOWN
        machine.write(slot, value, lanes)
        return
    for key, place in _places(machine.frame.code, operand).items():
        own = callee.slots.get((_PARAM, formal.name, *key[2:]))
        value = UNKNOWN if own is None else values[own] or UNKNOWN
        machine.write(place, value, lanes)


def parameter_access(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """`ld.param` and `st.param` between a call and its function."""
    is_load = opcode.root in ("ld", "ldu")
    data, where = instruction.operands[:2] if is_load else instruction.operands[1::-1]
    base = where.base if isinstance(where, Address) else where
    ptx_type = opcode.types[-1] if opcode.types else "b32"
    if not isinstance(base, Symbol) or is_wide(ptx_type) or opcode.root not in ("ld", "ldu", "st"):
        raise UnsupportedError(instruction.opcode)
    start = base.offset + (where.offset if isinstance(where, Address) else 0)
    size = size_of(ptx_type)
    elements = data.elements if isinstance(data, Vector) else (data,)
    cells = [
        code.slot((_PARAM, base.name, start + size * position, size))
        for position in range(len(elements))
    ]
    if is_load:
        return _load(code, cells, elements, ptx_type)
    sources = [source(code, element, ptx_type) for element in elements]

    span = (base.name, start, start + size * len(cells))

    def store(machine: Machine, lanes: Lanes) -> None:
        for cell in _overlapping(code, span):
            machine.write(cell, UNKNOWN, lanes)
        for slot, cell in zip(sources, cells, strict=True):
            value = _of_size(machine, machine.read(slot), size, signed=False)
            machine.write(cell, value, lanes)

    return store


def _overlapping(code: Code, span: tuple[str, int, int]) -> list[int]:
    """The registers of parameter memory that share a byte with a stretch of it."""
    name, start, end = span
    return [
        slot
        for (_, _, offset, size), slot in _places(code, Symbol(name)).items()
        if offset < end and start < offset + size
    ]


def _load(code: Code, cells: list[int], elements: tuple[Operand, ...], ptx_type: str) -> Step:
    targets = [destination(code, element) for element in elements]
    signed = is_signed(ptx_type)

    def load(machine: Machine, lanes: Lanes) -> None:
        for cell, target in zip(cells, targets, strict=True):
            if target is not None:
                size = target[1].itemsize
                value = _of_size(machine, machine.read(cell), size, signed=signed)
                machine.write(target[0], value, lanes)

    return load


def _of_size(machine: Machine, value: Value, size: int, *, signed: bool) -> Value:
    """A value in a container of so many bytes."""
    dtype = unsigned(min(size, 8))
    if value.taint is ALL or value.base.dtype == dtype:
        return value
    if value.base.dtype.itemsize > dtype.itemsize:
        return resized(value, dtype, machine.scope.size)
    wide = Value(
        converted(value.base, dtype, signed=signed),
        value.strides,
        value.taint,
        value.mixed,
        value.hints,
    )
    return wide if value.strides is None else opaque(machine, wide)


def result_cells(code: Code) -> set[int]:
    """The registers in which a function leaves its results."""
    return {slot for formal in code.function.returns for slot in _cells_of(code, formal)}


def _cells_of(code: Code, formal: Parameter) -> list[int]:
    own = [code.slots[formal.name]] if formal.name in code.slots else []
    return [*own, *_places(code, Symbol(formal.name)).values()]


def parameter_cells(code: Code, instruction: Instruction) -> tuple[set[int], set[int]]:
    """(read, written) registers of parameter memory of a call, `ld.param` or `st.param`."""
    if instruction.opcode.startswith("call"):
        what = _taken_apart(instruction)
        read = {slot for o in what.arguments for slot in _places(code, o).values()}
        return read, {slot for o in what.results for slot in _places(code, o).values()}
    is_load = instruction.opcode.startswith("ld")
    place = instruction.operands[1 if is_load else 0]
    cells = set(_places(code, place.base if isinstance(place, Address) else place).values())
    return (cells, set()) if is_load else (set(), cells)
