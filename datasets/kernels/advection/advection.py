"""What wind carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane

_FADING = 0.98


def _source(wind: Array, size: Size) -> tuple[Array, Array]:
    """Where the air of the first rows' cells was: columns and rows, with fractions."""
    y, x = np.indices(wind.shape[:2])
    reach = size["reach"]
    return (
        np.clip(x - reach * wind[..., 0], 0, size["width"] - 1),
        np.clip(y - reach * wind[..., 1], 0, size["height"] - 1),
    )


class AdvectionBackward(Kernel):
    """Four kinds of smoke after a step of a wind of at most `reach` cells."""

    name = entry = "advection_backward"
    family = "advection"
    sizes = (
        {"width": 800, "height": 600, "reach": 2},
        {"width": 2_048, "height": 2_048, "reach": 5},
        {"width": 200, "height": 30_000, "reach": 1},
        {"width": 4_000, "height": 4_000, "reach": 40},
    )
    blocks = PLANES
    check_size: Size = {"width": 43, "height": 21, "reach": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["height"], size["width"]
        wind = uniform(xp, (*shape, 2), xp.float32, data)
        smoke = uniform(xp, (*shape, 4), xp.float32, data, 1)
        after = xp.zeros((*shape, 4), dtype=xp.float32)
        scalars = (np.uint32(size["width"]), np.uint32(size["height"]))
        return wind, smoke, after, *scalars, np.float32(size["reach"]), np.float32(_FADING)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        wind, smoke = (np.asarray(argument, np.float64) for argument in arguments[:2])
        x, y = _source(wind, size)
        x0, y0 = x.astype(np.int64), y.astype(np.int64)
        x1, y1 = np.minimum(x0 + 1, size["width"] - 1), np.minimum(y0 + 1, size["height"] - 1)
        right, up = (x - x0)[..., None], (y - y0)[..., None]
        low = (1 - right) * smoke[y0, x0] + right * smoke[y0, x1]
        high = (1 - right) * smoke[y1, x0] + right * smoke[y1, x1]
        return {2: _FADING * ((1 - up) * low + up * high)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        x, y = _source(np.asarray(arguments[0])[:64, : size["width"] // 32 * 32], size)
        places = y.astype(np.int64) * size["width"] + x.astype(np.int64)
        return (Pin("smoke", "access", sectors_per_request(places.reshape(-1, 32), 16)),)
