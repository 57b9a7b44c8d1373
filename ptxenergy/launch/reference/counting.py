"""What one request of a warp costs in memory pieces: pure functions of the lanes' addresses.

Each takes addresses and a mask of active lanes, 32 to a warp along one axis, and gives one number
a warp. The rules are in docs/counts.md; the terms are Nsight Compute's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ptxenergy.launch.reference.lanes import WARP, Array, Bools, count_by_warp

SECTOR_BYTES: Final = 32
BANKS: Final = 32
WORD_BYTES: Final = 4

Counts = npt.NDArray[np.int64]
_NONE: Final = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def sectors(addresses: Array, width: int, active: Bools) -> Counts:
    """Distinct 32-byte pieces that each warp touches; `width` bytes a lane."""
    pieces, lanes = _pieces(addresses, width, active, SECTOR_BYTES)
    return _distinct(_sorted_rows(pieces, lanes))


def sector_numbers(addresses: Array, width: int, active: Bools) -> tuple[Array, Array]:
    """(warp, sector number) of every distinct sector of every warp, warp by warp."""
    rows = _sorted_rows(*_pieces(addresses, width, active, SECTOR_BYTES))
    first = _firsts(rows)
    return np.nonzero(first)[0], rows[first]


def distinct_words(addresses: Array, width: int, active: Bools) -> Counts:
    """Distinct 4-byte words that each warp touches (a constant load's passes)."""
    return _distinct(_sorted_rows(*_pieces(addresses, width, active, WORD_BYTES)))


def wavefronts(addresses: Array, width: int, active: Bools) -> Counts:
    """Passes through the 32 banks: the most distinct 4-byte words that one bank must give."""
    if width <= WORD_BYTES and active.all():
        words = (addresses >> np.uint64(2)).reshape(-1, WARP)
        # Within 32 neighbouring words no two lie in one bank.
        if (words.max(axis=1) - words.min(axis=1) < BANKS).all():
            return np.ones(len(words), np.int64)
    rows = _sorted_rows(*_pieces(addresses, width, active, WORD_BYTES))
    first = _firsts(rows)
    warp = np.nonzero(first)[0]
    bank = (rows[first] & np.uint64(BANKS - 1)).astype(np.int64)
    per_bank = np.bincount(warp * BANKS + bank, minlength=len(rows) * BANKS)
    found: Counts = per_bank.reshape(len(rows), BANKS).max(axis=1)
    return found


def same_address(addresses: Array, active: Bools) -> Counts:
    """The largest number of active lanes of each warp that share one address."""
    rows = _sorted_rows(addresses.reshape(-1, WARP), active.reshape(-1, WARP))
    result = np.zeros(len(rows), np.int64)
    first = _firsts(rows)
    if first.any():
        run = np.cumsum(first.ravel()) - 1
        valid = rows.ravel() != _NONE
        lengths = np.bincount(run[valid])
        np.maximum.at(result, np.nonzero(first)[0], lengths)
    return result


def local_addresses(offsets: Array, lane: Array) -> Array:
    """Where local bytes lie: word w of lane l at (32·w + l)·4, so that lanes interleave."""
    words, rest = offsets >> np.uint64(2), offsets & np.uint64(3)
    return ((words << np.uint64(5)) + lane) * np.uint64(WORD_BYTES) + rest


def local_sectors(offsets: Array, width: int, active: Bools) -> Counts:
    """Distinct sectors of each warp's interleaved local memory; `width` bytes a lane."""
    lane = np.arange(len(offsets), dtype=np.uint64) % np.uint64(WARP)
    words = max(1, -(-width // WORD_BYTES))
    columns = [
        local_addresses(offsets + np.uint64(WORD_BYTES * word), lane).reshape(-1, WARP)
        for word in range(words)
    ]
    pieces = np.concatenate(columns, axis=1) >> np.uint64(5)
    lanes = np.concatenate([active.reshape(-1, WARP)] * words, axis=1)
    return _distinct(_sorted_rows(pieces, lanes))


def _pieces(addresses: Array, width: int, active: Bools, size: int) -> tuple[Array, Bools]:
    """Numbers of the `size`-byte pieces that each lane's bytes lie in, one row a warp."""
    rows = addresses.reshape(-1, WARP)
    lanes = active.reshape(-1, WARP)
    shift = np.uint64(size.bit_length() - 1)
    aligned = min(width, size)
    inside = not (rows & np.uint64(aligned - 1))[lanes].any() and not aligned & (aligned - 1)
    steps = list(range(0, width, size)) if inside else [*range(0, width, size), width - 1]
    if len(steps) == 1:
        return rows >> shift, lanes
    columns = [(rows + np.uint64(step)) >> shift for step in steps]
    return np.concatenate(columns, axis=1), np.concatenate([lanes] * len(steps), axis=1)


def _sorted_rows(keys: Array, active: Bools) -> Array:
    """Each row in order, inactive lanes last as the key that no piece has."""
    if not active.all():
        keys = np.where(active, keys, _NONE)
    if (keys[:, 1:] >= keys[:, :-1]).all():
        return keys
    return np.sort(keys, axis=1)


def _firsts(rows: Array) -> Bools:
    """Where a key appears for the first time in its sorted row, the inactive key left out."""
    first = np.empty(rows.shape, np.bool_)
    first[:, 0] = True
    np.not_equal(rows[:, 1:], rows[:, :-1], out=first[:, 1:])
    first &= rows != _NONE
    return first


def _distinct(rows: Array) -> Counts:
    per_warp = count_by_warp(_firsts(rows)).reshape(len(rows), -1)
    found: Counts = per_warp.sum(axis=1, dtype=np.int64)
    return found
