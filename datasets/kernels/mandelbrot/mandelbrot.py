"""Maps of the plane repeated: to escape, which takes points as long as it takes them, or fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import PLANES, plane
from ptxenergy.measure.kernels.trips import trip_pin


class MandelbrotEscape(Kernel):
    """Steps until escape, at most `limit`, over a plane that the set fills for the most part."""

    name = entry = "mandelbrot_escape"
    family = "mandelbrot"
    sizes = (
        {"width": 800, "height": 600, "limit": 50},
        {"width": 3_000, "height": 2_000, "limit": 200},
        {"width": 4_096, "height": 4_096, "limit": 30},
        {"width": 1_000, "height": 1_000, "limit": 2_000},
    )
    blocks = PLANES
    check_size: Size = {"width": 43, "height": 29, "limit": 30}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        width, height = size["width"], size["height"]
        starts = xp.float32(0.05) * uniform(xp, (height, width), xp.float32, data)
        steps = xp.zeros((height, width), dtype=xp.uint16)
        place = np.float32(-2.0), np.float32(-1.1), np.float32(2.7 / width)
        scalars = (np.uint32(size[name]) for name in ("width", "height", "limit"))
        return starts, steps, *scalars, *place

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        starts = np.asarray(arguments[0])
        left, top, pitch = (np.float64(value) for value in arguments[5:])
        # As the kernel has it: a product and a sum rounded once, which 64 bits can hold.
        columns, rows = np.arange(size["width"]), np.arange(size["height"])[:, None]
        real = np.broadcast_to((left + pitch * columns).astype(np.float32), starts.shape).ravel()
        imaginary = np.broadcast_to((top + pitch * rows).astype(np.float32), starts.shape).ravel()
        x, y = starts.ravel(), np.zeros(starts.size, np.float32)
        steps, inside = np.zeros(starts.size, np.int64), np.arange(starts.size)
        for _ in range(size["limit"]):
            stays = x * x + y * y < np.float32(4)
            x, y, real, imaginary = x[stays], y[stays], real[stays], imaginary[stays]
            inside = inside[stays]
            steps[inside] += 1
            x, y = (x * x - y * y) + real, (x + x) * y + imaginary
        return {1: steps.reshape(starts.shape)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        return (trip_pin("escape", self.expected(size, arguments)[1]),)


class NewtonFractal(Kernel):
    """Which cube root of one Newton's method finds from each point, and how near it came."""

    name = entry = "newton_fractal"
    family = "mandelbrot"
    sizes = (
        {"width": 500, "height": 400, "steps": 10},
        {"width": 4_000, "height": 3_000, "steps": 8},
        {"width": 1_000, "height": 1_000, "steps": 100},
        {"width": 6_000, "height": 6_000, "steps": 3},
    )
    blocks = PLANES
    check_size: Size = {"width": 37, "height": 19, "steps": 13}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        width, height = size["width"], size["height"]
        offsets = 0.2 * uniform(xp, (width, 2), xp.float64, data)
        roots = xp.zeros((height, width), dtype=xp.uint8)
        distances = xp.zeros((height, width), dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("width", "height", "steps"))
        return offsets, roots, distances, *scalars, np.float64(0.9 / width)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        offsets, pitch = np.asarray(arguments[0]), float(arguments[6])
        columns, rows = np.arange(size["width"]), np.arange(size["height"])[:, None]
        x = offsets[:, 0] + pitch * rows + 0.3
        y = offsets[:, 1] + pitch * columns + 0.3
        z = x + 1j * y
        for _ in range(size["steps"]):
            square = z * z
            inverse = 1 / (3 * (np.abs(square) ** 2 + 1e-12))
            z = 2 / 3 * z + square.conj() * inverse
        root = np.where(z.real > 0, 0, np.where(z.imag > 0, 1, 2))
        return {1: root, 2: np.abs(z - np.exp(2j * np.pi / 3 * root))}
