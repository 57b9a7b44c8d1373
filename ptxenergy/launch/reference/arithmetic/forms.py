"""PTX types as NumPy containers, and an opcode taken apart once for the builders.

A register's bits are held in an unsigned container of the type's width (`bool` for predicates,
two `uint64` words, low first, for 128 bits). PTX ISA section 5.2 (types) and 9.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ptxenergy.program.opcode import Opcode

Array: TypeAlias = npt.NDArray[Any]
Operation: TypeAlias = Callable[..., Any]

BITS: dict[str, int] = {
    "pred": 1,
    "u8": 8, "s8": 8, "b8": 8, "u16": 16, "s16": 16, "b16": 16,
    "u32": 32, "s32": 32, "b32": 32, "u64": 64, "s64": 64, "b64": 64, "b128": 128,
    "f16": 16, "bf16": 16, "f32": 32, "f64": 64, "tf32": 32,
    "f16x2": 32, "bf16x2": 32, "f32x2": 64, "u16x2": 32, "s16x2": 32, "u8x4": 32, "s8x4": 32,
    "e4m3x2": 16, "e5m2x2": 16, "e2m3x2": 16, "e3m2x2": 16, "ue8m0x2": 16, "e2m1x2": 8,
    "e4m3x4": 32, "e5m2x4": 32, "e2m3x4": 32, "e3m2x4": 32, "e2m1x4": 16, "s2f6x2": 16,
}  # fmt: skip

_UNSIGNED = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}
_SIGNED = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}

INTEGERS = frozenset(f"{sign}{bits}" for sign in "usb" for bits in (8, 16, 32, 64))
PACKED_INTEGERS = frozenset({"u16x2", "s16x2", "u8x4", "s8x4"})
NARROW_FLOATS = frozenset({"f16", "bf16", "f32"})
PACKED_FLOATS = {"f16x2": "f16", "bf16x2": "bf16", "f32x2": "f32"}


class Form(Struct, frozen=True):
    """An opcode as the builders read it: root, set of modifiers, and its types in order."""

    root: str
    modifiers: tuple[str, ...]
    types: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Whether any of `names` is among the modifiers."""
        return any(name in self.modifiers for name in names)

    def one_of(self, names: frozenset[str]) -> str:
        """The first modifier among `names`, or the empty string."""
        return next((name for name in self.modifiers if name in names), "")


def form_of(opcode: Opcode) -> Form:
    """Take `opcode` apart; its types are found from its modifiers alone."""
    types = tuple(name for name in opcode.modifiers if name in BITS)
    return Form(opcode.root, opcode.modifiers, types)


def container(ptx_type: str) -> Any:
    """The NumPy scalar type that holds one value of `ptx_type` (`uint64`, twice, for 128 bits)."""
    return np.bool_ if ptx_type == "pred" else _UNSIGNED[min(BITS[ptx_type], 64)]


def is_signed(ptx_type: str) -> bool:
    """Whether `ptx_type` is a signed integer type, packed or not."""
    return ptx_type[0] == "s" and ptx_type in BITS


def number_type(ptx_type: str) -> Any:
    """The NumPy integer type through which the container of an integer type is read."""
    bits = BITS[ptx_type]
    return _SIGNED[bits] if is_signed(ptx_type) else _UNSIGNED[bits]


def element_view(packed: Array, dtype: npt.DTypeLike) -> Array:
    """The elements of packed registers, low element first, along one flat axis."""
    return np.ascontiguousarray(packed).view(dtype)
