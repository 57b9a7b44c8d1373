"""Particles and grids: charge to corners, and forces between neighbours in cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import bits, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line
from ptxenergy.measure.kernels.trips import trip_pin

_REACH = 0.8
_SAMPLED = 1024


def _fractions(xp: Any, count: int, data: Data, stream: int) -> Any:
    """float32 in [0, 1), random whatever kind the data is: where particles are steers the work."""
    return ((bits(xp, count, data, stream) >> xp.uint64(41)).astype(xp.float32)) / xp.float32(2**23)


class DepositCharge(Kernel):
    """density ← density + each particle's charge, shared out to four corners."""

    name = entry = "deposit_charge"
    family = "particles"
    sizes = (
        {"count": 500_000, "width": 256, "height": 256},
        {"count": 10_000_000, "width": 2_048, "height": 1_024},
        {"count": 2_000_000, "width": 8_000, "height": 8_000},
        {"count": 4_000_000, "width": 64, "height": 32},
    )
    blocks = LINES
    check_size: Size = {"count": 1_100, "width": 11, "height": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        count, width, height = size["count"], size["width"], size["height"]
        x = _fractions(xp, count, data, 0) * xp.float32(width)
        y = _fractions(xp, count, data, 1) * xp.float32(height)
        places = xp.stack([x, y], axis=1)
        charges = uniform(xp, (count,), xp.float32, data, 2)
        density = xp.zeros((height + 1, width + 1), dtype=xp.float32)
        return places, charges, density, *(np.uint32(v) for v in (count, width, height))

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["count"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        places, charges, density = (np.array(argument, np.float64) for argument in arguments[:3])
        cell = np.floor(places).astype(np.int64)
        right, up = (places - cell).T
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            share = charges * (right if dx else 1 - right) * (up if dy else 1 - up)
            np.add.at(density, (cell[:, 1] + dy, cell[:, 0] + dx), share)
        return {2: density}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        cell = np.floor(np.asarray(arguments[0])[:65536]).astype(np.int64)
        corner = cell[:, 1] * (size["width"] + 1) + cell[:, 0]
        return (
            Pin("beyond", "branch", 0.0),
            Pin("cell", "access", sectors_per_request(corner, 4)),
        )


class CellForces(Kernel):
    """Forces on particles in side² cells, `per_cell` in each on average, in order of cell."""

    name = entry = "cell_forces"
    family = "particles"
    sizes = (
        {"side": 64, "per_cell": 8},
        {"side": 400, "per_cell": 6},
        {"side": 100, "per_cell": 40},
        {"side": 1_000, "per_cell": 3},
    )
    blocks = LINES
    check_size: Size = {"side": 7, "per_cell": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        side, count = size["side"], size["side"] ** 2 * size["per_cell"]
        x, y = (_fractions(xp, count, data, stream) * xp.float32(side) for stream in (0, 1))
        cells = y.astype(xp.int64) * side + x.astype(xp.int64)
        order = xp.argsort(cells)
        places = xp.stack([x[order], y[order]], axis=1)
        bounds = xp.arange(side * side + 1, dtype=xp.int64)
        starts = xp.searchsorted(cells[order], bounds).astype(xp.int32)
        forces = xp.zeros((count, 2), dtype=xp.float32)
        return places, starts, forces, np.uint32(count), np.int32(side), np.float32(_REACH)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["side"] ** 2 * size["per_cell"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        places = np.asarray(arguments[0], np.float64)
        way = places[:, None, :] - places
        square, apart = _REACH**2, (way**2).sum(axis=2)
        inverse = square / (apart + 0.01)
        strength = np.where(apart < square, inverse**4 * (inverse**3 - 0.5), 0)
        return {2: (strength[:, :, None] * way).sum(axis=1)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        places, starts, side = np.asarray(arguments[0]), np.asarray(arguments[1]), size["side"]
        chosen = np.arange(min(_SAMPLED, len(places) // 32 * 32))
        chosen += (len(places) - len(chosen)) // 2
        cell_x, cell_y = places[chosen].astype(np.int64).T
        rows = cell_y + np.array([-1, 0, 1])[:, None]
        inside = (rows >= 0) & (rows < side)
        rows = np.clip(rows, 0, side - 1) * side
        last = rows + np.minimum(cell_x + 1, side - 1) + 1
        first, end = starts[rows + np.maximum(cell_x - 1, 0)], starts[last]
        steps = first + np.arange(int((end - first).max(initial=1)))[:, None, None]
        steps = np.where((steps < end) & inside, steps, -1)
        apart = ((places[chosen] - places[np.maximum(steps, 0)]) ** 2).sum(axis=-1)
        met, filled = steps >= 0, inside & (end > first)
        return (
            trip_pin("rows", inside.sum(axis=0)),
            Pin("starts", "access", sectors_per_request(np.where(inside, last, -1), 4)),
            Pin("empty", "branch", 1.0 - float(filled.sum() / inside.sum())),
            trip_pin("met", met.sum(axis=0)),
            Pin("other", "access", sectors_per_request(steps.reshape(-1, 32), 8)),
            Pin("near", "branch", float((met & (apart < _REACH**2)).sum() / max(1, met.sum()))),
        )
