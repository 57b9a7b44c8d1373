"""A magnet of spins by chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane


def _mixed(x: Array) -> Array:
    x = (x ^ x >> np.uint32(16)) * np.uint32(0x7FEB352D)
    x = (x ^ x >> np.uint32(15)) * np.uint32(0x846CA68B)
    return np.asarray(x ^ x >> np.uint32(16))


class IsingSweep(Kernel):
    """Half a sweep over an even chessboard of spins; `colour` 0 or 1."""

    name = entry = "ising_sweep"
    family = "stencil"
    sizes = (
        {"width": 2_000, "height": 1_600, "colour": 0},
        {"width": 8_192, "height": 8_192, "colour": 1},
        {"width": 120, "height": 60_000, "colour": 0},
        {"width": 20_000, "height": 6_000, "colour": 1},
    )
    blocks = PLANES
    check_size: Size = {"width": 46, "height": 22, "colour": 1}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        spins = 2 * integers(xp, shape, (0, 2), xp.int8, data) - 1
        scalars = (size["width"], size["height"], size["colour"], 17)
        after = xp.zeros(shape, dtype=xp.int8)
        words = (np.uint32(value) for value in scalars)
        return spins.astype(xp.int8), after, *words, np.float32(0.44)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        spins = np.asarray(arguments[0], np.int64)
        around = sum(np.roll(spins, shift, axis) for axis in (0, 1) for shift in (-1, 1))
        place = np.arange(spins.size, dtype=np.uint32).reshape(spins.shape)
        chance = (_mixed(place ^ _mixed(np.array([17], np.uint32))) >> np.uint32(8)) / 2.0**24
        y, x = np.indices(spins.shape)
        turns = ((x + y) % 2 == size["colour"]) & (chance < np.exp(-0.88 * spins * around))
        return {1: np.where(turns, -spins, spins)}
