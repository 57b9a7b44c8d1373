"""Floating-point formats: how their bits are read as numbers, flushed and made canonical.

PTX ISA sections 5.2.2 and 5.2.3 (types), 9.7.3 (NaN and subnormal rules).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.arithmetic.forms import Array


class FloatFormat(Struct, frozen=True):
    """A binary format held in the low bits of an unsigned container.

    `precision` counts significand bits, the hidden one included; `exponent_bits` is the width of
    the exponent; `padding` the unused low bits of the container (tf32). `nan` is the bit pattern
    that instructions return for NaN, and `has_infinity` is false where the top exponent holds
    numbers.
    """

    name: str
    bits: Any
    precision: int
    exponent_bits: int
    nan: int
    padding: int = 0
    has_infinity: bool = True

    @property
    def least_exponent(self) -> int:
        """Exponent of the smallest normal number."""
        return 2 - (1 << (self.exponent_bits - 1))

    @property
    def exponent_mask(self) -> int:
        """The exponent field, in place."""
        return ((1 << self.exponent_bits) - 1) << (self.precision - 1 + self.padding)

    @property
    def sign_mask(self) -> int:
        """The sign bit, in place."""
        return 1 << (self.exponent_bits + self.precision - 1 + self.padding)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        if self.has_infinity:
            return (2.0 - 2.0 ** (1 - self.precision)) * 2.0 ** (1 - self.least_exponent)
        spare = 2.0 if self.nan else 1.0
        return (2.0 - spare * 2.0 ** (1 - self.precision)) * 2.0 ** (2 - self.least_exponent)


FORMATS: Mapping[str, FloatFormat] = {
    form.name: form
    for form in (
        FloatFormat("f16", np.uint16, 11, 5, 0x7FFF),
        FloatFormat("bf16", np.uint16, 8, 8, 0x7FFF),
        FloatFormat("tf32", np.uint32, 11, 8, 0x7FFFFFFF, padding=13),
        FloatFormat("f32", np.uint32, 24, 8, 0x7FFFFFFF),
        FloatFormat("f64", np.uint64, 53, 11, 0xFFF8000000000000),
        FloatFormat("e4m3", np.uint8, 4, 4, 0x7F, has_infinity=False),
        FloatFormat("e5m2", np.uint8, 3, 5, 0x7F),
        FloatFormat("e2m3", np.uint8, 4, 2, 0, has_infinity=False),
        FloatFormat("e3m2", np.uint8, 3, 3, 0, has_infinity=False),
        FloatFormat("e2m1", np.uint8, 2, 2, 0, has_infinity=False),
    )
}

_NATIVE: Mapping[str, Any] = {"f16": np.float16, "f32": np.float32, "f64": np.float64}


def native(bits: Array, name: str) -> Array:
    """The numbers in `bits` as the smallest NumPy float type that holds them exactly."""
    if name in _NATIVE:
        return bits.view(_NATIVE[name])
    if name == "bf16":
        return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
    if name == "tf32":
        return (bits & np.uint32(0xFFFFE000)).view(np.float32)
    return _small(bits, FORMATS[name])


def encode_exact(numbers: Array, name: str) -> Array:
    """The bits of numbers as `native` gave them (f16, bf16, f32, f64)."""
    if name == "bf16":
        return (numbers.view(np.uint32) >> np.uint32(16)).astype(np.uint16)
    return numbers.view(FORMATS[name].bits)


def _small(bits: Array, form: FloatFormat) -> Array:
    """Numbers of a format of at most eight bits, field by field."""
    fraction_bits = form.precision - 1
    magnitude = (bits & np.uint8(form.sign_mask - 1)).astype(np.int64)
    exponent, fraction = magnitude >> fraction_bits, magnitude & ((1 << fraction_bits) - 1)
    significand = np.where(exponent > 0, fraction + (1 << fraction_bits), fraction)
    scale = np.maximum(exponent, 1) - 1 + form.least_exponent - fraction_bits
    value: Array = np.ldexp(significand.astype(np.float64), scale)
    if form.has_infinity:
        top = exponent == (1 << form.exponent_bits) - 1
        value = np.where(top, np.where(fraction == 0, np.inf, np.nan), value)
    elif form.nan:
        value = np.where(magnitude == form.nan, np.nan, value)
    return np.where(bits & np.uint8(form.sign_mask), -value, value)


def flush(bits: Array, name: str) -> Array:
    """Subnormal numbers replaced by zero of their sign (`.ftz`)."""
    form = FORMATS[name]
    kind = bits.dtype.type
    return np.where(bits & kind(form.exponent_mask), bits, bits & kind(form.sign_mask))
