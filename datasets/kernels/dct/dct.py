"""Cosine transforms: of 8 × 8 pixels as in image coding, of windows as in sound coding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, line, pieces, plane


class DctBlocks(Kernel):
    """out ← the cosine transform of 8 × 8 blocks over their steps, eight threads a block."""

    name = entry = "dct_blocks"
    family = "dct"
    sizes = (
        {"width": 1_920, "height": 1_080},
        {"width": 7_680, "height": 4_320},
        {"width": 512, "height": 100_000},
        {"width": 16_384, "height": 12_000},
    )
    blocks = LINES
    check_size: Size = {"width": 40, "height": 56}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        width, height = size["width"], size["height"]
        image = uniform(xp, (height, width), xp.float32, data)
        steps = (xp.arange(64, dtype=xp.float32) + 16).reshape(8, 8)
        blocks = np.uint32(width * height // 64)
        return image, steps, xp.zeros_like(image), np.uint32(width), blocks, np.float32(50.0)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["width"] * size["height"] // 8, block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * 72 * block.volume // 8

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        image, steps = (np.asarray(argument, np.float64) for argument in arguments[:2])
        k, n = np.arange(8)[:, None], np.arange(8)
        basis = np.sqrt(2 / 8) * np.cos(np.pi / 8 * (n + 0.5) * k)
        basis[0] /= np.sqrt(2)
        tiles = image.reshape(size["height"] // 8, 8, size["width"] // 8, 8)
        spectra = np.einsum("kv,yvxu,lu->ykxl", basis, tiles, basis)
        return {2: (50 * spectra / steps[:, None]).reshape(image.shape)}


class DctLong(Kernel):
    """out ← `bins` coefficients of each window of 2·`bins` samples, four windows a thread."""

    name = entry = "dct_long"
    family = "dct"
    sizes = (
        {"windows": 200, "bins": 128},
        {"windows": 4_000, "bins": 256},
        {"windows": 2_000, "bins": 1_024},
        {"windows": 50_000, "bins": 60},
    )
    blocks = PLANES
    check_size: Size = {"windows": 22, "bins": 37}
    tolerance = 5e-4

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        windows, bins = size["windows"], size["bins"]
        sound = uniform(xp, ((windows + 1) * bins,), xp.float32, data)
        angles = (xp.arange(2 * bins, dtype=xp.float64) + 0.5) * (np.pi / (2 * bins))
        envelope = xp.sin(angles).astype(xp.float32)
        out = xp.zeros((windows, bins), dtype=xp.float32)
        return sound, envelope, out, np.uint32(windows), np.uint32(bins)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["bins"], pieces(size["windows"], 4), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        sound, envelope = (np.asarray(argument, np.float64) for argument in arguments[:2])
        bins = size["bins"]
        windows = np.lib.stride_tricks.sliding_window_view(sound, 2 * bins)[::bins]
        n, k = np.arange(2 * bins), np.arange(bins)[:, None]
        basis = np.cos(np.pi / bins * (n + 0.5 + bins / 2) * (k + 0.5))
        return {2: (windows * envelope) @ basis.T}
