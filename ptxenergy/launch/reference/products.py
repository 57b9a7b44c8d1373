"""`mma.sync` with values: D ← A·B + C by a warp, from registers (PTX ISA 9.7.14.5).

Products are exact and summed in float64, then rounded once. A GPU sums in an order and with a
rounding of its own, which PTX leaves open: floats may differ in their last bits, integers do not.
What comes out stays data in every lane, also where all that went in is known. Products in other
formats (4 bits, 8-bit floats, sparse, scaled by blocks) and `wmma` are unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.elements import STORED, per_register
from ptxenergy.launch.reference.fragments import gathered, place_a, place_b, place_c, scattered
from ptxenergy.launch.reference.lanes import ALL, WARP, Mask
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.types import container, converted
from ptxenergy.launch.reference.warpgroups import warpgroup_product
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes.tensorwork import shape_of
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_PLAIN: Final = frozenset({"sync", "aligned", "row", "col", "satfinite"})
_COLUMNS: Final = 8


class _Form(Struct, frozen=True):
    """An `mma` whose values are followed: its shape, and the types of D, A, B and C."""

    shape: tuple[int, int, int]
    types: tuple[str, str, str, str]
    saturates: bool

    @property
    def registers(self) -> tuple[int, int, int, int]:
        """Registers of D, A, B and C."""
        m, n, k = self.shape
        sizes = (m * n, m * k, k * n, m * n)
        pairs = zip(sizes, self.types, strict=True)
        d, a, b, c = (size // WARP // per_register(kind) for size, kind in pairs)
        return d, a, b, c


def product(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """The step of a product of matrices; its results are unknown where memory contents are."""
    slots = target_slots(operands, instruction, opcode)
    if opcode.root == "wgmma":
        return warpgroup_product(operands, instruction, opcode)
    form = _form(opcode)
    if form is None or len(instruction.operands) < 4:
        return forget(slots)
    own = [operands.elements(operand, "b32") for operand in instruction.operands[1:4]]
    if (len(slots), *map(len, own)) != form.registers:
        return forget(slots)
    return _multiplied(form, slots, own, operands.code.slot_types)


def _multiplied(
    form: _Form, slots: list[int | None], own: list[list[int]], types: list[str]
) -> Execute:
    m, n, k = form.shape
    d_type, a_type, b_type, c_type = form.types
    a_place, b_place, c_place = place_a(m, a_type), place_b(b_type), place_c(m)
    unknown = forget(slots)

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        if machine.skips_unknown:
            unknown(machine, registers, mask)
            return
        a_rows, b_rows, c_rows = ([registers.values[slot] for slot in part] for part in own)
        a = gathered(a_rows, a_type, a_place, (m, k))
        b = gathered(b_rows, b_type, b_place, (k, n))
        c = gathered(c_rows, c_type, c_place, (m, n))
        total = a @ b + c
        rows = scattered(total, d_type, c_place, len(slots), saturates=form.saturates)
        for slot, row in zip(slots, rows, strict=True):
            if slot is not None:
                registers.write(slot, converted(row, container(types[slot])), ALL, mask)

    return execute


def _form(opcode: Opcode) -> _Form | None:
    """What kind of `mma` it is; None where its values are not followed."""
    shape = shape_of(opcode.modifiers)
    words = set(opcode.modifiers) - set(opcode.types)
    if opcode.root != "mma" or shape is None or len(opcode.types) != 4:
        return None
    if not set(opcode.types) <= set(STORED) or "row" not in words or "col" not in words:
        return None
    m, n, k = shape
    if words - _PLAIN != {f"m{m}n{n}k{k}"} or n != _COLUMNS or m not in (8, 16):
        return None
    d_type, a_type, b_type, c_type = opcode.types
    if m == 8 and a_type == "f16":
        return None
    return _Form(shape, (d_type, a_type, b_type, c_type), "satfinite" in words)
