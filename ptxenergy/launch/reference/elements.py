"""The elements of matrices as bits: several to a register, as numbers, and back (PTX ISA 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ptxenergy.launch.reference.lanes import Array
from ptxenergy.launch.reference.types import unsigned

STORED: Final[Mapping[str, np.dtype[np.generic]]] = {
    "f16": np.dtype(np.float16), "bf16": np.dtype(np.uint16), "tf32": np.dtype(np.uint32),
    "f32": np.dtype(np.float32), "f64": np.dtype(np.float64), "s8": np.dtype(np.int8),
    "u8": np.dtype(np.uint8), "s32": np.dtype(np.int32),
}  # fmt: skip
"""The types whose values are followed, and what holds the bits of one element."""

_TF32_BITS: Final = np.uint32(0xFFFFE000)
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1


def per_register(ptx_type: str) -> int:
    """How many elements of a type a register holds: 32 bits of them, or one `f64`."""
    return max(1, 4 // STORED[ptx_type].itemsize)


def numbers(raw: Array, ptx_type: str) -> Array:
    """Bytes, whole elements along the last axis, as float64, exactly.

    The 13 low bits of a `tf32` are ignored (PTX ISA 5.2.3: they are not part of the format).
    """
    found = np.ascontiguousarray(raw).view(STORED[ptx_type])
    if ptx_type == "bf16":
        found = (found.astype(np.uint32) << 16).view(np.float32)
    elif ptx_type == "tf32":
        found = (found & _TF32_BITS).view(np.float32)
    return found.astype(np.float64)


def unpacked(row: Array, ptx_type: str) -> Array:
    """The elements of one register as float64, (lanes, elements of it), lowest bits first."""
    size = per_register(ptx_type) * STORED[ptx_type].itemsize
    words = np.ascontiguousarray(row.astype(unsigned(size)))
    return numbers(words.view(np.uint8).reshape(len(row), size), ptx_type)


def packed(values: Array, ptx_type: str, *, saturates: bool = False) -> Array:
    """The inverse of `unpacked`: (lanes, elements of it) as one register's row of bits.

    Floats are rounded to the nearest, ties to even. `s32` wraps around, or is cut to its range
    where it `saturates`.
    """
    kind = STORED[ptx_type]
    if ptx_type == "s32":
        whole = np.clip(values, _LOWEST, _HIGHEST) if saturates else values
        found = whole.astype(np.int64).astype(np.int32)
    else:
        found = values.astype(kind)
    size = found.shape[-1] * kind.itemsize
    row: Array = np.ascontiguousarray(found).view(unsigned(size)).reshape(len(values))
    return row
