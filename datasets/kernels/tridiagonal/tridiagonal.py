"""Many tridiagonal systems: a thread each by elimination, a block each by cyclic reduction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


def _systems(xp: Any, shape: tuple[int, int], data: Data, dtype: Any) -> tuple[Array, ...]:
    """Below, on and above the diagonal, which outweighs its row, and the right sides."""
    below, middle, above, right = (uniform(xp, shape, dtype, data, stream) for stream in range(4))
    return below, middle + dtype(3.5), above, right


def _solved(arguments: tuple[Argument, ...]) -> Array:
    """The solutions; rows of one system lie along the last axis."""
    below, middle, above, right = (np.asarray(a, np.float64) for a in arguments[:4])
    full = middle[:, :, None] * np.eye(middle.shape[1])
    rows = np.arange(middle.shape[1] - 1)
    full[:, rows + 1, rows] = below[:, 1:]
    full[:, rows, rows + 1] = above[:, :-1]
    return np.asarray(np.linalg.solve(full, right[:, :, None])[:, :, 0])


class TridiagonalThomas(Kernel):
    """x of `systems` systems of `n` rows, interleaved."""

    name = entry = "tridiagonal_thomas"
    family = "tridiagonal"
    sizes = (
        {"systems": 20_000, "n": 64},
        {"systems": 200_000, "n": 128},
        {"systems": 1_000_000, "n": 20},
        {"systems": 34_000, "n": 1_000},
    )
    blocks = LINES
    check_size: Size = {"systems": 75, "n": 13}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["n"], size["systems"]
        scratch, x = (xp.zeros(shape, dtype=xp.float32) for _ in range(2))
        scalars = (np.uint32(size["systems"]), np.uint32(size["n"]))
        return *_systems(xp, shape, data, xp.float32), scratch, x, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["systems"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        turned = tuple(np.asarray(argument, np.float64).T for argument in arguments[:4])
        below, middle, above = turned[:3]
        ratio = np.zeros_like(above)
        for row in range(size["n"]):
            before = below[:, row] * ratio[:, row - 1] if row else 0.0
            ratio[:, row] = above[:, row] / (middle[:, row] - before)
        return {4: ratio.T, 5: _solved(turned).T}


class TridiagonalCyclic(Kernel):
    """x of `systems` systems of `n` rows, at most as many as a block has threads."""

    name = entry = "tridiagonal_cyclic"
    family = "tridiagonal"
    sizes = (
        {"systems": 3_000, "n": 200},
        {"systems": 60_000, "n": 256},
        {"systems": 200_000, "n": 64},
        {"systems": 20_000, "n": 131},
    )
    blocks = tuple(block for block in LINES if block.volume >= 256)
    check_size: Size = {"systems": 3, "n": 75}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["systems"], size["n"]
        x = xp.zeros(shape, dtype=xp.float64)
        return *_systems(xp, shape, data, xp.float64), x, np.uint32(size["n"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["systems"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * 8 * size["n"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {4: _solved(arguments)}
