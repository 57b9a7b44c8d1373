"""Which 32-byte pieces of global memory the evaluated blocks read and write, each counted once."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.lanes import Array
from ptxenergy.launch.reference.sectors import Numbers, Written

_BLOCK_SHIFT: Final = np.uint64(50)
_SECTOR_MASK: Final = np.uint64((1 << 50) - 1)
NO_KEYS: Final = np.zeros(0, np.uint64)


def keys_of(block: Array, sector: Array) -> Array:
    """(block, sector) as one number: the block's place in its group above 50 bits of sector.

    Addresses beyond 2^55 bytes, which no GPU has, would fall together.
    """
    keys: Array = (block.astype(np.uint64) << _BLOCK_SHIFT) | (sector & _SECTOR_MASK)
    return keys


def starts_of(block: Array) -> Array:
    """The lowest key of each block."""
    return block.astype(np.uint64) << _BLOCK_SHIFT


def parted(keys: Array) -> tuple[Array, Array]:
    """(block, sector) of keys."""
    return (keys >> _BLOCK_SHIFT).astype(np.int64), keys & _SECTOR_MASK


def _moved(keys: Array, sectors: np.uint64) -> Array:
    """The keys of sectors that lie so much further (modulo 2^50), in the same blocks."""
    apart: Array = (keys & ~_SECTOR_MASK) | ((keys + sectors) & _SECTOR_MASK)
    return apart


def _nothing() -> Array:
    return NO_KEYS


class Touch(Struct, frozen=True, eq=False):
    """Keys of the sectors that one access reads, and writes: whole, or the bytes of a mask."""

    read: Array = field(default_factory=_nothing)
    whole: Array = field(default_factory=_nothing)
    partly: Array = field(default_factory=_nothing)
    masks: Array = field(default_factory=_nothing)

    def moved(self, sectors: np.uint64) -> Touch:
        """The same access, so many sectors further."""
        read, whole, partly = (
            _moved(keys, sectors) if len(keys) else keys
            for keys in (self.read, self.whole, self.partly)
        )
        return Touch(read, whole, partly, self.masks)


class Touched:
    """Sectors of a group of blocks that are evaluated together.

    `unknown_read`, `unknown_write`, `unknown_any`: those that nobody can name, by block; each is
    taken for one that nothing else touches. `unknown_part`: of them, those not written whole.
    """

    def __init__(self, blocks: int) -> None:
        self.read = Numbers()
        self.written = Written()
        self.unknown_any = np.zeros(blocks)
        self.unknown_read = np.zeros(blocks)
        self.unknown_write = np.zeros(blocks)
        self.unknown_part = np.zeros(blocks)

    def add(self, touch: Touch) -> None:
        """What an access touches."""
        self.read.add(touch.read)
        self.written.add(touch.whole, touch.partly, touch.masks)

    def add_unknown(self, direction: str, sectors: Array, stored_bytes: Array) -> None:
        """Sectors that nobody can name, and the bytes that lanes move there, by block."""
        self.unknown_any += sectors
        if direction != "store":
            self.unknown_read += sectors
        if direction != "load":
            self.unknown_write += sectors
            self.unknown_part += np.where(stored_bytes < 32 * sectors, sectors, 0)
