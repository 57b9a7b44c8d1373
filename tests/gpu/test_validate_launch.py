"""Launches that a GPU cannot run are refused, and the message says what to do."""

from __future__ import annotations

from itertools import product

import pytest

from ptxenergy.errors import LaunchError
from ptxenergy.gpu import available, load
from ptxenergy.gpu.occupancy import Extents, occupancy, validate_launch

BLOCK, GRID = (256, 1, 1), (1024, 1, 1)


@pytest.mark.parametrize("gpu", available())
def test_accepts_the_largest_launch(gpu: str) -> None:
    limits = load(gpu).limits
    validate_launch(
        load(gpu),
        block=(32, 32, 1),
        grid=limits.max_grid_dim,
        registers_per_thread=64,
        shared_bytes=limits.max_shared_bytes_per_block,
    )


@pytest.mark.parametrize(
    ("block", "grid", "registers", "shared", "said"),
    [
        ((1025, 1, 1), GRID, 32, 0, "1025 threads.*smaller"),
        ((32, 32, 2), GRID, 32, 0, "2048 threads"),
        ((1, 1, 65), GRID, 32, 0, "along z, the most is 64"),
        ((0, 1, 1), GRID, 32, 0, "extent 0 along x"),
        ((1, -3, 1), GRID, 32, 0, "extent -3 along y"),
        ((-1, -1, 1), GRID, 32, 0, "extent -1 along x"),
        (BLOCK, (1, 65536, 1), 32, 0, "grid.*along y, the most is 65535"),
        (BLOCK, (2**31, 1, 1), 32, 0, "grid.*along x"),
        (BLOCK, (1, 1, 0), 32, 0, "grid.*extent 0 along z"),
        (BLOCK, GRID, 32, 227 * 1024 + 1, "at most 232448"),
        (BLOCK, GRID, 32, -1, "0 or more"),
        (BLOCK, GRID, 256, 0, "give 0 to 255"),
        (BLOCK, GRID, -1, 0, "give 0 to 255"),
        ((1024, 1, 1), GRID, 65, 0, "65536 registers.*fewer registers"),
    ],
)
def test_refuses(block: Extents, grid: Extents, registers: int, shared: int, said: str) -> None:
    with pytest.raises(LaunchError, match=said):
        validate_launch(
            load("h200"),
            block=block,
            grid=grid,
            registers_per_thread=registers,
            shared_bytes=shared,
        )


@pytest.mark.parametrize("name", ["p100", "gtx1080ti", "v100", "t4", "a100", "rtx4090", "b200"])
def test_refuses_exactly_what_no_sm_holds(name: str) -> None:
    gpu = load(name)
    for threads, registers, shared in product(
        (1, 33, 96, 500, 1024),
        (0, 32, 65, 168, 255),
        (0, 40_000, 60_000, 98_304, 166_912, 232_448, 232_449),
    ):
        resources = {"registers_per_thread": registers, "shared_bytes": shared}
        fits = occupancy(gpu, block_threads=threads, **resources).blocks_per_sm
        try:
            validate_launch(gpu, block=(threads, 1, 1), grid=GRID, **resources)
        except LaunchError:
            assert fits == 0, (threads, registers, shared)
        else:
            assert fits > 0, (threads, registers, shared)
