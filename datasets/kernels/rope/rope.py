"""Rotary position embedding: pairs of values turned by angles that follow from their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, line, plane


class RopeTable(Kernel):
    """out ← pairs turned by the angles of a table, which serves all heads."""

    name = entry = "rope_table"
    family = "rope"
    sizes = (
        {"positions": 1_000, "heads": 8, "pairs": 64},
        {"positions": 8_192, "heads": 32, "pairs": 64},
        {"positions": 65_000, "heads": 4, "pairs": 32},
        {"positions": 4_096, "heads": 100, "pairs": 128},
    )
    blocks = PLANES
    check_size: Size = {"positions": 37, "heads": 7, "pairs": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        positions, heads, pairs = size["positions"], size["heads"], size["pairs"]
        values = uniform(xp, (positions, heads, pairs, 2), xp.float32, data)
        angles = 3.14159 * uniform(xp, (positions, pairs), xp.float32, data, 1)
        turns = xp.stack([xp.cos(angles), xp.sin(angles)], axis=-1).astype(xp.float32)
        out = xp.zeros_like(values)
        return values, turns, out, np.uint32(positions), np.uint32(heads), np.uint32(pairs)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["pairs"], size["positions"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, turns = (np.asarray(argument, np.float64) for argument in arguments[:2])
        turned = (values[..., 0] + 1j * values[..., 1]) * (turns[:, None] @ np.array([1, 1j]))
        return {2: np.stack([turned.real, turned.imag], axis=-1)}


class RopeComputed(Kernel):
    """out ← halves of heads turned by angles of base `base`, computed by each thread."""

    name = entry = "rope_computed"
    family = "rope"
    sizes = (
        {"positions": 1_000, "heads": 12, "half": 64, "base": 10_000},
        {"positions": 4_096, "heads": 32, "half": 64, "base": 10_000},
        {"positions": 32_768, "heads": 8, "half": 48, "base": 500_000},
        {"positions": 20_000, "heads": 64, "half": 32, "base": 10_000},
    )
    blocks = LINES
    check_size: Size = {"positions": 23, "heads": 3, "half": 20, "base": 10_000}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        positions, heads, half = size["positions"], size["heads"], size["half"]
        values = uniform(xp, (positions, heads, 2 * half), xp.float32, data)
        scalars = np.uint32(positions), np.uint32(heads), np.uint32(half)
        return values, xp.zeros_like(values), *scalars, np.float32(np.log2(size["base"]))

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["positions"] * size["heads"] * size["half"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, half = np.asarray(arguments[0], np.float64), size["half"]
        rates = size["base"] ** -(np.arange(half) / half)
        angles = (np.arange(size["positions"])[:, None] * rates)[:, None]
        x, y = values[..., :half], values[..., half:]
        turned = [x * np.cos(angles) - y * np.sin(angles), x * np.sin(angles) + y * np.cos(angles)]
        return {1: np.concatenate(turned, axis=-1)}
