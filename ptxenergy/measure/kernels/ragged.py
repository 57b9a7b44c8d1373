"""Rows of unequal length, as sparse matrices and graphs have them, whose sum is known before."""

from __future__ import annotations

from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Array, Data

_SAMPLED_ROWS = 4096


def row_starts(xp: Any, rows: int, mean: int, data: Data, stream: int = 0) -> Any:
    """int32 starts of `rows` rows and the end of the last, of 0 to 2·`mean` elements each.

    `rows` is even. Rows come in pairs that together hold 2·`mean`, so all hold `rows`·`mean`.
    """
    over = integers(xp, (rows // 2,), (-mean, mean + 1), xp.int32, data, stream)
    lengths = xp.stack([mean + over, mean - over], axis=1).reshape(-1)
    ends = xp.cumsum(lengths, dtype=xp.int32)
    return xp.concatenate([xp.zeros(1, dtype=xp.int32), ends])


def step_by_row(starts: Array) -> Array:
    """Element indices of each step when a thread walks a row: (steps, rows), -1 past a row's end.

    Of 4096 rows at most.
    """
    first, end = starts[:-1][:_SAMPLED_ROWS], starts[1:][:_SAMPLED_ROWS]
    places = first[None, :] + np.arange(int((end - first).max(initial=1)))[:, None]
    return np.where(places < end[None, :], places, -1).astype(np.int64)


def gathered(places: Array, table: Array) -> Array:
    """What `table` holds at each place, -1 where the place is negative."""
    return np.where(places < 0, -1, table[np.maximum(places, 0)])


def lane_trips(starts: Array, lanes: int) -> Array:
    """How often each of so many lanes that share a row goes round: (rows, lanes)."""
    lengths = np.diff(starts).astype(np.int64)
    return np.asarray(np.maximum(0, -(-(lengths[:, None] - np.arange(lanes)) // lanes)))


def row_steps(starts: Array, lanes: int) -> Array:
    """Element indices of each step when `lanes` lanes share a row, 32 to a line: -1 where idle.

    Neighbouring rows share a warp where there are fewer lanes. Of 4096 rows at most.
    """
    rows = min(_SAMPLED_ROWS, len(starts) - 1) // (32 // lanes) * (32 // lanes)
    first, end = starts[:rows, None], starts[1 : rows + 1, None]
    steps = int(lane_trips(starts[: rows + 1], lanes).max(initial=1))
    places = first + np.arange(lanes) + lanes * np.arange(steps)[:, None, None]
    return np.where(places < end, places, -1).reshape(-1, 32).astype(np.int64)


def row_walk_sectors(starts: Array, item_bytes: int) -> float:
    """Sectors per request where each thread walks its own row."""
    steps = step_by_row(starts)
    padded = np.pad(steps, ((0, 0), (0, -steps.shape[1] % 32)), constant_values=-1)
    return sectors_per_request(padded.reshape(-1, 32), item_bytes)


def row_gather_sectors(starts: Array, table: Array, item_bytes: int) -> float:
    """Sectors per request where each thread walks its row and goes where `table` says."""
    steps = gathered(step_by_row(starts), table)
    padded = np.pad(steps, ((0, 0), (0, -steps.shape[1] % 32)), constant_values=-1)
    return sectors_per_request(padded.reshape(-1, 32), item_bytes)
