"""Correct rounding to every float format, in every mode, and sums that lose nothing on the way.

A result is first made exact, or rounded to odd, in float64 and then rounded once to its format.
Rounding to odd keeps a trace of what was cut off, so that the second rounding sees what the exact
value would have shown it: S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded
sums: proved algorithms using rounding to odd", IEEE Trans. Computers 57(4), 2008.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.arithmetic.formats import FORMATS, FloatFormat, flush, native
from ptxenergy.launch.reference.arithmetic.forms import Array, Form

MODES = frozenset({"rn", "rz", "rm", "rp", "rna"})
INTEGER_MODES: Mapping[str, np.ufunc] = {
    "rni": np.rint,
    "rzi": np.trunc,
    "rmi": np.floor,
    "rpi": np.ceil,
}


def _ties_away(x: Array) -> Array:
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(1.0, x), whole)


_TO_INTEGER: Mapping[str, Callable[[Array], Array]] = {
    "rn": np.rint,
    "rz": np.trunc,
    "rm": np.floor,
    "rp": np.ceil,
    "rna": _ties_away,
}


def add_to_odd(p: Array, c: Array, downwards: bool = False) -> Array:
    """p + c rounded to odd in float64; `downwards` gives exact cancellation the sign of `.rm`."""
    total = p + c
    seen = total - p
    error = (p - (total - seen)) + (c - seen)
    bits = total.view(np.int64)
    move = (error != 0) & (bits & 1 == 0) & np.isfinite(total)
    outwards = (error > 0) == (total > 0)
    result: Array = (bits + np.where(move, np.where(outwards, 1, -1), 0)).view(np.float64)
    if downwards:
        cancelled = (total == 0) & (np.signbit(p) | np.signbit(c))
        result = np.where(cancelled, -0.0, result)
    return result


def _overflowed(y: Array, form: FloatFormat, mode: str) -> Array:
    """Results beyond the largest number: infinity or the largest number, as the mode says."""
    largest = form.largest
    above = {"rz": largest, "rm": largest}.get(mode, np.inf)
    below = {"rz": -largest, "rp": -largest}.get(mode, -np.inf)
    return np.where(y > largest, above, np.where(y < -largest, below, y))


def round_to(x: Array, name: str, mode: str) -> Array:
    """float64 `x` rounded to a number of format `name`, still as float64."""
    form = FORMATS[name]
    if name == "f64":
        return x
    if mode == "rn" and name in ("f32", "f16"):
        return x.astype(np.float32 if name == "f32" else np.float16).astype(np.float64)
    exponent = np.frexp(x)[1]
    step = np.maximum(exponent, form.least_exponent + 1) - form.precision
    rounded = np.ldexp(_TO_INTEGER[mode](np.ldexp(x, -step)), step)
    return np.where(np.isfinite(x), _overflowed(rounded, form, mode), x)


def _encode_small(x: Array, form: FloatFormat) -> Array:
    """Bits of a representable number of a format of at most eight bits."""
    magnitude = np.abs(np.where(np.isfinite(x), x, 0.0))
    fraction_bits = form.precision - 1
    exponent = np.where(magnitude > 0, np.frexp(magnitude)[1] - 1, form.least_exponent)
    exponent = np.maximum(exponent, form.least_exponent)
    significand = np.ldexp(magnitude, fraction_bits - exponent).astype(np.int64)
    # A normal significand carries its hidden bit into the exponent field.
    bits = significand + ((exponent - form.least_exponent) << fraction_bits)
    bits = np.where(np.isinf(x), form.exponent_mask, bits)
    return (bits | np.where(np.signbit(x), form.sign_mask, 0)).astype(form.bits)


def encode(x: Array, name: str) -> Array:
    """Bits of float64 numbers that format `name` represents; NaN becomes the format's own."""
    form = FORMATS[name]
    if name == "f64":
        bits = x.view(np.uint64)
    elif name == "f16":
        bits = x.astype(np.float16).view(np.uint16)
    elif name == "f32" or name == "tf32":
        bits = x.astype(np.float32).view(np.uint32)
    elif name == "bf16":
        bits = (x.astype(np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)
    else:
        bits = _encode_small(x, form)
    return np.where(np.isnan(x), form.bits(form.nan), bits)


class Finish(Struct, frozen=True):
    """What happens to an exact result: rounding mode and clamps, then bits of format `name`."""

    name: str
    mode: str = "rn"
    ftz: bool = False
    saturate: bool = False
    relu: bool = False
    finite: bool = False

    def __call__(self, x: Array) -> Array:
        """Bits of `x` (float64, exact or rounded to odd) in the format."""
        if self.saturate:
            x = np.where(x > 0, np.minimum(x, 1.0), 0.0)
        if self.relu:
            x = np.where(x <= 0, 0.0, x)
        x = round_to(x, self.name, self.mode)
        if self.finite:
            largest = FORMATS[self.name].largest
            x = np.where(np.isnan(x), x, np.clip(x, -largest, largest))
        bits = encode(x, self.name)
        return flush(bits, self.name) if self.ftz else bits


def finish_of(form: Form, name: str) -> Finish:
    """The finish that the modifiers of `form` ask for, towards format `name`."""
    return Finish(
        name,
        form.one_of(MODES) or "rn",
        form.has("ftz"),
        form.has("sat"),
        form.has("relu"),
        form.has("satfinite"),
    )


def reader(name: str, ftz: bool) -> Callable[[Array], Any]:
    """Read containers of format `name` as float64, subnormals flushed where `ftz`."""
    if ftz:
        return lambda bits: native(flush(bits, name), name).astype(np.float64)
    return lambda bits: native(bits, name).astype(np.float64)
