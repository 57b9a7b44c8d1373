"""Fourier transforms: one pass through global memory, whole lines in shared memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, plane


def _complex(pairs: Argument) -> Array:
    return np.asarray(np.asarray(pairs, np.float64) @ np.array([1, 1j]))


def _pairs(values: Array) -> Array:
    return np.stack([values.real, values.imag], axis=-1)


class FftRadix4Pass(Kernel):
    """out ← one pass of a radix-4 transform that has `run` values in order already."""

    name = entry = "fft_radix4_pass"
    family = "fft"
    sizes = (
        {"length": 4_096, "lines": 100, "run": 1},
        {"length": 65_536, "lines": 256, "run": 1_024},
        {"length": 1_024, "lines": 20_000, "run": 16},
        {"length": 4_194_304, "lines": 8, "run": 4_096},
    )
    blocks = PLANES
    check_size: Size = {"length": 256, "lines": 3, "run": 16}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        length, lines = size["length"], size["lines"]
        values = uniform(xp, (lines, length, 2), xp.float32, data)
        angles = xp.arange(length, dtype=xp.float64) * (-2 * np.pi / length)
        turns = xp.stack([xp.cos(angles), xp.sin(angles)], axis=-1).astype(xp.float32)
        scalars = (np.uint32(size[name]) for name in ("length", "lines", "run"))
        return values, turns, xp.zeros_like(values), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["length"] // 4, size["lines"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        lines, run = size["lines"], size["run"]
        # Axes: line, part, group of runs, place in the run.
        values = _complex(arguments[0]).reshape(lines, 4, -1, run)
        places = np.arange(4)[:, None, None] * np.arange(run)
        turned = values * np.exp(-2j * np.pi * places / (4 * run))
        spectra = np.fft.fft(turned, axis=1).swapaxes(1, 2)
        return {2: _pairs(spectra.reshape(lines, -1))}


class FftShared(Kernel):
    """out ← the transform of each line of 2^bits values, in shared memory."""

    name = entry = "fft_shared"
    family = "fft"
    sizes = (
        {"lines": 2_000, "bits": 8},
        {"lines": 4_000, "bits": 12},
        {"lines": 100_000, "bits": 6},
        {"lines": 20_000, "bits": 10},
    )
    blocks = LINES
    check_size: Size = {"lines": 2, "bits": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        values = uniform(xp, (size["lines"], 1 << size["bits"], 2), xp.float32, data)
        return values, xp.zeros_like(values), np.uint32(size["bits"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["lines"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 8 << size["bits"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: _pairs(np.fft.fft(_complex(arguments[0]), axis=1))}
