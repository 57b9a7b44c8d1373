"""Convolutions of signals and feature maps: direct, tiled, as matrix product, transformed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, at_most, line, pieces, plane


def convolved(maps: Array, weights: Array, margin: int) -> Array:
    """Maps (channels, height, width) with weights (filters, channels, edge, edge), in doubles."""
    padded = np.pad(maps.astype(np.float64), ((0, 0), (margin, margin), (margin, margin)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape[2:], axis=(1, 2))
    return np.asarray(np.einsum("cyxvu,fcvu->fyx", windows, weights.astype(np.float64)))


class ConvolutionSignal(Kernel):
    """out ← the signal filtered by `taps` taps."""

    name = entry = "convolution_signal"
    family = "convolution"
    sizes = (
        {"n": 1_000_000, "taps": 9},
        {"n": 4_000_000, "taps": 65},
        {"n": 30_000_000, "taps": 17},
        {"n": 2_000_000, "taps": 501},
    )
    blocks = LINES
    check_size: Size = {"n": 2001, "taps": 15}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, taps = size["n"], size["taps"]
        signal = uniform(xp, (n,), xp.float32, data)
        weights = uniform(xp, (taps,), xp.float32, data, 1)
        return signal, weights, xp.zeros(n, dtype=xp.float32), np.uint32(n), np.uint32(taps)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["n"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * (block.volume + 2 * size["taps"] - 1)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        signal, taps = (np.asarray(argument, np.float64) for argument in arguments[:2])
        reach = size["taps"] // 2
        padded = np.pad(signal, (reach, size["taps"] - 1 - reach))
        return {2: np.correlate(padded, taps, mode="valid")}


class ConvolutionDirect(Kernel):
    """out ← maps convolved with `edge` × `edge` weights, one thread an output value."""

    name = entry = "convolution_direct"
    family = "convolution"
    sizes: tuple[Size, ...] = (
        {"channels": 8, "filters": 8, "height": 100, "width": 120, "edge": 3},
        {"channels": 32, "filters": 32, "height": 128, "width": 128, "edge": 3},
        {"channels": 3, "filters": 64, "height": 224, "width": 224, "edge": 7},
        {"channels": 64, "filters": 64, "height": 56, "width": 56, "edge": 5},
    )
    blocks = PLANES
    check_size: Size = {"channels": 2, "filters": 2, "height": 9, "width": 13, "edge": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        channels, filters, edge = size["channels"], size["filters"], size["edge"]
        height, width = size["height"], size["width"]
        maps = uniform(xp, (channels, height, width), xp.float32, data)
        weights = uniform(xp, (filters, channels, edge, edge), xp.float32, data, 1)
        out = xp.zeros((filters, height, width), dtype=xp.float32)
        scalars = (np.uint32(value) for value in (channels, height, width, edge))
        return maps, weights, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block, size["filters"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        maps, weights = (np.asarray(argument) for argument in arguments[:2])
        return {2: convolved(maps, weights, size.get("edge", weights.shape[2]) // 2)}


class ConvolutionTiled(ConvolutionDirect):
    """out ← maps convolved with 5 × 5 weights, four filters a thread."""

    name = entry = "convolution_tiled"
    sizes = (
        {"channels": 8, "filters": 8, "height": 120, "width": 100},
        {"channels": 32, "filters": 64, "height": 112, "width": 112},
        {"channels": 64, "filters": 128, "height": 57, "width": 56},
        {"channels": 3, "filters": 30, "height": 1_080, "width": 1_920},
    )
    blocks = at_most(PLANES, 512)
    check_size: Size = {"channels": 2, "filters": 6, "height": 11, "width": 37}
    edge = 5

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        maps, weights, out, *_ = super().arguments(xp, {**size, "edge": self.edge}, data)
        names = ("channels", "filters", "height", "width")
        return maps, weights, out, *(np.uint32(size[name]) for name in names)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block, pieces(size["filters"], 4))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * (block.x + 4) * (block.y + 4)


class ConvolutionImplicitGemm(ConvolutionTiled):
    """out ← maps convolved with 3 × 3 weights, pixels along x of the grid and filters along y."""

    name = entry = "convolution_implicit_gemm"
    sizes = (
        {"channels": 16, "filters": 32, "height": 60, "width": 64},
        {"channels": 64, "filters": 64, "height": 112, "width": 112},
        {"channels": 256, "filters": 256, "height": 28, "width": 28},
        {"channels": 128, "filters": 100, "height": 56, "width": 57},
    )
    blocks = PLANES
    check_size: Size = {"channels": 4, "filters": 6, "height": 7, "width": 9}
    edge = 3

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["height"] * size["width"], size["filters"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * (block.y * 17 + block.x * 16)


class ConvolutionWinograd(Kernel):
    """out ← maps convolved with 3 × 3 weights by F(2 × 2, 3 × 3), weights transformed before."""

    name = entry = "convolution_winograd"
    family = "convolution"
    sizes = (
        {"channels": 16, "filters": 16, "height": 120, "width": 160},
        {"channels": 64, "filters": 64, "height": 112, "width": 112},
        {"channels": 256, "filters": 256, "height": 28, "width": 28},
        {"channels": 4, "filters": 32, "height": 720, "width": 1_280},
    )
    blocks = at_most(PLANES, 512)
    check_size: Size = {"channels": 3, "filters": 2, "height": 10, "width": 14}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        channels, filters = size["channels"], size["filters"]
        height, width = size["height"], size["width"]
        maps = uniform(xp, (channels, height + 2, width + 2), xp.float32, data)
        transformed = uniform(xp, (filters, channels, 4, 4), xp.float32, data, 1)
        out = xp.zeros((filters, height, width), dtype=xp.float32)
        scalars = (np.uint32(value) for value in (channels, height, width))
        return maps, transformed, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"] // 2, size["height"] // 2, block, size["filters"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        maps, transformed = (np.asarray(argument, np.float64) for argument in arguments[:2])
        to_tile = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], np.float64)
        to_pixels = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], np.float64)
        tiles = np.lib.stride_tricks.sliding_window_view(maps, (4, 4), axis=(1, 2))[:, ::2, ::2]
        spread = np.einsum("ij,cyxjk,lk->cyxil", to_tile, tiles, to_tile)
        products = np.einsum("cyxil,fcil->fyxil", spread, transformed)
        pixels = np.einsum("pi,fyxil,ql->fypxq", to_pixels, products, to_pixels)
        return {2: pixels.reshape(size["filters"], size["height"], size["width"])}
