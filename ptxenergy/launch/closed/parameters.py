"""Memory of parameters: the launch's arguments, and what calls pass.

Between a call and its function it is taken for registers, one for each place that is written or
read: compilers pass each value as a whole, at a place that is known.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.compute import opaque
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import address, destination, source
from ptxenergy.launch.closed.value import UNKNOWN, Value, resized
from ptxenergy.launch.reference.arithmetic.forms import is_signed
from ptxenergy.launch.reference.lanes import ALL
from ptxenergy.launch.reference.types import converted, is_wide, size_of, unsigned
from ptxenergy.program.call_parts import call_parts
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import (
    Address,
    Instruction,
    Operand,
    Parameter,
    Symbol,
    Vector,
)

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

Place: TypeAlias = tuple[str, str, int, int]
"""("param", variable, offset, bytes): a register of parameter memory."""
PARAM: Final = "param"


def parameter_access(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """The step of `ld.param` and `st.param`."""
    base = _base(instruction.operands[0 if opcode.root == "st" else 1])
    if isinstance(base, Symbol) and base.name not in code.parameters:
        return _passed(code, instruction, opcode)
    return _argument(code, instruction, opcode)


def _base(operand: Operand) -> Operand:
    return operand.base if isinstance(operand, Address) else operand


def _argument(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """`ld.param` of a kernel's arguments: the bytes of the launch."""
    if opcode.root not in ("ld", "ldu"):
        raise UnsupportedError(instruction.opcode)
    slot, offset = address(code, instruction.operands[1])
    first = instruction.operands[0]
    places = list(first.elements) if isinstance(first, Vector) else [first]
    targets = [destination(code, place) for place in places]
    ptx_type = opcode.types[-1] if opcode.types else "b32"
    if is_wide(ptx_type) or (None in targets and not isinstance(first, Vector)):
        raise UnsupportedError("wide parameter")
    size, signed = size_of(ptx_type), is_signed(ptx_type)
    dtype = unsigned(min(size, 8))

    def step(machine: Machine, lanes: Lanes) -> None:
        value = machine.read(slot)
        if not value.is_plain or value.base.shape[0] != 1:
            raise UnsupportedError("parameter at a computed address")
        start = int(value.base[0]) + offset
        for position, target in enumerate(targets):
            if target is None:
                continue
            image = machine.parameter_bytes(start + position * size, size)
            row = converted(np.frombuffer(image, dtype), target[1], signed=signed)
            machine.write(target[0], Value(row), lanes)

    return step


def _passed(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """`ld.param` and `st.param` between a call and its function."""
    is_load = opcode.root in ("ld", "ldu")
    data, where = instruction.operands[:2] if is_load else instruction.operands[1::-1]
    base = _base(where)
    ptx_type = opcode.types[-1] if opcode.types else "b32"
    if not isinstance(base, Symbol) or is_wide(ptx_type) or opcode.root not in ("ld", "ldu", "st"):
        raise UnsupportedError(instruction.opcode)
    start = base.offset + (where.offset if isinstance(where, Address) else 0)
    size = size_of(ptx_type)
    elements = data.elements if isinstance(data, Vector) else (data,)
    cells = [
        code.slot((PARAM, base.name, start + size * position, size))
        for position in range(len(elements))
    ]
    if is_load:
        return _load(code, cells, elements, ptx_type)
    sources = [source(code, element, ptx_type) for element in elements]

    span = (base.name, start, start + size * len(cells))
    # All places are known once the whole function is decoded, which is before the first run.
    overlapping = cache(partial(_overlapping, code, span))

    def store(machine: Machine, lanes: Lanes) -> None:
        for cell in overlapping():
            machine.write(cell, UNKNOWN, lanes)
        for slot, cell in zip(sources, cells, strict=True):
            value = of_size(machine, machine.read(slot), size, signed=False)
            machine.write(cell, value, lanes)

    return store


def _overlapping(code: Code, span: tuple[str, int, int]) -> list[int]:
    """The registers of parameter memory that share a byte with a stretch of it."""
    name, start, end = span
    return [
        slot
        for (_, _, offset, size), slot in places_of(code, Symbol(name)).items()
        if offset < end and start < offset + size
    ]


def _load(code: Code, cells: list[int], elements: tuple[Operand, ...], ptx_type: str) -> Step:
    targets = [destination(code, element) for element in elements]
    signed = is_signed(ptx_type)

    def load(machine: Machine, lanes: Lanes) -> None:
        for cell, target in zip(cells, targets, strict=True):
            if target is not None:
                size = target[1].itemsize
                value = of_size(machine, machine.read(cell), size, signed=signed)
                machine.write(target[0], value, lanes)

    return load


def of_size(machine: Machine, value: Value, size: int, *, signed: bool) -> Value:
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
    return [*own, *places_of(code, Symbol(formal.name)).values()]


def parameter_cells(code: Code, instruction: Instruction) -> tuple[set[int], set[int]]:
    """(read, written) registers of parameter memory of a call, `ld.param` or `st.param`."""
    if instruction.opcode.startswith("call"):
        what = call_parts(instruction)
        read = {slot for o in what.arguments for slot in places_of(code, o).values()}
        return read, {slot for o in what.results for slot in places_of(code, o).values()}
    is_load = instruction.opcode.startswith("ld")
    place = instruction.operands[1 if is_load else 0]
    cells = set(places_of(code, _base(place)).values())
    return (cells, set()) if is_load else (set(), cells)


def places_of(code: Code, operand: Operand) -> dict[Place, int]:
    """The registers of a variable in parameter memory."""
    name = operand.name if isinstance(operand, Symbol) else ""
    return {
        key: slot
        for key, slot in code.slots.items()
        if isinstance(key, tuple) and key[:2] == (PARAM, name)
    }
