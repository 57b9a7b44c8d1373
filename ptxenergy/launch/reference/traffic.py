"""Counts the memory requests of one issued instruction, with known and with unknown addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.reference.counting import (
    SECTOR_BYTES,
    WORD_BYTES,
    distinct_words,
    local_sectors,
    same_address,
    sector_numbers,
    wavefronts,
)
from ptxenergy.launch.reference.lanes import Array, Bools, count_by_warp
from ptxenergy.launch.reference.policy import hashed
from ptxenergy.launch.reference.tally import (
    BYTES,
    REQUESTS,
    SAME_MAX,
    SAME_SUM,
    SECTORS,
    WAVEFRONTS,
    Floats,
)

if TYPE_CHECKING:
    from ptxenergy.launch.reference.code import Step
    from ptxenergy.launch.reference.machine import Machine

_BANK_ROW_BYTES: Final = 128
_SCATTER_WORDS: Final = np.uint64(1 << 14)
_SECTORED: Final = ("global", "local", "texture")
_PIECE_BYTES: Final = {
    "shared": _BANK_ROW_BYTES, "cluster": _BANK_ROW_BYTES, "constant": WORD_BYTES,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What is counted: the space, the direction and the bytes that one lane moves."""

    space: str
    direction: str
    width: int


def count(machine: Machine, step: Step, kind: Kind, addresses: Array, lanes: Bools) -> None:
    """Count lanes that access `addresses`."""
    tally = machine.tally
    cell = tally.cell(step.number, kind.space, kind.direction)
    per_warp = count_by_warp(lanes)
    cell[REQUESTS] += tally.by_block(per_warp != 0)
    cell[BYTES] += tally.by_block(per_warp) * kind.width
    _count_pieces(machine, cell, kind, addresses, lanes)
    if kind.direction == "atomic":
        most = same_address(addresses, lanes)
        _count_contention(cell, most, tally.by_block(most))


def _count_pieces(
    machine: Machine, cell: Floats, kind: Kind, addresses: Array, lanes: Bools
) -> None:
    by_block, width = machine.tally.by_block, kind.width
    if kind.space == "global":
        warp, sector = sector_numbers(addresses, width, lanes)
        block = warp // machine.warps_per_block
        cell[SECTORS] += np.bincount(block, minlength=machine.tally.blocks)
        machine.touched.add(block, sector)
    elif kind.space == "local":
        cell[SECTORS] += by_block(local_sectors(addresses, width, lanes))
    elif kind.space == "constant":
        cell[WAVEFRONTS] += by_block(distinct_words(addresses, width, lanes))
    elif kind.space in ("shared", "cluster"):
        cell[WAVEFRONTS] += by_block(wavefronts(addresses, width, lanes))


def _count_contention(cell: Floats, most: Array, by_block: Array) -> None:
    per_block = most.reshape(len(by_block), -1).max(axis=1)
    cell[SAME_MAX] = np.maximum(cell[SAME_MAX], per_block)
    cell[SAME_SUM] += by_block


def count_unknown(
    machine: Machine, step: Step, kind: Kind, lanes: Bools, beside: Bools | None = None
) -> None:
    """Count lanes whose addresses data decides, as pinned or at one sector a lane.

    `beside` are lanes of the same instruction with known addresses: their warps' requests are
    counted already.
    """
    tally = machine.tally
    pinned = machine.policy.access(step.instruction, kind.space)
    per_warp = count_by_warp(lanes)
    fresh = per_warp != 0
    if beside is not None:
        fresh &= count_by_warp(beside) == 0
    cell = tally.cell(step.number, kind.space, kind.direction)
    cell[REQUESTS] += tally.by_block(fresh)
    cell[BYTES] += tally.by_block(per_warp) * kind.width
    pieces = _assumed_pieces(machine, (kind, pinned), lanes, per_warp)
    by_block = pieces.reshape(tally.blocks, -1).sum(axis=1)
    cell[SECTORS if kind.space in _SECTORED else WAVEFRONTS] += by_block
    if kind.space == "global":
        machine.touched.add_unknown(by_block)
    if kind.direction == "atomic":
        _count_contention(cell, fresh.astype(np.int64), tally.by_block(fresh))


def _assumed_pieces(
    machine: Machine, how: tuple[Kind, str | float], lanes: Bools, per_warp: Array
) -> Array:
    """Sectors, wavefronts or words of each warp."""
    kind, pinned = how
    lanes_of_warp = per_warp.astype(np.int64)
    if isinstance(pinned, int | float):
        return np.where(lanes_of_warp != 0, float(pinned), 0.0)
    size = _PIECE_BYTES.get(kind.space, SECTOR_BYTES)
    if pinned == "coalesced":
        return -(-lanes_of_warp * kind.width // size)
    if size == _BANK_ROW_BYTES:
        keys = machine.visit(step_salt(kind), lanes)
        scattered = hashed(keys, kind.width) % _SCATTER_WORDS * np.uint64(max(kind.width, 4))
        return wavefronts(scattered, kind.width, lanes)
    each: Array = lanes_of_warp * max(1, -(-kind.width // size))
    return each


def step_salt(kind: Kind) -> int:
    """A number for the visits of scattered accesses that no instruction has."""
    return -1 - kind.width
