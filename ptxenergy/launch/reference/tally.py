"""Adds up what each static instruction did, block by block."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ptxenergy.launch.profile import Traffic
from ptxenergy.launch.reference.lanes import Array, Bools, Mask, count_by_warp

Floats = npt.NDArray[np.float64]
REQUESTS, SECTORS, WAVEFRONTS, BYTES, SAME_MAX, SAME_SUM = range(6)
FIELDS: Final = 6
_ROUNDING: Final = 1e-12


class Tally:
    """Counts of a group of blocks, by instruction number (of all functions) and block.

    `traffic` maps (instruction, space, direction) to one row a field of `Traffic`, one column a
    block.
    """

    def __init__(self, instructions: int, blocks: int) -> None:
        self.instructions = instructions
        self.blocks = blocks
        self.issued = 0
        shape = (instructions, blocks)
        self.warp: npt.NDArray[Any] = np.zeros(shape, np.int64)
        self.thread: npt.NDArray[Any] = np.zeros(shape, np.int64)
        self.active: npt.NDArray[Any] = np.zeros(shape, np.int64)
        self.traffic: dict[tuple[int, str, str], Floats] = {}

    def pack(self) -> None:
        """Keep the counts in the least bytes that hold them; nothing more is counted."""
        for name in ("warp", "thread", "active"):
            counts = getattr(self, name)
            if counts.size and counts.min() >= 0:
                setattr(self, name, counts.astype(np.min_scalar_type(int(counts.max()))))

    def by_block(self, per_warp: Array) -> Array:
        """The sum of one number a warp over each block."""
        found: Array = per_warp.reshape(self.blocks, -1).sum(axis=1, dtype=np.int64)
        return found

    def issue(self, start: int, end: int, mask: Mask) -> None:
        """Instructions `start` up to `end` are issued under a mask, their guards all true."""
        if mask.by_block is None:
            warps = self.by_block(mask.per_warp != 0)
            mask.by_block = (warps, self.by_block(mask.per_warp))
        warps, lanes = mask.by_block
        self.warp[start:end] += warps
        self.thread[start:end] += lanes
        self.active[start:end] += lanes
        self.issued += mask.warps * (end - start)

    def guarded_off(self, number: int, lanes: Bools) -> None:
        """These lanes of an issued instruction turned out to have a false guard."""
        self.thread[number] -= self.by_block(count_by_warp(lanes))

    def cell(self, number: int, space: str, direction: str) -> Floats:
        """The traffic of one instruction in one space and direction, to be added to."""
        key = (number, space, direction)
        found = self.traffic.get(key)
        if found is None:
            found = self.traffic[key] = np.zeros((FIELDS, self.blocks))
        return found


class Totals:
    """Counts summed over blocks, each with its weight."""

    def __init__(self, instructions: int) -> None:
        self.warp: Floats = np.zeros(instructions)
        self.thread: Floats = np.zeros(instructions)
        self.active: Floats = np.zeros(instructions)
        self.traffic: dict[tuple[int, str, str], Traffic] = {}

    def add(self, tally: Tally, weights: Floats) -> None:
        """Add each block's counts, `weights` times."""
        self.warp += tally.warp @ weights
        self.thread += tally.thread @ weights
        self.active += tally.active @ weights
        for key, rows in tally.traffic.items():
            summed = rows @ weights
            summed[SAME_MAX] = rows[SAME_MAX].max()
            self.traffic[key] = self.traffic.get(key, Traffic()) + Traffic(*summed.tolist())

    def traffic_by_instruction(self) -> dict[int, dict[tuple[str, str], Traffic]]:
        """{instruction: {(space, direction): traffic}}."""
        found: dict[int, dict[tuple[str, str], Traffic]] = {}
        for (number, space, direction), traffic in self.traffic.items():
            whole = Traffic(*(plain(getattr(traffic, name)) for name in Traffic.__struct_fields__))
            found.setdefault(number, {})[space, direction] = whole
        return found


def plain(value: float) -> float:
    """A whole number as an int where it is one up to rounding, anything else as a float."""
    number = float(value)
    whole = round(number)
    return whole if abs(number - whole) <= _ROUNDING * max(1.0, abs(number)) else number
