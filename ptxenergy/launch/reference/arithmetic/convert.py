"""cvt: between integers, floats and the packed small formats; cvt.pack.

PTX ISA sections 9.7.9.21 and 9.7.9.22. Float to integer clamps to the range of the destination.
NaN becomes 0, or only the top bit where the source is f64 or the destination 64 bits wide.
Stochastic rounding (`.rs`), `ue8m0x2` and `s2f6x2` are not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.double import canonical
from ptxenergy.launch.reference.arithmetic.formats import FORMATS
from ptxenergy.launch.reference.arithmetic.forms import (
    BITS,
    INTEGERS,
    Array,
    Form,
    Operation,
    container,
    element_view,
    is_signed,
    number_type,
)
from ptxenergy.launch.reference.arithmetic.rounding import (
    INTEGER_MODES,
    Finish,
    finish_of,
    reader,
)

_PAIRS: Mapping[str, str] = {
    "f16x2": "f16", "bf16x2": "bf16",
    "e4m3x2": "e4m3", "e5m2x2": "e5m2", "e2m3x2": "e2m3", "e3m2x2": "e3m2", "e2m1x2": "e2m1",
}  # fmt: skip
_INTEGER_ROUNDING = frozenset(INTEGER_MODES)


def _integer_limits(ptx_type: str) -> tuple[int, int]:
    bits = BITS[ptx_type]
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed(ptx_type) else (0, (1 << bits) - 1)


def _reader(form: Form, source: str) -> Callable[[Array], Any]:
    """Read `source` as float64; in a conversion, `.ftz` concerns f32 alone."""
    return reader(source, form.has("ftz") and source == "f32")


def _finish(form: Form, target: str) -> Finish:
    """Round to `target`; in a conversion, `.ftz` concerns f32 alone."""
    return replace(finish_of(form, target), ftz=form.has("ftz") and target == "f32")


def _integer_to_integer(target: str, source: str, saturate: bool) -> Operation:
    number, bits = number_type(source), container(target)
    low, high = (
        function(pair)
        for function, pair in zip(
            (max, min), zip(_integer_limits(source), _integer_limits(target), strict=True),
            strict=True,
        )
    )  # fmt: skip
    if saturate:
        return lambda a: np.clip(a.view(number), low, high).astype(bits)
    if number == container(source):
        return lambda a: a.astype(bits)
    return lambda a: a.view(number).astype(bits)


def _float_to_integer(form: Form, target: str, source: str) -> Operation:
    to_whole = INTEGER_MODES[form.one_of(_INTEGER_ROUNDING) or "rzi"]
    read = _reader(form, source)
    low, high = _integer_limits(target)
    number, bits = number_type(target), container(target)
    nan = (low if low else high // 2 + 1) if source == "f64" or BITS[target] == 64 else 0

    def narrow(a: Array) -> Array:
        with np.errstate(all="ignore"):
            whole = to_whole(read(a))
        whole[np.isnan(whole)] = nan
        value: Array = np.minimum(np.maximum(whole, low), high).astype(number).view(bits)
        return value

    def wide(a: Array) -> Array:
        # The largest integers are not float64 numbers: what reaches 2^63 or 2^64 is set apart.
        with np.errstate(all="ignore"):
            whole = to_whole(read(a))
        whole[np.isnan(whole)] = nan
        above = whole >= float(high + 1)
        inside = np.where(above, 0.0, np.maximum(whole, low)).astype(number)
        value: Array = np.where(above, number(high), inside).view(bits)
        return value

    return wide if BITS[target] == 64 else narrow


def _integer_to_odd(a: Array, signed: bool) -> Array:
    """A 64-bit integer as float64, rounded to odd where it does not fit (for a narrower format)."""
    negative = (a >> np.uint64(63)).astype(bool) & signed
    magnitude = np.where(negative, np.negative(a), a)
    dropped = magnitude & np.uint64(0x7FF)
    sticky = (magnitude ^ dropped) | ((dropped != 0).astype(np.uint64) << np.uint64(11))
    exact = np.where(magnitude >> np.uint64(53), sticky, magnitude).astype(np.float64)
    return np.where(negative, -exact, exact)


def _directed_double(values: Array, mode: str) -> Array:
    """64-bit integers as float64 in a directed mode, lane by lane in exact integers."""
    results = []
    for value in values.tolist():
        nearest = float(value)
        excess = int(nearest) - value
        down = mode == "rm" or (mode == "rz" and value > 0)
        up = mode == "rp" or (mode == "rz" and value < 0)
        if excess > 0 and down:
            nearest = math.nextafter(nearest, -math.inf)
        elif excess < 0 and up:
            nearest = math.nextafter(nearest, math.inf)
        results.append(nearest)
    return np.array(results, dtype=np.float64)


def _integer_to_float(form: Form, target: str, source: str) -> Operation:
    finish, number = _finish(form, target), number_type(source)
    wide, signed = BITS[source] == 64, is_signed(source)

    if finish == Finish("f32"):
        # A conversion in hardware rounds once, to nearest.
        return lambda a: a.view(number).astype(np.float32).view(np.uint32)

    def operation(a: Array) -> Array:
        if not wide:
            values = a.view(number).astype(np.float64)
        elif target != "f64":
            values = _integer_to_odd(a, signed)
        elif finish.mode == "rn":
            values = a.view(number).astype(np.float64)
        else:
            values = _directed_double(a.view(number), finish.mode)
        with np.errstate(all="ignore"):
            return finish(values)

    return operation


def _double_directed(finish: Finish) -> Callable[[Array], Array]:
    def operation(values: Array) -> Array:
        clamped = np.where(values > 0, np.minimum(values, 1.0), 0.0) if finish.saturate else values
        return canonical(clamped)

    return operation


def _float_to_float(form: Form, target: str, source: str) -> Operation:
    finish, read = _finish(form, target), _reader(form, source)
    whole = form.one_of(_INTEGER_ROUNDING)
    close = _double_directed(finish) if target == "f64" else finish

    def operation(a: Array) -> Array:
        with np.errstate(all="ignore"):
            values = read(a)
            return close(INTEGER_MODES[whole](values) if whole else values)

    return operation


def _scalar(form: Form, target: str, source: str) -> Operation | None:
    if target in INTEGERS:
        if source in INTEGERS:
            return _integer_to_integer(target, source, form.has("sat"))
        return _float_to_integer(form, target, source) if source in FORMATS else None
    if target not in FORMATS:
        return None
    if source in INTEGERS:
        return _integer_to_float(form, target, source)
    return _float_to_float(form, target, source) if source in FORMATS else None


def _join(upper: Array, lower: Array, element: str) -> Array:
    """Two numbers in one register; e2m1 takes four bits, the others a whole container."""
    if element == "e2m1":
        return (upper << np.uint8(4)) | lower
    pair = np.stack((lower, upper), axis=-1)
    value: Array = pair.view(container("u16" if pair.itemsize == 1 else "u32"))[..., 0]
    return value


def _elements(packed: Array, element: str) -> Array:
    """The numbers of packed registers along one axis, lower first."""
    if element == "e2m1":
        return np.stack((packed & np.uint8(15), packed >> np.uint8(4)), axis=-1).reshape(-1)
    return element_view(packed, FORMATS[element].bits)


def _finite_where_no_nan(name: str, operation: Operation) -> Operation:
    """Formats without NaN give their largest number for it."""
    shape = FORMATS[name]
    if shape.nan:
        return operation
    largest = shape.bits(shape.sign_mask - 1)
    return lambda a: np.where((a & np.uint32(0x7FFFFFFF)) > 0x7F800000, largest, operation(a))


def _two_to_pair(form: Form, element: str, source: str) -> Operation | None:
    """Two sources into one register: the first is the upper number."""
    convert = _float_to_float(form, element, source)
    if element.startswith("e"):
        convert = _finite_where_no_nan(element, convert)
    return lambda a, b: _join(convert(a), convert(b), element)


def _pair_to_pair(form: Form, target: str, source: str) -> Operation:
    convert = _float_to_float(form, target, source)
    nans = FORMATS[target].nan

    def operation(a: Array) -> Array:
        numbers = _elements(a, source)
        results = convert(numbers)
        if not nans:
            is_nan = (numbers & np.uint16(0x7FFF)) > FORMATS[source].exponent_mask
            largest = FORMATS[target].bits(FORMATS[target].sign_mask - 1)
            results = np.where(is_nan, largest, results)
        return _join(results[1::2], results[0::2], target)

    return operation


def _pack(form: Form) -> Operation | None:
    """Two saturated integers side by side, with the low bits of a third above them."""
    kind = form.modifiers[form.modifiers.index("sat") + 1]
    bits = int(kind[1:])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind[0] == "s" else (0, (1 << bits) - 1)
    field = np.uint32((1 << bits) - 1)

    def clamp(a: Array) -> Array:
        return np.clip(a.view(np.int32), low, high).astype(np.uint32) & field

    def operation(a: Array, b: Array, *c: Array) -> Array:
        pair = (clamp(a) << np.uint32(bits)) | clamp(b)
        return pair | (c[0] << np.uint32(2 * bits)) if c else pair

    return operation


def _cvt(form: Form) -> Operation | None:
    if form.has("pack"):
        return _pack(form)
    if form.has("rs", "scaled") or len(form.types) != 2:
        return None
    target, source = form.types
    if target not in _PAIRS:
        return _scalar(form, target, source)
    if source == "f32":
        return _two_to_pair(form, _PAIRS[target], source)
    return _pair_to_pair(form, _PAIRS[target], _PAIRS[source]) if source in _PAIRS else None


BUILDERS: Mapping[str, Callable[[Form], Any]] = {"cvt": _cvt}
