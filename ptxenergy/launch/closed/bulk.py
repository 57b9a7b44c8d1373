"""Bulk copies of plain ranges: as many bytes a lane as an operand says, one request a warp.

Copies of tensors take their size from a map that only a run shows: they are not followed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.compute import forget
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import address, source
from ptxenergy.launch.closed.record import Site, record
from ptxenergy.launch.reference.lanes import WARP, Array
from ptxenergy.program.opcode import Access, Opcode
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine


def bulk_copy(code: Code, number: int, instruction: Instruction, opcode: Opcode) -> Step:
    """The step of a bulk copy. Raises UnsupportedError for what is not followed."""
    sized = next((a.size_operand for a in opcode.accesses if a.size_operand is not None), None)
    if sized is None or "tensor" in opcode.modifiers:
        raise UnsupportedError(instruction.opcode)
    size = source(code, instruction.operands[sized], "u32")
    sites = [_site(code, number, instruction, access) for access in opcode.accesses]
    rest = forget(code, instruction, opcode)

    def step(machine: Machine, lanes: Lanes) -> None:
        for width, chosen, is_rest in _by_size(machine, lanes, size):
            for site in sites:
                record(machine, chosen, replace(site, width=width), is_rest=is_rest)
        rest(machine, lanes)

    return step


def _site(code: Code, number: int, instruction: Instruction, access: Access) -> Site:
    slot, offset = address(code, instruction.operands[access.operand])
    space = access.space
    if space == "generic" or (space == "cluster" and access.direction != "atomic"):
        # The other end of a copy from or to global memory.
        space = "shared"
    if space == "cluster":
        raise UnsupportedError(space)
    return Site(number, slot, offset, space, access.direction, 0, is_bulk=True)


def _by_size(machine: Machine, lanes: Lanes, slot: int) -> list[tuple[int, Lanes, bool]]:
    """(bytes, lanes that copy so many, whether others of the same requests came before)."""
    value = machine.read(slot)
    if value.taint is not None or value.strides is not None:
        raise UnsupportedError("a copy whose size data decides")
    machine.scope.settle(value, lanes.bools)
    sizes: Array = np.where(lanes.bools, value.base, 0).astype(np.int64)
    if (sizes[lanes.bools] == 0).any():
        raise UnsupportedError("a copy of no bytes")
    found: list[tuple[int, Lanes, bool]] = []
    seen = np.zeros(len(sizes), np.bool_)
    for width in np.unique(sizes[lanes.bools]).tolist():
        chosen = sizes == width
        for part, is_rest in ((chosen & ~seen, False), (chosen & seen, True)):
            if part.any():
                found.append((width, Lanes(machine.scope, part), is_rest))
        seen |= np.repeat(chosen.reshape(-1, WARP).any(axis=1), WARP)
    return found
