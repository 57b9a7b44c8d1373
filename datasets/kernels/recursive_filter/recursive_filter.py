"""Filters whose output depends on their own past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class BiquadCascade(Kernel):
    """`samples` samples of `channels` channels through four filters of second order."""

    name = entry = "biquad_cascade"
    family = "recursive_filter"
    sizes = (
        {"channels": 20_000, "samples": 100},
        {"channels": 200_000, "samples": 200},
        {"channels": 1_000_000, "samples": 20},
        {"channels": 9_000, "samples": 2_000},
    )
    blocks = LINES
    check_size: Size = {"channels": 301, "samples": 13}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["samples"], size["channels"]
        sound = uniform(xp, shape, xp.float32, data)
        # Poles well inside the unit circle, so that the past fades.
        coefficients = xp.asarray([1.0, 0.0, 0.0, -0.4, 0.2], dtype=xp.float32)
        coefficients = coefficients + xp.float32(0.3) * uniform(xp, (4, 5), xp.float32, data, 1)
        filtered = xp.zeros(shape, dtype=xp.float32)
        scalars = (np.uint32(size["channels"]), np.uint32(size["samples"]))
        return sound, coefficients, filtered, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["channels"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        value, coefficients = (np.asarray(argument, np.float64) for argument in arguments[:2])
        for b0, b1, b2, a1, a2 in coefficients:
            # Two samples of silence stand before the first.
            past = np.pad(value, ((2, 0), (0, 0)))
            out = np.zeros_like(past)
            for t in range(2, len(past)):
                fed = b0 * past[t] + b1 * past[t - 1] + b2 * past[t - 2]
                out[t] = fed - a1 * out[t - 1] - a2 * out[t - 2]
            value = out[2:]
        return {2: value}
