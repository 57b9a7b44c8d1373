"""Each point of a grid from its neighbours: in planes and in space, by four data flows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, pieces, plane

_TILES = tuple(
    Extent(x, y)
    for x, y in (
        (32, 8), (16, 16), (8, 32), (32, 16), (16, 32), (32, 32), (64, 8), (64, 16), (8, 8),
        (16, 8), (8, 16), (128, 8),
    )
)  # fmt: skip


class Stencil2d5(Kernel):
    """out ← centre·in + side·(sum of four neighbours), inside the plane's rim."""

    name = entry = "stencil_2d5"
    family = "stencil"
    sizes = (
        {"width": 2_000, "height": 1_600},
        {"width": 4_096, "height": 4_096},
        {"width": 300, "height": 60_000},
        {"width": 12_001, "height": 9_000},
    )
    blocks = PLANES
    check_size: Size = {"width": 45, "height": 37}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        out = xp.zeros(shape, dtype=xp.float32)
        scalars = (np.uint32(size["width"]), np.uint32(size["height"]))
        weights = (np.float32(0.4), np.float32(0.15))
        return uniform(xp, shape, xp.float32, data), out, *scalars, *weights

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"] - 2, size["height"] - 2, block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a = np.asarray(arguments[0])
        out = np.zeros_like(a)
        sides = a[1:-1, :-2] + a[1:-1, 2:] + a[:-2, 1:-1] + a[2:, 1:-1]
        out[1:-1, 1:-1] = 0.4 * a[1:-1, 1:-1] + 0.15 * sides
        return {1: out}


class Stencil3d7(Kernel):
    """Six neighbours in space; a thread climbs `slab` layers."""

    name = entry = "stencil_3d7"
    family = "stencil"
    sizes = (
        {"width": 130, "height": 130, "depth": 130, "slab": 16},
        {"width": 512, "height": 512, "depth": 258, "slab": 64},
        {"width": 1_024, "height": 300, "depth": 66, "slab": 8},
        {"width": 70, "height": 2_000, "depth": 402, "slab": 400},
    )
    blocks = PLANES
    check_size: Size = {"width": 41, "height": 11, "depth": 9, "slab": 4}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["depth"], size["height"], size["width"]
        out = xp.zeros(shape, dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("width", "height", "depth", "slab"))
        return uniform(xp, shape, xp.float32, data), out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        layers = pieces(size["depth"] - 2, size["slab"])
        return plane(size["width"] - 2, size["height"] - 2, block, layers)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a = np.asarray(arguments[0])
        around = sum(np.roll(a, shift, axis) for axis in range(3) for shift in (-1, 1))
        out = np.zeros_like(a)
        inner = (slice(1, -1),) * 3
        out[inner] = (0.4 * a + 0.1 * around)[inner]
        return {1: out}


class Stencil3d27(Kernel):
    """The whole cube of neighbours, in doubles."""

    name = entry = "stencil_3d27"
    family = "stencil"
    sizes = (
        {"width": 130, "height": 130, "depth": 66},
        {"width": 256, "height": 256, "depth": 256},
        {"width": 1_000, "height": 40, "depth": 300},
        {"width": 400, "height": 402, "depth": 202},
    )
    blocks = PLANES
    check_size: Size = {"width": 39, "height": 11, "depth": 5}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["depth"], size["height"], size["width"]
        out = xp.zeros(shape, dtype=xp.float64)
        scalars = (np.uint32(size["width"]), np.uint32(size["height"]))
        weights = (np.float64(value) for value in (-1.0, 0.11, 0.03, 0.02))
        return uniform(xp, shape, xp.float64, data), out, *scalars, *weights

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"] - 2, size["height"] - 2, block, size["depth"] - 2)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        a, weights = np.asarray(arguments[0]), [float(w) for w in arguments[4:]]
        full = np.zeros_like(a)
        for offsets in product((-1, 0, 1), repeat=3):
            weight = weights[sum(offset != 0 for offset in offsets)]
            full += weight * np.roll(a, offsets, (0, 1, 2))
        out = np.zeros_like(a)
        inner = (slice(1, -1),) * 3
        out[inner] = full[inner]
        return {1: out}


class StencilJacobiTiled(Kernel):
    """`sweeps` Jacobi sweeps of a Poisson problem inside one tile of shared memory."""

    name = entry = "stencil_jacobi_tiled"
    family = "stencil"
    sizes = (
        {"width": 1_000, "height": 1_000, "sweeps": 2},
        {"width": 4_000, "height": 4_100, "sweeps": 1},
        {"width": 3_000, "height": 2_000, "sweeps": 3},
        {"width": 500, "height": 16_000, "sweeps": 2},
    )
    blocks = _TILES
    check_size: Size = {"width": 43, "height": 29, "sweeps": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        start, load = (uniform(xp, shape, xp.float32, data, stream) for stream in (0, 1))
        out = xp.zeros(shape, dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("width", "height", "sweeps"))
        return start, load, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        rim = 2 * size["sweeps"]
        return Extent(pieces(size["width"], block.x - rim), pieces(size["height"], block.y - rim))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 2 * 4 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        value, load = (np.asarray(argument) for argument in arguments[:2])
        for _ in range(size["sweeps"]):
            p = np.pad(value, 1)
            value = 0.25 * (p[1:-1, :-2] + p[1:-1, 2:] + p[:-2, 1:-1] + p[2:, 1:-1] - load)
        return {2: value}
