"""Which 32-byte pieces of global memory the evaluated blocks touch, each counted once."""

from __future__ import annotations

from typing import Final

import numpy as np

from ptxenergy.launch.reference.lanes import Array, distinct

_BLOCK_SHIFT: Final = np.uint64(50)
_SECTOR_MASK: Final = np.uint64((1 << 50) - 1)
_COMPACT_AT: Final = 1 << 19


def keys_of(block: Array, sector: Array) -> Array:
    """(block, sector) as one number: the block's place in its group above 50 bits of sector.

    Addresses beyond 2^55 bytes, which no GPU has, would fall together.
    """
    keys: Array = (block.astype(np.uint64) << _BLOCK_SHIFT) | (sector & _SECTOR_MASK)
    return keys


def moved(keys: Array, sectors: np.uint64) -> Array:
    """The keys of sectors that lie so much further (modulo 2^50), in the same blocks."""
    apart: Array = (keys & ~_SECTOR_MASK) | ((keys + sectors) & _SECTOR_MASK)
    return apart


class Touched:
    """Sectors of a group of blocks that are evaluated together."""

    def __init__(self, blocks: int) -> None:
        self._parts: list[Array] = []
        self._pending = 0
        self.unknown = np.zeros(blocks)

    def add(self, keys: Array) -> None:
        """Keys of touched sectors; see `keys_of`."""
        if len(keys):
            self._parts.append(keys)
            self._pending += len(keys)
            if self._pending > _COMPACT_AT:
                self._compact()

    def add_unknown(self, by_block: Array) -> None:
        """Sectors that nobody can name; each is taken for one that nothing else touches."""
        self.unknown += by_block

    def pairs(self) -> tuple[Array, Array]:
        """(block, sector) of the distinct pairs."""
        self._compact()
        keys = self._parts[0] if self._parts else np.zeros(0, np.uint64)
        return (keys >> _BLOCK_SHIFT).astype(np.int64), keys & _SECTOR_MASK

    def _compact(self) -> None:
        if len(self._parts) > 1 or self._pending:
            self._parts = [distinct(np.concatenate(self._parts))]
            self._pending = 0
