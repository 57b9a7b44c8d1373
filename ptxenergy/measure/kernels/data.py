"""Reproducible buffer contents, the same bits from NumPy and CuPy: a hash of the element index."""

from __future__ import annotations

from typing import Any

from ptxenergy.measure.kernels.kernel import Data

_GOLDEN = 0x9E3779B97F4A7C15


def bits(xp: Any, count: int, data: Data, stream: int = 0) -> Any:
    """`count` random uint64 by SplitMix64 of (seed, stream, index); `xp` is numpy or cupy."""
    start = (data.seed * 0x100000001B3 + stream) * _GOLDEN % 2**64
    state = xp.arange(1, count + 1, dtype=xp.uint64) * xp.uint64(_GOLDEN) + xp.uint64(start)
    state = (state ^ (state >> xp.uint64(30))) * xp.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> xp.uint64(27))) * xp.uint64(0x94D049BB133111EB)
    return state ^ (state >> xp.uint64(31))


def uniform(xp: Any, shape: tuple[int, ...], dtype: Any, data: Data, stream: int = 0) -> Any:
    """An array of `shape` with values in [-1, 1) (or as `data.kind` says), of a float `dtype`."""
    count = 1
    for extent in shape:
        count *= extent
    if data.kind == "zeros":
        return xp.zeros(shape, dtype=dtype)
    if data.kind == "constant":
        return xp.full(shape, 0.5, dtype=dtype)
    random = bits(xp, count, data, stream)
    values = (random >> xp.uint64(40)).astype(xp.float64) / 2.0**23 - 1.0
    if data.kind == "sparse":
        values = values * ((random & xp.uint64(15)) == xp.uint64(0))
    return values.astype(dtype).reshape(shape)


def integers(
    xp: Any,
    shape: tuple[int, ...],
    low_high: tuple[int, int],
    dtype: Any,
    data: Data,
    stream: int = 0,
) -> Any:
    """An integer array with values in [low, high), or as `data.kind` says."""
    count = 1
    for extent in shape:
        count *= extent
    low, high = low_high
    if data.kind in ("zeros", "constant"):
        return xp.full(shape, low if data.kind == "zeros" else (low + high) // 2, dtype=dtype)
    random = bits(xp, count, data, stream)
    values = (random % xp.uint64(high - low)).astype(xp.int64) + low
    if data.kind == "sparse":
        values = xp.where((random >> xp.uint64(60)) == xp.uint64(0), values, low)
    return values.astype(dtype).reshape(shape)
