"""What bulk copies touch: ranges of memory, and boxes of tensors, whose size is settled last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.reference.counting import SECTOR_BYTES
from ptxenergy.launch.reference.footprint import NO_KEYS, Touch, keys_of
from ptxenergy.launch.reference.lanes import Array
from ptxenergy.launch.reference.sectors import ALL_BYTES
from ptxenergy.launch.reference.tally import BYTES, SECTORS, WAVEFRONTS
from ptxenergy.launch.reference.tensors import NOWHERE

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine

BANK_ROW_BYTES: Final = 128
_MOST_SECTORS: Final = 1 << 16


def touch_tile(
    machine: Machine, direction: str, what: tuple[int, str, int], size: tuple[int, int]
) -> None:
    """Note the sectors of a box; of (bytes, copies) at unknown coordinates each is another one."""
    (block, name, tile), (size_bytes, copies) = what, size
    count = -(-size_bytes // SECTOR_BYTES)
    if not count:
        return
    if tile == NOWHERE:
        sectors = np.zeros(machine.tally.blocks)
        sectors[block] = count * copies
        machine.touched.add_unknown(direction, sectors, sectors * SECTOR_BYTES)
        return
    own = np.arange(count, dtype=np.uint64) + np.uint64(machine.maps.first_sector(name, tile))
    keys = keys_of(np.full(count, block), own)
    read, written = keys if direction != "store" else NO_KEYS, keys
    machine.touched.add(Touch(read) if direction == "load" else Touch(read, written))


def touch_ranges(machine: Machine, direction: str, starts: Array, sizes: Array) -> None:
    """Note the sectors that lanes with a size copy."""
    for lane in np.nonzero(sizes)[0]:
        start, size = int(starts[lane]), int(sizes[lane])
        first = start // SECTOR_BYTES
        last = min((start + size - 1) // SECTOR_BYTES, first + _MOST_SECTORS)
        sectors = np.arange(first, last + 1, dtype=np.uint64)
        keys = keys_of(machine.block_index[lane : lane + 1], sectors)
        read = keys if direction != "store" else NO_KEYS
        if direction == "load":
            machine.touched.add(Touch(read))
            continue
        masks = np.full(len(keys), ALL_BYTES, np.uint32)
        masks[0] &= np.uint32((0xFFFF_FFFF << start % SECTOR_BYTES) & 0xFFFF_FFFF)
        if first + len(keys) - 1 == (start + size - 1) // SECTOR_BYTES:
            masks[-1] &= np.uint32(0xFFFF_FFFF >> (-(start + size) % SECTOR_BYTES))
        full = masks == ALL_BYTES
        machine.touched.add(Touch(read, keys[full], keys[~full], masks[~full]))


def settle_open_copies(machine: Machine) -> None:
    """Give copies of unknown size what their mbarriers tell, or the share that is assumed."""
    tensors = machine.tensors
    sizes, assumed = tensors.settled()
    for copy, size in sizes.items():
        count = tensors.open[copy]
        for space, direction in tensors.sides[copy.number]:
            cell = machine.tally.cell(copy.number, space, direction)
            cell[BYTES][copy.block] += size * count
            piece = SECTOR_BYTES if space == "global" else BANK_ROW_BYTES
            which = SECTORS if space == "global" else WAVEFRONTS
            cell[which][copy.block] += -(-size // piece) * count
            if space == "global":
                place = copy.block, copy.map, copy.tile
                touch_tile(machine, direction, place, (size, count))
        if copy.map in assumed:
            told = copy.barrier != NOWHERE and (copy.block, copy.barrier) in tensors.expected
            said = "size is in a tensor map; " + (
                "what its mbarrier expects, shared evenly" if told else f"{size} bytes"
            )
            option = machine.maps.option(copy.map, size)
            machine.policy.assume("access", tensors.instructions[copy.number], said, option)
    tensors.open.clear()
