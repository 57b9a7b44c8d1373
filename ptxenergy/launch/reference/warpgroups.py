"""`wgmma.mma_async` with values: D ← A·B + D by four warps, B in shared memory (PTX ISA 9.7.15.5).

The product is there at once: what `wgmma.wait_group` waits for has always come. Each warp has 16 of
the 64 rows of D, and is computed by itself. Followed are descriptors without swizzling, of matrices
whose k runs fastest; what comes of others is unknown. Sums are those of `products.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.compute import forget, target_slots
from ptxenergy.launch.reference.elements import STORED, numbers, per_register
from ptxenergy.launch.reference.fragments import gathered, place_a, place_c, scattered
from ptxenergy.launch.reference.lanes import ALL, WARP, Array, Mask
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.types import container, converted
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes.tensorwork import shape_of
from ptxenergy.ptx.syntax import Immediate, Instruction, Negation, Operand, Vector

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_PLAIN: Final = frozenset({"mma_async", "sync", "aligned", "satfinite"})
_WARPS: Final = 4
_ROWS: Final = 16
_ROW_BYTES: Final = 32
"""Of A and B, along k: two cores of eight rows by 16 bytes."""


class _Form(Struct, frozen=True):
    """A `wgmma` whose values are followed: N, elements along k, types of D, A and B.

    `signs`: of A and B, 1 or -1. `a` are the registers of A, or the one of its descriptor.
    """

    columns: int
    depth: int
    types: tuple[str, str, str]
    signs: tuple[int, int]
    a: tuple[int, ...]
    b: int
    adds: tuple[int, bool]
    saturates: bool

    @property
    def has_a_in_registers(self) -> bool:
        """Whether A comes from registers."""
        return len(self.a) > 1


def warpgroup_product(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    """The step of a `wgmma.mma_async`."""
    slots = target_slots(operands, instruction, opcode)
    form = _form(operands, instruction, opcode)
    unknown = forget(slots)
    if form is None or len(slots) != form.columns // 2 // per_register(form.types[0]):
        return unknown
    d_place, types, count = place_c(_ROWS), operands.code.slot_types, len(slots)

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        total = None if machine.skips_unknown else _sum(machine, registers, form, mask)
        if total is None or any(slot is None for slot in slots):
            unknown(machine, registers, mask)
            return
        own = [registers.values[slot] for slot in slots if slot is not None]
        shape = (_ROWS, form.columns)
        before = gathered(own, form.types[0], d_place, shape)
        slot, negated = form.adds
        adds = (registers.values[slot] != negated).reshape(-1, WARP)[:, 0]
        total = np.where(adds[:, None, None], total + before, total)
        rows = scattered(total, form.types[0], d_place, count, saturates=form.saturates)
        for target, row in zip(slots, rows, strict=True):
            if target is not None:
                registers.write(target, converted(row, container(types[target])), ALL, mask)

    return execute


def _form(operands: Operands, instruction: Instruction, opcode: Opcode) -> _Form | None:
    """What kind of `wgmma` it is; None where its values are not followed."""
    shape, places = shape_of(opcode.modifiers), instruction.operands
    words = set(opcode.modifiers) - set(opcode.types)
    if shape is None or len(opcode.types) != 3 or not set(opcode.types) <= set(STORED):
        return None
    m, columns, depth = shape
    d_type, a_type, b_type = opcode.types
    if words - _PLAIN != {f"m{m}n{columns}k{depth}"} or len(places) < 4:
        return None
    if depth * STORED[a_type].itemsize != _ROW_BYTES:
        return None
    given = [_number(place) for place in places[4:]]
    signs = (given[0], given[1]) if len(given) > 1 else (1, 1)
    # What follows the signs asks for matrices whose k does not run fastest.
    if any(given[2:]):
        return None
    a = tuple(operands.elements(places[1], "b32" if isinstance(places[1], Vector) else "b64"))
    last = places[3]
    negated = isinstance(last, Negation)
    adds = operands.source(last.operand if isinstance(last, Negation) else last, "pred"), negated
    b = operands.source(places[2], "b64")
    saturates = "satfinite" in words
    return _Form(columns, depth, (d_type, a_type, b_type), signs, a, b, adds, saturates)


def _number(operand: Operand) -> int:
    if isinstance(operand, Negation):
        return -_number(operand.operand)
    return int(operand.value) if isinstance(operand, Immediate) else 1


def _sum(machine: Machine, registers: Registers, form: _Form, mask: Mask) -> Array | None:
    """A·B of each warp (warps, 16, N); None where a descriptor is of another kind."""
    warps = machine.lanes // WARP
    everywhere = np.zeros(warps, np.int64)
    b = _tile(machine, (registers, mask), (form.b, form.types[2]), everywhere, form.columns)
    if form.has_a_in_registers:
        rows = [registers.values[slot] for slot in form.a]
        a = gathered(rows, form.types[1], place_a(_ROWS, form.types[1]), (_ROWS, form.depth))
    else:
        first = np.arange(warps) % machine.warps_per_block % _WARPS * _ROWS
        found = _tile(machine, (registers, mask), (form.a[0], form.types[1]), first, _ROWS)
        if found is None:
            return None
        a = found
    if b is None:
        return None
    total: Array = (form.signs[0] * a) @ (form.signs[1] * b).transpose(0, 2, 1)
    return total


def _tile(
    machine: Machine,
    who: tuple[Registers, Mask],
    what: tuple[int, str],
    first_row: Array,
    rows: int,
) -> Array | None:
    """Rows of a matrix in shared memory, (warps, rows, elements along k), from its descriptor.

    A descriptor has three fields of 14 bits in units of 16 bytes: start at bit 0, from one core to
    the next along k at bit 16, from eight rows to the next eight at bit 32. Bits 62 and 63 are the
    swizzling (PTX ISA 9.7.15.5.1.2).
    """
    (registers, mask), (slot, ptx_type) = who, what
    active = mask.lanes.reshape(-1, WARP)
    words = registers.values[slot].reshape(-1, WARP)[np.arange(len(active)), active.argmax(axis=1)]
    if (words[active.any(axis=1)] >> np.uint64(62)).any():
        return None
    start, along, down = (
        ((words >> np.uint64(bit)) & np.uint64(0x3FFF)).astype(np.int64)[:, None, None] << 4
        for bit in (0, 16, 32)
    )
    row = (first_row[:, None] + np.arange(rows))[:, :, None]
    byte = np.arange(_ROW_BYTES)
    at = start + row % 8 * 16 + row // 8 * down + byte // 16 * along + byte % 16
    bank = machine.shared.contents
    inside = at < bank.shape[1]
    slots = machine.shared.slot_of_lane[::WARP][:, None, None]
    return numbers(np.where(inside, bank[slots, np.where(inside, at, 0)], 0), ptx_type)
