"""Waves on planes: a pressure field with high order in space, and light on staggered grids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import PLANES, pieces, plane

_WEIGHTS = (-205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560)


class WaveLeapfrog(Kernel):
    """after ← 2·now − before + c²·Laplacian(now), damped in a rim of `sponge` points."""

    name = entry = "wave_leapfrog"
    family = "stencil"
    sizes = (
        {"width": 1_600, "height": 1_400, "sponge": 20},
        {"width": 4_096, "height": 4_096, "sponge": 60},
        {"width": 400, "height": 30_000, "sponge": 150},
        {"width": 8_192, "height": 6_000, "sponge": 10},
    )
    blocks = PLANES
    check_size: Size = {"width": 47, "height": 35, "sponge": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        before, now, speed = (uniform(xp, shape, xp.float32, data, s) for s in range(3))
        speed = xp.float32(0.3) + xp.float32(0.1) * speed
        after = xp.zeros(shape, dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("width", "height", "sponge"))
        return before, now, speed, after, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"] - 8, size["height"] - 8, block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        before, now, speed = (np.asarray(argument, np.float64) for argument in arguments[:3])
        laplacian = 2 * _WEIGHTS[0] * now
        for r in range(1, 5):
            around = sum(np.roll(now, shift, axis) for axis in (0, 1) for shift in (-r, r))
            laplacian += _WEIGHTS[r] * around
        rims = [np.minimum(np.arange(n), n - 1 - np.arange(n)) for n in now.shape]
        rim = np.minimum(rims[0][:, None], rims[1])
        missing = np.maximum(0, size["sponge"] - rim) / size["sponge"]
        damping = np.exp(-0.3 * missing**2)
        after = np.zeros_like(now)
        full = damping * (2 * now - damping * before + speed**2 * laplacian)
        after[4:-4, 4:-4] = full[4:-4, 4:-4]
        return {3: after}


class WaveMaxwell(Kernel):
    """A step of Ez, Hx, Hy on staggered grids; blocks overlap by one row and one column."""

    name = entry = "wave_maxwell"
    family = "stencil"
    sizes = (
        {"width": 900, "height": 800},
        {"width": 3_000, "height": 4_000},
        {"width": 250, "height": 20_000},
        {"width": 7_000, "height": 6_000},
    )
    blocks = tuple(block for block in PLANES if block.y > 1)
    check_size: Size = {"width": 45, "height": 29}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        electric = uniform(xp, shape, xp.float32, data)
        magnetic, material = (uniform(xp, (*shape, 2), xp.float32, data, s) for s in (1, 2))
        out = xp.zeros(shape, dtype=xp.float32), xp.zeros((*shape, 2), dtype=xp.float32)
        scalars = (np.uint32(size["width"]), np.uint32(size["height"]))
        return electric, magnetic, material, *out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        # The first block of a row owns its first column too, each other one less than it is wide.
        columns, rows = max(1, size["width"] - 1), max(1, size["height"] - 1)
        return Extent(pieces(columns, block.x - 1), pieces(rows, block.y - 1))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 8 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        electric, magnetic, material = (np.asarray(argument) for argument in arguments[:3])
        beyond = np.pad(electric, ((0, 1), (0, 1)))
        hx = magnetic[..., 0] - 0.5 * (beyond[1:, :-1] - electric)
        hy = magnetic[..., 1] + 0.5 * (beyond[:-1, 1:] - electric)
        curl = np.diff(hy, axis=1, prepend=0) - np.diff(hx, axis=0, prepend=0)
        after = material[..., 0] * electric + material[..., 1] * curl
        return {3: after, 4: np.stack([hx, hy], axis=-1)}
