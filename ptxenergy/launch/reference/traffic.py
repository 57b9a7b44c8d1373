"""Counts the memory requests of one issued instruction, with known and with unknown addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.counting import (
    SECTOR_BYTES,
    WORD_BYTES,
    distinct_words,
    local_sectors,
    same_address,
    sector_numbers,
    wavefronts,
)
from ptxenergy.launch.reference.footprint import NO_KEYS, Touch, keys_of
from ptxenergy.launch.reference.lanes import Array, Bools, count_by_warp, distinct
from ptxenergy.launch.reference.patterns import Pattern, sectors_moved
from ptxenergy.launch.reference.policy import hashed
from ptxenergy.launch.reference.sectors import ALL_BYTES, byte_masks, joined
from ptxenergy.launch.reference.tally import (
    BYTES,
    FIELDS,
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
_NEW_PATTERN_COST: Final = 8
_SCATTER_WORDS: Final = np.uint64(1 << 14)
_SECTORED: Final = ("global", "local", "texture")
_PIECE_BYTES: Final = {
    "shared": _BANK_ROW_BYTES, "cluster": _BANK_ROW_BYTES, "constant": WORD_BYTES,
}  # fmt: skip


class Kind(Struct, frozen=True):
    """What is counted: the space, the direction and the bytes that one lane moves."""

    space: str
    direction: str
    width: int


def count(machine: Machine, step: Step, kind: Kind, addresses: Array, lanes: Bools) -> None:
    """Count lanes that access `addresses`."""
    which = (kind.space, kind.direction)
    found = machine.patterns.find(step.number, which, addresses, lanes)
    cell = machine.tally.cell(step.number, *which)
    if found is not None:
        pattern, distance = found
        _add(cell, pattern.rows)
        if distance and kind.space == "global":
            machine.touched.add(pattern.touch.moved(sectors_moved(distance)))
        return
    machine.owed += _NEW_PATTERN_COST
    rows, touch = _counted(machine, kind, addresses, lanes)
    _add(cell, rows)
    if kind.space == "global":
        machine.touched.add(touch)
    first, full = int(lanes.argmax()), bool(lanes.all())
    machine.patterns.keep(step.number, which, Pattern(lanes, addresses, first, full, rows, touch))


def _add(cell: Floats, rows: Floats) -> None:
    cell[:SAME_MAX] += rows[:SAME_MAX]
    if rows[SAME_MAX].any():
        cell[SAME_MAX] = np.maximum(cell[SAME_MAX], rows[SAME_MAX])
        cell[SAME_SUM] += rows[SAME_SUM]


def _counted(machine: Machine, kind: Kind, addresses: Array, lanes: Bools) -> tuple[Floats, Touch]:
    """What an access adds to its cell, and the global sectors it touches."""
    by_block, width = machine.tally.by_block, kind.width
    rows = np.zeros((FIELDS, machine.tally.blocks))
    touch = Touch()
    per_warp = count_by_warp(lanes)
    rows[REQUESTS] = by_block(per_warp != 0)
    rows[BYTES] = by_block(per_warp) * width
    if kind.space == "global":
        warp, sector = sector_numbers(addresses, width, lanes)
        block = warp // machine.warps_per_block
        rows[SECTORS] = np.bincount(block, minlength=machine.tally.blocks)
        read = NO_KEYS if kind.direction == "store" else distinct(keys_of(block, sector))
        touch = Touch(read)
        if kind.direction != "load":
            touch = Touch(read, *_stored(machine, addresses[lanes], width, lanes))
    elif kind.space == "local":
        rows[SECTORS] = by_block(local_sectors(addresses, width, lanes))
    elif kind.space == "constant":
        rows[WAVEFRONTS] = by_block(distinct_words(addresses, width, lanes))
    elif kind.space in ("shared", "cluster"):
        rows[WAVEFRONTS] = by_block(wavefronts(addresses, width, lanes))
    if kind.direction == "atomic":
        most = same_address(addresses, lanes)
        _count_contention(rows, most, by_block(most))
    return rows, touch


def _stored(
    machine: Machine, addresses: Array, width: int, lanes: Bools
) -> tuple[Array, Array, Array]:
    """Keys of the sectors that lanes write whole, of those written in part, and their masks."""
    lane, sector, masks = byte_masks(addresses, width)
    keys, masks = joined(keys_of(machine.block_index[lanes][lane], sector), masks)
    full = masks == ALL_BYTES
    return keys[full], keys[~full], masks[~full]


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
        stored = tally.by_block(per_warp) * kind.width
        machine.touched.add_unknown(kind.direction, by_block, stored)
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
