"""PTX types as this evaluation holds them: unsigned containers, `bool` for predicates.

PTX ISA section 5.2. A 128-bit value is two `uint64`, the low one first, along a last axis.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

from ptxenergy.launch.reference.arithmetic.forms import BITS
from ptxenergy.launch.reference.lanes import Array

_BY_BYTES: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype(np.uint8),
    2: np.dtype(np.uint16),
    4: np.dtype(np.uint32),
    8: np.dtype(np.uint64),
}
_SIGNED: Final = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}
PREDICATE: Final = np.dtype(np.bool_)


@cache
def size_of(ptx_type: str) -> int:
    """Bytes of one value; a predicate, and a type that is not known, count as 1 and 4."""
    return max(1, BITS.get(ptx_type, 32) // 8)


def is_wide(ptx_type: str) -> bool:
    """Whether a value takes two words."""
    return BITS.get(ptx_type, 32) == 128


@cache
def container(ptx_type: str) -> np.dtype[np.generic]:
    """The NumPy type of one register; 128-bit registers hold two of `uint64`."""
    if ptx_type == "pred":
        return PREDICATE
    return unsigned(min(size_of(ptx_type), 8))


def unsigned(size: int) -> np.dtype[np.generic]:
    """The unsigned type of `size` bytes."""
    return _BY_BYTES[size]


def converted(values: Array, target: np.dtype[np.generic], *, signed: bool = False) -> Array:
    """`values` in a container of another width: sign- or zero-extended, or cut."""
    if values.dtype == target:
        return values
    if values.ndim == 2:
        return values[:, 0].astype(target)
    if signed and values.dtype != PREDICATE:
        values = values.view(_SIGNED[values.dtype.itemsize])
    return values.astype(target)


def is_signed(ptx_type: str) -> bool:
    """Whether a value of this type is sign-extended when it is held in a wider register."""
    return ptx_type in ("s8", "s16", "s32", "s64")
