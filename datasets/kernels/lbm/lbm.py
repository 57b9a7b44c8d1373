"""Flow by the lattice Boltzmann method: nine directions in a plane, pulled and relaxed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane

# (dx, dy, weight); the way back stands beside each way.
_WAYS = (
    (0, 0, 4 / 9),
    (1, 0, 1 / 9),
    (-1, 0, 1 / 9),
    (0, 1, 1 / 9),
    (0, -1, 1 / 9),
    (1, 1, 1 / 36),
    (-1, -1, 1 / 36),
    (-1, 1, 1 / 36),
    (1, -1, 1 / 36),
)
_BACK = (0, 2, 1, 4, 3, 6, 5, 8, 7)


class LbmD2q9(Kernel):
    """One step; one cell in `solid_one_in` is solid."""

    name = entry = "lbm_d2q9"
    family = "stencil"
    sizes = (
        {"width": 500, "height": 400, "solid_one_in": 20},
        {"width": 2_048, "height": 2_048, "solid_one_in": 4},
        {"width": 100, "height": 50_000, "solid_one_in": 2},
        {"width": 4_096, "height": 3_000, "solid_one_in": 100},
    )
    blocks = PLANES
    check_size: Size = {"width": 43, "height": 21, "solid_one_in": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        noise = uniform(xp, (9, *shape), xp.float32, data)
        weights = xp.asarray([way[2] for way in _WAYS], dtype=xp.float32).reshape(9, 1, 1)
        values = weights * (xp.float32(1) + xp.float32(0.2) * noise)
        chosen = integers(xp, shape, (0, size["solid_one_in"]), xp.int32, data, 1)
        solid = (chosen == 1).astype(xp.uint8)
        out = xp.zeros((9, *shape), dtype=xp.float32)
        scalars = (np.uint32(size["width"]), np.uint32(size["height"]), np.float32(0.9))
        return values, solid, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, solid = np.asarray(arguments[0], np.float64), np.asarray(arguments[1])
        pulled = np.stack(
            [np.roll(f, (y, x), (0, 1)) for f, (x, y, _) in zip(values, _WAYS, strict=True)]
        )
        density = pulled.sum(axis=0)
        u = sum(x * f for f, (x, _, _) in zip(pulled, _WAYS, strict=True)) / density
        v = sum(y * f for f, (_, y, _) in zip(pulled, _WAYS, strict=True)) / density
        relaxed = []
        for f, (x, y, weight) in zip(pulled, _WAYS, strict=True):
            along = x * u + y * v
            balance = 1 + 3 * along + 4.5 * along**2 - 1.5 * (u**2 + v**2)
            relaxed.append(0.1 * f + 0.9 * weight * density * balance)
        return {2: np.where(solid, pulled[list(_BACK)], np.stack(relaxed))}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        return (Pin("solid", "branch", float(np.asarray(arguments[1]).mean())),)
