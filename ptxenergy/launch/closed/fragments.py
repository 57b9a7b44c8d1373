"""`wmma.load` and `wmma.store`: the rows of a matrix at a stride, in pieces a lane each.

The same layout as in `reference/matrices.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from ptxenergy.launch.closed.code import Code, UnsupportedError
from ptxenergy.launch.closed.operands import source
from ptxenergy.launch.closed.value import Value
from ptxenergy.launch.reference.lanes import WARP
from ptxenergy.program.fragments import matrix_shape
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine


class Fragment(Struct, frozen=True):
    """A matrix in memory: elements of a row, bytes of an element and of a lane's piece, and the
    slot of how many elements one row lies behind another (None: close together)."""

    columns: int
    element: int
    width: int
    pitch: int | None


def fragment_of(code: Code, instruction: Instruction, opcode: Opcode) -> Fragment:
    """The matrix that an instruction moves."""
    rows, columns, element = matrix_shape(opcode)
    listed = instruction.operands
    pitch = source(code, listed[2], "u32") if len(listed) > 2 else None
    return Fragment(columns, element, max(1, rows * columns * element // WARP), pitch)


def spread(machine: Machine, what: Fragment, value: Value) -> Value:
    """Each lane's address from that of the matrix. Raises UnsupportedError where rows lie at a
    distance that differs between lanes or blocks."""
    pitch = what.columns
    if what.pitch is not None:
        given = machine.read(what.pitch)
        if not given.is_plain or (given.base != given.base[0]).any():
            raise UnsupportedError("a matrix at a pitch that varies")
        pitch = int(given.base[0])
    first = np.arange(machine.scope.size) % WARP * what.width
    row, within = np.divmod(first, what.columns * what.element)
    shift = (row * pitch * what.element + within).astype(value.base.dtype)
    return Value(value.base + shift, value.strides, value.taint, value.mixed, value.hints)
