"""From the addresses of one instruction to the spaces that its lanes touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.lanes import Array, Bools, Mask, distinct, tainted_lanes
from ptxenergy.launch.reference.placement import RANK_SHIFT, WINDOWS
from ptxenergy.launch.reference.registers import Registers

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

_SPACE_OF_TAG: Final = {tag: space for space, tag in WINDOWS.items()}
_OFFSET_MASK: Final = np.uint64((1 << RANK_SHIFT) - 1)


class Where(Struct, frozen=True):
    """The address operand of an instruction: base slot, constant offset, state space."""

    slot: int
    offset: int
    space: str


class Part(Struct, frozen=True):
    """Lanes that touch one space, at offsets in it; `unknown` are those that data decides."""

    space: str
    offsets: Array
    lanes: Bools
    unknown: Bools | None


def addresses(registers: Registers, where: Where) -> Array:
    """One 64-bit address a lane; a 32-bit base wraps at 32 bits."""
    row = registers.values[where.slot]
    if where.offset:
        limit = (1 << (8 * row.dtype.itemsize)) - 1
        row = row + row.dtype.type(where.offset & limit)
    return row if row.dtype == np.uint64 else row.astype(np.uint64)


def resolved(machine: Machine, registers: Registers, where: Where, mask: Mask) -> list[Part]:
    """The spaces that the lanes of an instruction touch, generic addresses told apart.

    A generic address that data decides is taken for the space of the known ones beside it, or
    for global memory. With real contents every address is real.
    """
    at = addresses(registers, where)
    unknown = tainted_lanes(registers.unknown[where.slot], mask.lanes)
    if where.space == "cluster":
        return _told_by_rank(at, mask.lanes, unknown)
    if where.space != "generic":
        return [Part(where.space, at, mask.lanes, unknown)]
    tags = at >> np.uint64(machine.program.placement.window_shift)
    seen = mask.lanes if machine.memory is not None or unknown is None else mask.lanes & ~unknown
    if not seen.any():
        return [Part("global", at, mask.lanes, unknown)]
    first = tags[int(np.argmax(seen))]
    if (tags[seen] == first).all():
        return _of_tag(machine, int(first), at, (mask.lanes, unknown))
    parts: list[Part] = []
    for tag in distinct(tags[seen]):
        lanes = seen & (tags == tag)
        own = None if unknown is None else unknown & lanes
        parts += _of_tag(machine, int(tag), at, (lanes, own))
    left = mask.lanes & ~seen
    if left.any():
        parts.append(Part("global", at, left, left))
    return parts


def _of_tag(machine: Machine, tag: int, at: Array, who: tuple[Bools, Bools | None]) -> list[Part]:
    lanes, unknown = who
    space = _SPACE_OF_TAG.get(tag, "global")
    if space == "global":
        return [Part(space, at, lanes, unknown)]
    shift = machine.program.placement.window_shift
    offsets = at - (np.uint64(tag) << np.uint64(shift))
    if space == "shared":
        return _told_by_rank(offsets, lanes, unknown)
    return [Part(space, offsets, lanes, unknown)]


def _told_by_rank(offsets: Array, lanes: Bools, unknown: Bools | None) -> list[Part]:
    """Shared addresses of this block, and of the others of its cluster."""
    far = lanes & ((offsets >> np.uint64(RANK_SHIFT)) != 0)
    if not far.any():
        return [Part("shared", offsets, lanes, unknown)]
    inside = offsets & _OFFSET_MASK
    parts = [Part("cluster", inside, far, None if unknown is None else unknown & far)]
    near = lanes & ~far
    if near.any():
        parts.append(Part("shared", offsets, near, None if unknown is None else unknown & near))
    return parts
