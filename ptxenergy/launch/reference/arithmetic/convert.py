"""cvt: between integers, and between integers and floats.

PTX ISA sections 9.7.9.21 and 9.7.9.22. Float to integer clamps to the range of the destination.
NaN becomes 0, or only the top bit where the source is f64 or the destination 64 bits wide.
Stochastic rounding (`.rs`), `ue8m0x2` and `s2f6x2` are not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.formats import FORMATS
from ptxenergy.launch.reference.arithmetic.forms import (
    BITS,
    INTEGERS,
    Array,
    Form,
    Operation,
    container,
    is_signed,
    number_type,
)
from ptxenergy.launch.reference.arithmetic.resize import (
    INTEGER_ROUNDING,
    PAIRS,
    convert_pair,
    finish_for,
    float_to_float,
    reader_of,
    saturating_pack,
)
from ptxenergy.launch.reference.arithmetic.rounding import INTEGER_MODES, Finish


def _integer_limits(ptx_type: str) -> tuple[int, int]:
    bits = BITS[ptx_type]
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed(ptx_type) else (0, (1 << bits) - 1)


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
    to_whole = INTEGER_MODES[form.one_of(INTEGER_ROUNDING) or "rzi"]
    read = reader_of(form, source)
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
    finish, number = finish_for(form, target), number_type(source)
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


def _scalar(form: Form, target: str, source: str) -> Operation | None:
    if target in INTEGERS:
        if source in INTEGERS:
            return _integer_to_integer(target, source, form.has("sat"))
        return _float_to_integer(form, target, source) if source in FORMATS else None
    if target not in FORMATS:
        return None
    if source in INTEGERS:
        return _integer_to_float(form, target, source)
    return float_to_float(form, target, source) if source in FORMATS else None


def _cvt(form: Form) -> Operation | None:
    if form.has("pack"):
        return saturating_pack(form)
    if form.has("rs", "scaled") or len(form.types) != 2:
        return None
    target, source = form.types
    return convert_pair(form) if target in PAIRS else _scalar(form, target, source)


BUILDERS: Mapping[str, Callable[[Form], Any]] = {"cvt": _cvt}
