"""How many sectors or wavefronts a warp's request takes, from the indices its lanes use."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_SECTOR_BYTES = 32
_WARP = 32
_SAMPLED_WARPS = 2048
_BANKS, _BANK_BYTES = 32, 4


def sectors_per_request(indices: Any, item_bytes: int) -> float:
    """Mean distinct sectors of the warps that access at all; buffers are sector-aligned.

    `indices`: element indices in the order of the lanes, 32 to a warp along the last axis, negative
    where a lane does nothing; a short last warp is filled up with idle lanes. At most 2048 warps,
    evenly spread, are looked at. 1.0 where no lane does anything.
    """
    warps = _sampled_warps(indices)
    first = warps * item_bytes // _SECTOR_BYTES
    last = (warps * item_bytes + item_bytes - 1) // _SECTOR_BYTES
    touched = np.where(warps[:, :, None] < 0, -1, np.stack([first, last], axis=2))
    ordered = np.sort(touched.reshape(len(warps), -1), axis=1)
    is_new = np.concatenate([ordered[:, :1] >= 0, ordered[:, 1:] != ordered[:, :-1]], axis=1)
    counts = (is_new & (ordered >= 0)).sum(axis=1)
    active = counts > 0
    return float(counts[active].mean()) if active.any() else 1.0


def wavefronts_per_request(indices: Any, item_bytes: int) -> float:
    """Mean passes over shared memory of the warps that access at all, items of at most 4 bytes.

    Lanes that want different words of one bank wait for each other; `indices` as for
    `sectors_per_request`.
    """
    warps = _sampled_warps(indices)
    words = np.sort(np.where(warps < 0, -1, warps * item_bytes // _BANK_BYTES), axis=1)
    is_new = np.concatenate([words[:, :1] >= 0, words[:, 1:] != words[:, :-1]], axis=1)
    counts = np.zeros((len(warps), _BANKS), np.int64)
    row, lane = np.nonzero(is_new & (words >= 0))
    np.add.at(counts, (row, words[row, lane] % _BANKS), 1)
    passes = counts.max(axis=1, initial=0)
    return float(passes[passes > 0].mean()) if (passes > 0).any() else 1.0


def _sampled_warps(indices: Any) -> npt.NDArray[np.int64]:
    lanes = np.asarray(indices, np.int64)
    if lanes.shape[-1] != _WARP:
        flat = lanes.reshape(-1)
        lanes = np.pad(flat, (0, -len(flat) % _WARP), constant_values=-1)
    warps = lanes.reshape(-1, _WARP)
    return warps[:: max(1, len(warps) // _SAMPLED_WARPS)]
