"""Clusters of blocks: which block of its cluster one is, and addresses in the shared memory of
the others.

A launch starts out as one box for each place in a cluster, so that all blocks of a box have the
same rank. The encoding of remote addresses is that of `reference/movement.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.code import Code, Step, UnsupportedError
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.operands import destination, source, special_value
from ptxenergy.launch.closed.value import Hint, Value
from ptxenergy.launch.reference.lanes import join
from ptxenergy.launch.reference.placement import RANK_SHIFT
from ptxenergy.launch.request import Dim3
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_MOST_PLACES: Final = 1 << 10


def boxes_by_place(grid: Dim3, cluster: Dim3) -> list[Box]:
    """All blocks of a grid, those at the same place of their cluster together."""
    if cluster.volume > _MOST_PLACES:
        raise UnsupportedError("a cluster of more than a thousand blocks")
    boxes = [Box.of(grid)]
    for axis, extent in enumerate(cluster):
        boxes = [part for box in boxes for part in box.combed(axis, extent)]
    return boxes


def map_address(code: Code, instruction: Instruction, opcode: Opcode) -> Step:
    """`mapa`: an own shared address as another block of the cluster has it."""
    target = destination(code, instruction.operands[0])
    if target is None:
        raise UnsupportedError("mapa")
    slot, dtype = target
    ptx_type = opcode.types[-1] if opcode.types else "u32"
    given = source(code, instruction.operands[1], ptx_type)
    rank_of = source(code, instruction.operands[2], "u32")

    def step(machine: Machine, lanes: Lanes) -> None:
        value, rank = machine.read(given), machine.read(rank_of)
        own = special_value(machine, "%cluster_ctarank", "u32").base
        mark = np.where(rank.base == own, 0, rank.base.astype(np.uint64) + np.uint64(1))
        base = value.base.astype(dtype) + (mark.astype(dtype) << dtype.type(RANK_SHIFT))
        mixed, hints = value.mixed, value.hints
        if rank.strides is not None or rank.mixed is not None:
            # A rank that moves is known where it starts only.
            mixed = np.ones(machine.scope.size, np.bool_)
            hints = (*hints, *rank.hints, *(Hint(dim) for dim in rank.strides or ()))
        taint = join(value.taint, rank.taint)
        machine.write(slot, Value(base, value.strides, taint, mixed, hints), lanes)

    return step
