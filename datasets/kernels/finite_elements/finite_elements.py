"""Finite elements without a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line

_CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])


class ElementProduct(Kernel):
    """products ← products + stiffness·values of a bent mesh of `columns` by `rows` elements.

    Elements stand in steps of `stride` through the mesh, so that neighbours in the list are not
    neighbours in the mesh; `stride` shares no factor with the number of elements.
    """

    name = entry = "element_product"
    family = "finite_elements"
    sizes = (
        {"columns": 500, "rows": 400, "stride": 1},
        {"columns": 2_000, "rows": 1_500, "stride": 7},
        {"columns": 1_000, "rows": 900, "stride": 100_003},
        {"columns": 4_000, "rows": 2_000, "stride": 3},
    )
    blocks = LINES
    check_size: Size = {"columns": 20, "rows": 16, "stride": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        columns, rows = size["columns"], size["rows"]
        order = xp.arange(columns * rows, dtype=xp.int64) * size["stride"] % (columns * rows)
        first = order // columns * (columns + 1) + order % columns
        elements = xp.stack([first, first + 1, first + columns + 2, first + columns + 1], axis=1)
        nodes = (columns + 1) * (rows + 1)
        at = xp.arange(nodes, dtype=xp.int64)
        grid = xp.stack([at % (columns + 1), at // (columns + 1)], axis=1).astype(xp.float32)
        places = grid + xp.float32(0.2) * uniform(xp, (nodes, 2), xp.float32, data)
        values = uniform(xp, (nodes,), xp.float32, data, 1)
        products = xp.zeros(nodes, dtype=xp.float32)
        return elements.astype(xp.int32), places, values, products, np.uint32(columns * rows)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["columns"] * size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        elements, places, values, products = (np.array(argument) for argument in arguments[:4])
        x = places[elements].astype(np.float64)
        sums = np.zeros(elements.shape)
        for point in _CORNERS / np.sqrt(3):
            slopes = 0.25 * _CORNERS * (1 + _CORNERS * point)[:, ::-1]
            jacobian = slopes.T @ x
            by_place = slopes @ np.linalg.inv(jacobian).transpose(0, 2, 1)
            gradient = (values[elements][:, None, :] @ by_place)[:, 0]
            area = np.linalg.det(jacobian)
            sums += area[:, None] * (by_place @ gradient[:, :, None])[:, :, 0]
        total = products.astype(np.float64)
        np.add.at(total, elements, sums)
        return {3: total}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        corners = np.asarray(arguments[0])[: 1 << 16, 0]
        each = sectors_per_request(corners, 4)
        return (
            Pin("place", "access", sectors_per_request(corners, 8)),
            Pin("value", "access", each),
            Pin("corner", "access", each),
        )
