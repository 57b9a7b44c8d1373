"""Sectors of requests, and ragged rows whose sum is known, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ptxenergy.measure.kernels.coalescing import sectors_per_request, wavefronts_per_request
from ptxenergy.measure.kernels.kernel import Data
from ptxenergy.measure.kernels.ragged import (
    gathered,
    lane_trips,
    row_gather_sectors,
    row_starts,
    row_steps,
    row_walk_sectors,
    step_by_row,
)
from ptxenergy.measure.planning.shadow import SHADOW

LANES = np.arange(64)


@pytest.mark.parametrize(
    ("indices", "item_bytes", "sectors"),
    [
        (LANES, 4, 4.0),
        (LANES, 16, 16.0),
        (LANES * 8, 4, 32.0),
        (LANES + 1, 4, 5.0),
        (LANES * 0, 8, 1.0),
        (np.where(LANES % 32 < 2, LANES * 100, -1), 4, 2.0),
        (np.where(LANES < 32, LANES, -1), 4, 4.0),
        (LANES - 100, 4, 1.0),
        (LANES[:40], 4, 2.5),
        (LANES * 3, 48, 64.0),
    ],
)
def test_sectors_of_a_warp(indices: np.ndarray, item_bytes: int, sectors: float) -> None:
    assert sectors_per_request(indices, item_bytes) == sectors


@pytest.mark.parametrize("kind", ["random", "zeros", "constant", "sparse"])
def test_rows_hold_the_mean_in_all(kind: str) -> None:
    starts = row_starts(np, 1000, 7, Data(kind))  # type: ignore[arg-type]
    lengths = np.diff(starts)
    assert starts[0] == 0
    assert starts[-1] == 7000
    assert lengths.min() >= 0
    assert lengths.max() <= 14
    assert (lengths[::2] + lengths[1::2] == 14).all()


def test_rows_have_a_shape_without_values() -> None:
    starts = row_starts(SHADOW, 1000, 7, Data())
    assert starts.shape == (1001,)
    assert starts.dtype == np.int32


def test_steps_of_threads_that_walk_rows() -> None:
    starts = np.array([0, 2, 2, 5])
    steps = step_by_row(starts)
    assert steps.tolist() == [[0, -1, 2], [1, -1, 3], [-1, -1, 4]]
    table = np.array([9, 8, 7, 6, 5])
    assert gathered(steps, table).tolist() == [[9, -1, 7], [8, -1, 6], [-1, -1, 5]]
    # Two of them, each in a sector: 0 and 2, 1 and 3 are one sector each, so is 4.
    assert row_walk_sectors(starts, 4) == 1.0
    # Of 32 bytes an item: 9 and 7, 8 and 6, then 5 alone.
    assert row_gather_sectors(starts, table, 32) == pytest.approx(5 / 3)


def test_steps_of_lanes_that_share_a_row() -> None:
    starts = np.array([0, 3, 3, 20, 21])
    assert lane_trips(starts, 8).tolist() == [
        [1, 1, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [3, 2, 2, 2, 2, 2, 2, 2],
        [1, 0, 0, 0, 0, 0, 0, 0],
    ]
    steps = row_steps(starts, 8)
    assert steps.shape == (3, 32)
    assert steps[0, :8].tolist() == [0, 1, 2, -1, -1, -1, -1, -1]
    assert steps[0, 16:26].tolist() == [3, 4, 5, 6, 7, 8, 9, 10, 20, -1]
    assert sorted(steps[steps >= 0].tolist()) == list(range(21))


@pytest.mark.parametrize(
    ("indices", "item_bytes", "passes"),
    [
        (LANES, 4, 1.0),
        (LANES * 2, 4, 2.0),
        (LANES * 32, 4, 32.0),
        (LANES * 0, 4, 1.0),
        (LANES, 1, 1.0),
        (LANES * 64, 2, 32.0),
        (np.where(LANES % 32 < 2, LANES * 32, -1), 4, 2.0),
        (LANES - 100, 4, 1.0),
    ],
)
def test_passes_over_banks(indices: np.ndarray, item_bytes: int, passes: float) -> None:
    assert wavefronts_per_request(indices, item_bytes) == passes
