"""Arithmetic as the GPU does it, on NumPy arrays: fused multiply-add by format, bit counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ptxenergy.measure.kernels.kernel import Array


def fma32(a: Any, b: Any, c: Any) -> Array:
    """a·b + c in float32: the product is exact in float64, and the sum all but always."""
    exact = np.asarray(a, np.float64) * np.asarray(b, np.float64) + np.asarray(c, np.float64)
    return exact.astype(np.float32)


def fma64(a: Any, b: Any, c: Any) -> Array:
    """a·b + c in float64, rounded twice where a GPU rounds once."""
    return np.asarray(np.asarray(a, np.float64) * b + c)


def fma16(a: Any, b: Any, c: Any) -> Array:
    """a·b + c in float16: exact in float64, then rounded once."""
    exact = np.asarray(a, np.float64) * np.asarray(b, np.float64) + np.asarray(c, np.float64)
    return exact.astype(np.float16)


def bfloat16(values: Any) -> Array:
    """The nearest bfloat16 values (8 bits of significand, ties to even), held as float32."""
    fraction, exponent = np.frexp(np.asarray(values, np.float64))
    nearest = np.rint(np.ldexp(fraction, 8))
    return np.asarray(np.ldexp(nearest, exponent - 8), np.float32)


def fma_bf16(a: Any, b: Any, c: Any) -> Array:
    """a·b + c in bfloat16, held as float32."""
    return bfloat16(np.asarray(a, np.float64) * np.asarray(b, np.float64) + np.asarray(c))


def leading_zeros(values: Array) -> Array:
    """Leading zero bits of uint32 values; 32 for zero."""
    _, exponent = np.frexp(values.astype(np.float64))
    return (32 - exponent).astype(np.uint32)


def reversed_bits(values: Array) -> Array:
    """uint32 values with their bits in reverse order."""
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        m, s = np.uint32(mask), np.uint32(shift)
        values = ((values >> s) & m) | ((values & m) << s)
    return (values >> np.uint32(16)) | (values << np.uint32(16))


def rotated_left(values: Array, count: int) -> Array:
    """uint32 values rotated left by `count` bits, 0 < count < 32."""
    return (values << np.uint32(count)) | (values >> np.uint32(32 - count))


def high_half(values: Array) -> Array:
    """The upper 16 bits of uint32 values as float32 in [0, 1): how integers enter a result."""
    return (values >> np.uint32(16)).astype(np.float32) * np.float32(2.0**-16)
