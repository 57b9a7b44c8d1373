"""Growing sets of numbers, and of sectors with the bytes of each that were written."""

from __future__ import annotations

from typing import Final

import numpy as np

from ptxenergy.launch.reference.lanes import Array, distinct

ALL_BYTES: Final = np.uint32(0xFFFF_FFFF)
_COMPACT_AT: Final = 1 << 19
_NONE: Final = np.zeros(0, np.uint64)
_NO_BYTES: Final = np.zeros(0, np.uint32)


class Numbers:
    """A set of numbers that grows by parts."""

    def __init__(self) -> None:
        self._parts: list[Array] = []
        self._pending = 0

    def add(self, values: Array) -> None:
        """Add numbers, which may repeat."""
        if not len(values):
            return
        self._parts.append(values)
        self._pending += len(values)
        if self._pending > _COMPACT_AT and self._pending > len(self._parts[0]):
            self.values()

    def values(self) -> Array:
        """The different numbers, in order."""
        if self._pending:
            self._parts = [distinct(np.concatenate(self._parts))]
            self._pending = 0
        return self._parts[0] if self._parts else _NONE


class Written:
    """Sectors that were written to: some in all 32 bytes, others in those that a mask names."""

    def __init__(self) -> None:
        self._whole = Numbers()
        self._keys: list[Array] = []
        self._bytes: list[Array] = []
        self._pending = 0
        self._is_settled = True

    def add(self, whole: Array, keys: Array, masks: Array) -> None:
        """Add sectors written whole, and others with the bit of each byte that was written."""
        self._whole.add(whole)
        self._is_settled = False
        if len(keys):
            self._keys.append(keys)
            self._bytes.append(masks)
            self._pending += len(keys)
            if self._pending > _COMPACT_AT and self._pending > len(self._keys[0]):
                self._compact()

    def partly(self) -> tuple[Array, Array]:
        """(sector, bytes) of those that were not written whole, in order."""
        self._compact()
        if not self._keys:
            return _NONE, _NO_BYTES
        return self._keys[0], self._bytes[0]

    def whole(self) -> Array:
        """Sectors written in all their bytes, in order."""
        self._compact()
        return self._whole.values()

    def values(self) -> Array:
        """All sectors that were written to, in order."""
        whole, (partly, _) = self.whole(), self.partly()
        if not len(partly) or not len(whole):
            return whole if len(whole) else partly
        return np.sort(np.concatenate((whole, partly)))

    def _compact(self) -> None:
        if self._is_settled or not self._keys:
            return
        keys, masks = joined(np.concatenate(self._keys), np.concatenate(self._bytes))
        full = masks == ALL_BYTES
        if full.any():
            self._whole.add(keys[full])
            keys, masks = keys[~full], masks[~full]
        whole = self._whole.values()
        if len(whole) and len(keys):
            kept = ~is_among(keys, whole)
            keys, masks = keys[kept], masks[kept]
        self._keys, self._bytes, self._pending = [keys], [masks], 0
        self._is_settled = True


def joined(keys: Array, masks: Array) -> tuple[Array, Array]:
    """Each key once, in order, with the bits of all its masks."""
    if not len(keys):
        return keys, masks
    if (keys[1:] < keys[:-1]).any():
        order = np.argsort(keys, kind="stable")
        keys, masks = keys[order], masks[order]
    first = np.empty(len(keys), np.bool_)
    first[0] = True
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    if first.all():
        return keys, masks
    return keys[first], np.bitwise_or.reduceat(masks, np.flatnonzero(first))


def is_among(values: Array, ordered: Array) -> Array:
    """Which of the values are in a set given in order."""
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: Array = ordered[at] == values
    return found


def byte_masks(addresses: Array, width: int) -> tuple[Array, Array, Array]:
    """(lane, sector, mask of its bytes) of what lanes write, `width` bytes from each address on.

    One entry for each lane and each sector that its bytes lie in; sectors repeat.
    """
    offset = (addresses & np.uint64(31)).astype(np.int64)
    sector = addresses >> np.uint64(5)
    lane = np.arange(len(addresses))
    pieces = (int(offset.max()) + width + 31) // 32
    if pieces == 1:
        return lane, sector, (np.int64((1 << width) - 1) << offset).astype(np.uint32)
    found = []
    for piece in range(pieces):
        start = np.maximum(offset - 32 * piece, 0)
        end = np.minimum(offset + width - 32 * piece, 32)
        has = end > start
        bits = ((np.int64(1) << (end - start)[has]) - 1) << start[has]
        found.append((lane[has], sector[has] + np.uint64(piece), bits.astype(np.uint32)))
    lanes, sectors, masks = zip(*found, strict=True)
    return np.concatenate(lanes), np.concatenate(sectors), np.concatenate(masks)


def bits_of(masks: Array) -> int:
    """How many bytes the masks name together."""
    return int(np.bitwise_count(masks).sum(dtype=np.int64))
