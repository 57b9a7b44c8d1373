"""Rows and planes brought to a common scale: softmax, layer, root mean square and batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, pieces, plane


def brain_floats(xp: Any, shape: tuple[int, ...], data: Data, stream: int) -> Any:
    """Values in [-1, 1) as the upper halves of 32-bit floats."""
    wide = uniform(xp, shape, xp.float32, data, stream)
    return (wide.view(xp.uint32) >> xp.uint32(16)).astype(xp.uint16)


def widened(brain: Array) -> Array:
    """The values of brain floats."""
    return np.asarray((brain.astype(np.uint32) << 16).view(np.float32))


def narrowed(values: Array) -> Array:
    """The nearest brain floats, to even where two are as near."""
    word = values.astype(np.float32).view(np.uint32)
    return ((word + 0x7FFF + ((word >> 16) & 1)) >> 16).astype(np.uint16)


def softmax(values: Array, scale: float = 1.0) -> Array:
    """The softmax along the last axis, in doubles."""
    grown = np.exp(scale * (values - values.max(axis=-1, keepdims=True)).astype(np.float64))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


class SoftmaxRows(Kernel):
    """out ← the softmax of each row, one block a row."""

    name = entry = "softmax_rows"
    family = "norm"
    sizes = (
        {"rows": 1_000, "columns": 1_000},
        {"rows": 20_000, "columns": 768},
        {"rows": 2_048, "columns": 32_000},
        {"rows": 100_000, "columns": 128},
    )
    blocks = LINES
    check_size: Size = {"rows": 3, "columns": 700}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["rows"], size["columns"]
        values = 8 * uniform(xp, shape, xp.float32, data)
        out = xp.zeros(shape, dtype=xp.float32)
        return values, out, np.uint32(size["columns"]), np.float32(0.5)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["rows"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: softmax(np.asarray(arguments[0]), 0.5)}


class SoftmaxOnline(Kernel):
    """out ← the softmax of each row, one warp a row, in two sweeps."""

    name = entry = "softmax_online"
    family = "norm"
    sizes = (
        {"rows": 4_000, "columns": 500},
        {"rows": 200_000, "columns": 64},
        {"rows": 16_384, "columns": 4_096},
        {"rows": 60_000, "columns": 900},
    )
    blocks = LINES
    check_size: Size = {"rows": 19, "columns": 77}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["rows"], size["columns"]
        values = 6 * uniform(xp, shape, xp.float32, data)
        out = xp.zeros(shape, dtype=xp.float32)
        return values, out, np.uint32(shape[0]), np.uint32(shape[1])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["rows"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: softmax(np.asarray(arguments[0]))}


class LayernormWelford(Kernel):
    """out ← each row less its mean, over its spread, times gain plus bias."""

    name = entry = "layernorm_welford"
    family = "norm"
    sizes = (
        {"rows": 1_000, "columns": 768},
        {"rows": 16_384, "columns": 1_024},
        {"rows": 4_096, "columns": 8_192},
        {"rows": 60_000, "columns": 300},
    )
    blocks = LINES
    check_size: Size = {"rows": 3, "columns": 401}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = size["rows"], size["columns"]
        values = uniform(xp, (rows, columns), xp.float32, data)
        gain, bias = (uniform(xp, (columns,), xp.float32, data, stream) for stream in (1, 2))
        out = xp.zeros((rows, columns), dtype=xp.float32)
        return values, gain, bias, out, np.uint32(columns), np.float32(1e-5)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["rows"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, gain, bias = (np.asarray(argument, np.float64) for argument in arguments[:3])
        mean, spread = values.mean(axis=1, keepdims=True), values.var(axis=1, keepdims=True)
        return {3: (values - mean) / np.sqrt(spread + 1e-5) * gain + bias}


class RmsnormResidual(Kernel):
    """sums ← in + residual, out ← sums over their root mean square times gain; brain floats."""

    name = entry = "rmsnorm_residual"
    family = "norm"
    sizes = (
        {"rows": 2_000, "columns": 1_024},
        {"rows": 16_384, "columns": 4_096},
        {"rows": 4_096, "columns": 16_384},
        {"rows": 100_000, "columns": 512},
    )
    blocks = LINES
    check_size: Size = {"rows": 3, "columns": 602}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["rows"], size["columns"]
        values, residual = (brain_floats(xp, shape, data, stream) for stream in (0, 1))
        gain = brain_floats(xp, shape[1:], data, 2)
        sums, out = xp.zeros(shape, dtype=xp.uint16), xp.zeros(shape, dtype=xp.float32)
        return values, residual, gain, sums, out, np.uint32(shape[1] // 2)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["rows"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 2 * size["columns"] + 4 * 32

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, residual, gain = (widened(np.asarray(argument)) for argument in arguments[:3])
        exact = values + residual
        sums = narrowed(exact)
        mean_square = (exact.astype(np.float64) ** 2).mean(axis=1, keepdims=True)
        return {3: sums, 4: widened(sums) / np.sqrt(mean_square + 1e-5) * gain}


class BatchnormApply(Kernel):
    """out ← planes normalised by known mean and variance, clamped to [0, 6]."""

    name = entry = "batchnorm_apply"
    family = "norm"
    sizes = (
        {"images": 2, "channels": 64, "height": 112, "width": 112},
        {"images": 8, "channels": 256, "height": 56, "width": 56},
        {"images": 4, "channels": 32, "height": 700, "width": 701},
        {"images": 32, "channels": 512, "height": 28, "width": 28},
    )
    blocks = PLANES
    check_size: Size = {"images": 2, "channels": 3, "height": 13, "width": 37}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = tuple(size[name] for name in ("images", "channels", "height", "width"))
        values = uniform(xp, shape, xp.float32, data)
        random = (bits(xp, 4 * shape[1], data, 1) >> xp.uint64(40)).astype(xp.float32)
        statistics = (random / xp.float32(2.0**24)).reshape(shape[1], 4)
        out = xp.zeros(shape, dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("height", "width", "channels"))
        return values, statistics, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["width"], size["height"], block, size["images"] * size["channels"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        values, statistics = (np.asarray(argument, np.float64) for argument in arguments[:2])
        mean, variance, gain, bias = statistics.T[:, :, None, None]
        return {2: np.clip((values - mean) * gain / np.sqrt(variance + 1e-5) + bias, 0.0, 6.0)}
