"""Slices from shadows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane


def _detectors(side: int) -> int:
    """Enough for the diagonal, and one more on each side."""
    return int(np.ceil(side * np.sqrt(2))) + 3


def _place(size: Size, directions: Array, x: Array, y: Array) -> Array:
    """Where pixels fall on the detectors: angles along the first axis."""
    middle, centre = (size["side"] - 1) / 2, (_detectors(size["side"]) - 1) / 2
    across, down = directions.astype(np.float64).T[:, :, None]
    return np.asarray((x - middle) * across + (y - middle) * down + centre)


class Backprojection(Kernel):
    """A slice of `side` by `side` pixels from `angles` shadows."""

    name = entry = "backprojection"
    family = "tomography"
    sizes = (
        {"side": 256, "angles": 90},
        {"side": 1_024, "angles": 180},
        {"side": 2_000, "angles": 40},
        {"side": 500, "angles": 1_000},
    )
    blocks = PLANES
    check_size: Size = {"side": 37, "angles": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        side, angles = size["side"], size["angles"]
        shadows = uniform(xp, (angles, _detectors(side)), xp.float32, data)
        turn = (xp.arange(angles, dtype=xp.float64) + 0.3) * (np.pi / angles)
        directions = xp.stack([xp.cos(turn), xp.sin(turn)], axis=1).astype(xp.float32)
        slice_ = xp.zeros((side, side), dtype=xp.float32)
        scalars = (np.uint32(value) for value in (side, angles, _detectors(side)))
        return shadows, directions, slice_, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["side"], size["side"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 8 * size["angles"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        shadows, directions = (np.asarray(argument) for argument in arguments[:2])
        y, x = np.divmod(np.arange(size["side"] ** 2), size["side"])
        at = _place(size, directions, x, y)
        cell = np.floor(at).astype(np.int64)
        angle = np.arange(size["angles"])[:, None]
        low, high = shadows[angle, cell], shadows[angle, cell + 1]
        return {2: (low + (at - cell) * (high - low)).mean(axis=0)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        directions = np.asarray(arguments[1])
        x, y = np.meshgrid(np.arange(32), np.arange(8) * (size["side"] // 8))
        at = _place(size, directions, x.reshape(-1), y.reshape(-1))
        cell = np.floor(at).astype(np.int64)
        row = np.arange(size["angles"])[:, None] * _detectors(size["side"])
        return (Pin("shadow", "access", sectors_per_request(row + cell, 4)),)
