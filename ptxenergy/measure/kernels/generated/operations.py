"""Steps of the integer pipes: generators and bit tricks that run through all values.

Conversions between types are here too: an integer goes round through the other type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ptxenergy.measure.kernels.generated import numbers
from ptxenergy.measure.kernels.kernel import Array

U, W = np.uint32, np.uint64


@dataclass(frozen=True, slots=True)
class Operation:
    """One step on the words x, y (uint32) or w (uint64) in CUDA and in NumPy, and its cost.

    `apply` takes and gives (x, y); for 64 bits (w,). `cycles`: SM cycles a warp.
    """

    text: str
    cycles: float
    apply: Callable[..., tuple[Array, ...]]
    is_wide: bool = False


def _xorshift(x: Array, y: Array) -> tuple[Array, ...]:
    x = x ^ (x << U(13))
    x = x ^ (x >> U(17))
    return x ^ (x << U(5)), y


def _xorshift64(w: Array) -> tuple[Array, ...]:
    w = w ^ (w << W(13))
    w = w ^ (w >> W(7))
    return (w ^ (w << W(17)),)


def _select(x: Array, y: Array) -> tuple[Array, ...]:
    y = y + U(0x9E3779B9)
    mixed = np.where(x > y, U(0x7FEB352D), U(0x846CA68B))
    return np.minimum(x, y) ^ mixed, y


def _logic(x: Array, y: Array) -> tuple[Array, ...]:
    y = y + U(0x6C8E9CF5)
    x = (x & y) ^ (~x | U(0x55AA33CC))
    return x ^ y, y


def _sad(x: Array, y: Array) -> tuple[Array, ...]:
    y = y * U(5) + U(77)
    return np.maximum(x, y) - np.minimum(x, y) + U(0x3C6EF372), y


def _wide_float(w: Array) -> tuple[Array, ...]:
    scaled = (w & W(0xFFFFF)).astype(np.float64) * 0.75
    return (scaled.astype(W) * W(2862933555777941757) + W(3037000493),)


def _float(x: Array, y: Array) -> tuple[Array, ...]:
    scaled = (x & U(0xFFFF)).astype(np.float32) * np.float32(0.75)
    return scaled.astype(U) * U(40503) + U(12345), y


def _byte_float(x: Array, y: Array) -> tuple[Array, ...]:
    x = x * U(1664525) + U(1013904223)
    scaled = ((x >> U(8)) & U(255)).astype(np.float32) * np.float32(3.5)
    return x ^ scaled.astype(np.int32).astype(U), y


def _half_float(x: Array, y: Array) -> tuple[Array, ...]:
    x = x * U(1664525) + U(1013904223)
    half = ((x >> U(20)).astype(np.float32) * np.float32(0.3)).astype(np.float16)
    return x + half.astype(np.float32).astype(U), y


def _double_float(x: Array, y: Array) -> tuple[Array, ...]:
    x = x * U(1664525) + U(1013904223)
    single = ((x >> U(4)).astype(np.float64) * 0.3).astype(np.float32)
    return x ^ single.astype(np.float64).astype(U), y


_LCG = "x@_{c} = x@_{c} * 1664525u + 1013904223u;"
_HALF = (
    _LCG + ' {{ float h; asm("{{.reg .b16 t; cvt.rn.f16.f32 t, %1; cvt.f32.f16 %0, t;}}"'
    ' : "=f"(h) : "f"((float)(x@_{c} >> 20) * 0.3f)); x@_{c} += (unsigned)h; }}'
)

OPERATIONS = {
    "imad": Operation(_LCG, 0.5, lambda x, y: (x * U(1664525) + U(1013904223), y)),
    "xorshift": Operation(
        "x@_{c} ^= x@_{c} << 13; x@_{c} ^= x@_{c} >> 17; x@_{c} ^= x@_{c} << 5;", 3, _xorshift
    ),
    "rotate": Operation(
        "x@_{c} = __funnelshift_l(x@_{c}, x@_{c}, 7) + 0x9e3779b9u;",
        1,
        lambda x, y: (numbers.rotated_left(x, 7) + U(0x9E3779B9), y),
    ),
    "popc": Operation(
        "x@_{c} = x@_{c} * 2891336453u + __popc(x@_{c});",
        2.5,
        lambda x, y: (x * U(2891336453) + np.bitwise_count(x).astype(U), y),
    ),
    "brev_clz": Operation(
        "x@_{c} = __brev(x@_{c}) + __clz(x@_{c} | 1u) + 0x9e3779b9u;",
        4.5,
        lambda x, y: (
            numbers.reversed_bits(x) + numbers.leading_zeros(x | U(1)) + U(0x9E3779B9),
            y,
        ),
    ),
    "select": Operation(
        "y@_{c} += 0x9e3779b9u; x@_{c} = min(x@_{c}, y@_{c}) ^ "
        "(x@_{c} > y@_{c} ? 0x7feb352du : 0x846ca68bu);",
        2.5,
        _select,
    ),
    "lop3": Operation(
        "y@_{c} += 0x6c8e9cf5u; x@_{c} = (x@_{c} & y@_{c}) ^ (~x@_{c} | 0x55aa33ccu); "
        "x@_{c} ^= y@_{c};",
        1.5,
        _logic,
    ),
    "prmt": Operation(
        "x@_{c} = __byte_perm(x@_{c}, x@_{c} + 0x1234567u, 0x2503) + 0x9e3779b9u;",
        1.5,
        lambda x, y: (_permuted(x, x + U(0x1234567)) + U(0x9E3779B9), y),
    ),
    "sad": Operation(
        "y@_{c} = y@_{c} * 5u + 77u; x@_{c} = __usad(x@_{c}, y@_{c}, 0x3c6ef372u);", 2, _sad
    ),
    "mulhi": Operation(
        "x@_{c} = __umulhi(x@_{c}, 0xd2511f53u) ^ (x@_{c} * 0xcd9e8d57u) ^ 0x9e3779b9u;",
        2.5,
        lambda x, y: (_high(x) ^ (x * U(0xCD9E8D57)) ^ U(0x9E3779B9), y),
    ),
    "dp4a": Operation(
        "x@_{c} = __dp4a((int)x@_{c}, 0x1b2d3f51, (int)(x@_{c} * 69069u));",
        1,
        lambda x, y: (_dot4(x, 0x1B2D3F51) + x * U(69069), y),
    ),
    "imad64": Operation(
        "w@_{c} = w@_{c} * 6364136223846793005ull + 1442695040888963407ull;",
        2.5,
        lambda w: (w * W(6364136223846793005) + W(1442695040888963407),),
        is_wide=True,
    ),
    "xorshift64": Operation(
        "w@_{c} ^= w@_{c} << 13; w@_{c} ^= w@_{c} >> 7; w@_{c} ^= w@_{c} << 17;",
        6,
        _xorshift64,
        is_wide=True,
    ),
    "cvt_f32": Operation(
        "x@_{c} = (unsigned)((float)(x@_{c} & 0xffffu) * 0.75f) * 40503u + 12345u;", 4.5, _float
    ),
    "cvt_byte": Operation(
        _LCG + " x@_{c} ^= (unsigned)(int)((float)((x@_{c} >> 8) & 255u) * 3.5f);", 5, _byte_float
    ),
    "cvt_f16": Operation(_HALF, 8, _half_float),
    "cvt_f64": Operation(
        _LCG + " x@_{c} ^= (unsigned)(double)(float)((double)(x@_{c} >> 4) * 0.3);",
        8,
        _double_float,
    ),
    "cvt_i64": Operation(
        "w@_{c} = (unsigned long long)((double)(w@_{c} & 0xfffffull) * 0.75) "
        "* 2862933555777941757ull + 3037000493ull;",
        6,
        _wide_float,
        is_wide=True,
    ),
}


def _permuted(a: Array, b: Array) -> Array:
    """Bytes 3, 0, 5, 2 of b:a, lowest first, as `__byte_perm(a, b, 0x2503)`."""
    both = a.astype(W) | b.astype(W) << W(32)
    result = np.zeros_like(both)
    for place, byte in enumerate((3, 0, 5, 2)):
        result |= ((both >> W(8 * byte)) & W(255)) << W(8 * place)
    return result.astype(U)


def _high(x: Array) -> Array:
    return ((x.astype(W) * W(0xD2511F53)) >> W(32)).astype(U)


def _dot4(x: Array, constant: int) -> Array:
    total = np.zeros(x.shape, np.int64)
    for byte in range(4):
        total += _signed_byte(x, byte) * int(_signed_byte(np.array([constant], U), byte)[0])
    return (total & 0xFFFFFFFF).astype(U)


def _signed_byte(x: Array, byte: int) -> Array:
    value = ((x >> U(8 * byte)) & U(255)).astype(np.int64)
    return np.where(value > 127, value - 256, value)
