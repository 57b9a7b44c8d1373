"""`mov` between one register and the elements of a vector: shifts, and sums of what is shifted.

The first element takes the lowest bits (PTX ISA 9.7.9.4).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ptxenergy.launch.closed.affine import RULES
from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.compute import evaluated, forget
from ptxenergy.launch.closed.forms import Form
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import destination, source
from ptxenergy.launch.closed.operation import form_of
from ptxenergy.launch.closed.value import Value
from ptxenergy.launch.reference.arithmetic import operation
from ptxenergy.launch.reference.arithmetic.forms import BITS
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Instruction, Operand, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_WIDTHS = (16, 32, 64)


def move_elements(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """The step of a `mov` with a vector on one side; what is wider than 64 bits is forgotten."""
    target, given = instruction.operands
    vector = target if isinstance(target, Vector) else given
    whole = BITS.get(opcode.types[-1], 0) if opcode.types else 0
    elements = vector.elements if isinstance(vector, Vector) else ()
    bits = whole // max(1, len(elements))
    is_both = isinstance(target, Vector) and isinstance(given, Vector)
    if is_both or whole not in _WIDTHS or bits not in _WIDTHS:
        return forget(code, instruction, opcode)
    if isinstance(target, Vector):
        return _unpacked(code, elements, source(code, given, f"b{whole}"), (whole, bits))
    return _packed(code, target, [source(code, e, f"b{bits}") for e in elements], (whole, bits))


def _unpacked(
    code: Code, elements: tuple[Operand, ...], slot: int, widths: tuple[int, int]
) -> Step:
    whole, bits = widths
    targets = [destination(code, element) for element in elements]

    def step(machine: Machine, lanes: Lanes) -> None:
        value = machine.read(slot)
        for place, target in enumerate(targets):
            if target is not None:
                high = _applied(machine, f"shr.u{whole}", value, _count(place * bits))
                machine.write(target[0], _applied(machine, f"cvt.u{bits}.u{whole}", high), lanes)

    return step


def _packed(code: Code, target: Operand, slots: list[int], widths: tuple[int, int]) -> Step:
    whole, bits = widths
    place = destination(code, target)

    def step(machine: Machine, lanes: Lanes) -> None:
        if place is None:
            return
        total = Value(np.zeros(1, place[1]))
        for number, slot in enumerate(slots):
            wide = _applied(machine, f"cvt.u{whole}.u{bits}", machine.read(slot))
            high = _applied(machine, f"shl.b{whole}", wide, _count(number * bits))
            total = _applied(machine, f"add.u{whole}", total, high)
        machine.write(place[0], total, lanes)

    return step


def _count(bits: int) -> Value:
    return Value(np.full(1, bits, np.uint32))


def _applied(machine: Machine, opcode: str, *values: Value) -> Value:
    """The result of an instruction on values."""
    form = _form(opcode)
    return evaluated(machine, list(values), form, RULES[form.root])


@cache
def _form(text: str) -> Form:
    opcode = describe(text)
    function = operation(opcode)
    if function is None:
        raise UnsupportedError(text)
    return form_of(opcode, function)
