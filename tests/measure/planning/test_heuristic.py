"""The kit's own occupancy is that of the GPU tables, which are held to NVIDIA's calculator."""

from __future__ import annotations

import random

from ptxenergy.gpu import load
from ptxenergy.gpu.occupancy import occupancy
from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.heuristic import blocks_per_sm, pick


def test_blocks_per_sm_are_those_of_the_gpu_tables() -> None:
    gpu, generator = load("h200"), random.Random(7)
    for _ in range(3000):
        threads = 32 * generator.randint(1, 32)
        registers = generator.randint(1, 255)
        shared = generator.choice((0, 0, generator.randint(1, 232_448)))
        wanted = occupancy(
            gpu, block_threads=threads, registers_per_thread=registers, shared_bytes=shared
        )
        assert blocks_per_sm(Extent(threads), registers, shared) == wanted.blocks_per_sm


def test_a_block_that_cannot_run_has_no_room() -> None:
    assert blocks_per_sm(Extent(2048), 16, 0) == 0
    assert blocks_per_sm(Extent(256), 16, 233_000) == 0
    assert blocks_per_sm(Extent(1024), 128, 0) == 0


def test_the_pick_is_the_largest_block_of_the_highest_occupancy() -> None:
    shapes = [(Extent(x), 0) for x in (32, 64, 128, 256, 512, 1024)]
    assert pick(shapes, 32, 0) == Extent(1024)
    assert pick(shapes, 40, 0) == Extent(512)
    assert pick([(Extent(16, 16), 0), (Extent(256), 0)], 32, 0) == Extent(256)
    assert pick([(Extent(256), 300_000)], 32, 0) is None
