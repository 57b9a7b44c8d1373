"""Attention: scores alone, a fused softmax over tiles, one query over a long cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, at_most, line, pieces, plane


class AttentionScores(Kernel):
    """weights ← exp(q·k / √width) where the key is no later than the query, else 0."""

    name = entry = "attention_scores"
    family = "attention"
    sizes = (
        {"heads": 4, "length": 300, "quads": 16},
        {"heads": 16, "length": 1_024, "quads": 16},
        {"heads": 2, "length": 4_000, "quads": 32},
        {"heads": 64, "length": 512, "quads": 8},
    )
    blocks = PLANES
    check_size: Size = {"heads": 2, "length": 43, "quads": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        heads, length, quads = size["heads"], size["length"], size["quads"]
        shape = heads, length, 4 * quads
        queries, keys = (uniform(xp, shape, xp.float32, data, stream) for stream in (0, 1))
        weights = xp.zeros((heads, length, length), dtype=xp.float32)
        scale = np.float32((4 * quads) ** -0.5)
        return queries, keys, weights, np.uint32(length), np.uint32(quads), scale

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["length"], size["length"], block, size["heads"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        queries, keys = (np.asarray(argument, np.float64) for argument in arguments[:2])
        scores = queries @ keys.swapaxes(1, 2) / np.sqrt(queries.shape[2])
        seen = np.tri(size["length"], dtype=np.bool_)
        return {2: np.where(seen, np.exp(scores), 0)}


class AttentionFlash(Kernel):
    """out ← the values weighed by the softmax of scores, a query of 32 values a thread."""

    name = entry = "attention_flash"
    family = "attention"
    sizes = (
        {"heads": 8, "queries": 500, "keys": 500},
        {"heads": 32, "queries": 2_048, "keys": 2_048},
        {"heads": 64, "queries": 256, "keys": 8_192},
        {"heads": 12, "queries": 6_000, "keys": 1_001},
    )
    blocks = at_most(LINES, 512)
    check_size: Size = {"heads": 2, "queries": 70, "keys": 21}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        heads, queries, keys = size["heads"], size["queries"], size["keys"]
        of_queries = uniform(xp, (heads, queries, 32), xp.float32, data)
        of_keys, values = (uniform(xp, (heads, keys, 32), xp.float32, data, s) for s in (1, 2))
        scalars = np.uint32(queries), np.uint32(keys), np.float32(32**-0.5)
        return of_queries, of_keys, values, xp.zeros_like(of_queries), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(line(size["queries"], block).x, size["heads"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        queries, keys, values = (np.asarray(argument, np.float64) for argument in arguments[:3])
        weights = np.exp(queries @ keys.swapaxes(1, 2) / np.sqrt(32))
        return {3: weights @ values / weights.sum(axis=2, keepdims=True)}


class AttentionFlashMma(Kernel):
    """out ← the values weighed by the softmax of scores, 16 queries a warp, on tensor cores."""

    name = entry = "attention_flash_mma"
    family = "attention"
    sizes = (
        {"heads": 8, "queries": 512, "keys": 512},
        {"heads": 32, "queries": 4_096, "keys": 4_096},
        {"heads": 128, "queries": 100, "keys": 16_384},
        {"heads": 64, "queries": 10_000, "keys": 512},
    )
    blocks = at_most(LINES, 512)
    check_size: Size = {"heads": 2, "queries": 70, "keys": 48}
    tolerance = 2e-3

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        heads, queries, keys = size["heads"], size["queries"], size["keys"]
        of_queries = 2 * uniform(xp, (heads, queries, 64), xp.float16, data)
        of_keys = uniform(xp, (heads, keys, 64), xp.float16, data, 1)
        values = uniform(xp, (heads, 64, keys), xp.float16, data, 2)
        out = xp.zeros((heads, queries, 64), dtype=xp.float32)
        # Exponentials are of base two: the scale holds the logarithm of e.
        scalars = np.uint32(queries), np.uint32(keys), np.float32(0.125 / np.log(2))
        return of_queries, of_keys, values, out, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["queries"], block.volume // 2), size["heads"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        queries, keys, values = (np.asarray(argument, np.float64) for argument in arguments[:3])
        weights = np.exp(queries @ keys.swapaxes(1, 2) / 8)
        return {3: weights @ values.swapaxes(1, 2) / weights.sum(axis=2, keepdims=True)}


class AttentionDecode(Kernel):
    """One query a head over `length` keys, in parts of `split` keys to be merged later."""

    name = entry = "attention_decode"
    family = "attention"
    sizes = (
        {"heads": 32, "length": 1_000, "width": 64, "split": 250},
        {"heads": 64, "length": 16_384, "width": 128, "split": 1_024},
        {"heads": 8, "length": 100_000, "width": 128, "split": 2_000},
        {"heads": 512, "length": 2_048, "width": 96, "split": 512},
    )
    blocks = LINES
    check_size: Size = {"heads": 2, "length": 90, "width": 48, "split": 37}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        heads, length, width = size["heads"], size["length"], size["width"]
        query = 3 * uniform(xp, (heads, width), xp.float32, data)
        keys, values = (uniform(xp, (heads, length, width), xp.float32, data, s) for s in (1, 2))
        parts = pieces(length, size["split"])
        means = xp.zeros((heads, parts, width), dtype=xp.float32)
        splits = xp.zeros((heads, parts, 2), dtype=xp.float32)
        scalars = (np.uint32(size[name]) for name in ("length", "width", "split"))
        return query, keys, values, means, splits, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["length"], size["split"]), size["heads"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 * size["split"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        query, keys, values = (np.asarray(argument, np.float64) for argument in arguments[:3])
        scores = np.einsum("hw,hkw->hk", query, keys) / np.sqrt(size["width"])
        starts = np.arange(0, size["length"], size["split"])
        top = np.maximum.reduceat(scores, starts, axis=1)
        weights = np.exp(scores - top.repeat(size["split"], axis=1)[:, : size["length"]])
        total = np.add.reduceat(weights, starts, axis=1)
        sums = np.add.reduceat(weights[..., None] * values, starts, axis=1)
        return {3: sums / total[..., None], 4: np.stack([top, total], axis=-1)}
