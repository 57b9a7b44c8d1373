"""cvt between float formats, one by one and two to a register; cvt.pack.

PTX ISA sections 9.7.9.21 and 9.7.9.22. Of two sources the first becomes the upper number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec.structs import replace

from ptxenergy.launch.reference.arithmetic.double import canonical
from ptxenergy.launch.reference.arithmetic.formats import FORMATS
from ptxenergy.launch.reference.arithmetic.forms import (
    Array,
    Form,
    Operation,
    container,
    element_view,
)
from ptxenergy.launch.reference.arithmetic.rounding import (
    INTEGER_MODES,
    Finish,
    finish_of,
    reader,
)

PAIRS: Mapping[str, str] = {
    "f16x2": "f16", "bf16x2": "bf16",
    "e4m3x2": "e4m3", "e5m2x2": "e5m2", "e2m3x2": "e2m3", "e3m2x2": "e3m2", "e2m1x2": "e2m1",
}  # fmt: skip
INTEGER_ROUNDING = frozenset(INTEGER_MODES)


def reader_of(form: Form, source: str) -> Callable[[Array], Any]:
    """Read `source` as float64; in a conversion, `.ftz` concerns f32 alone."""
    return reader(source, form.has("ftz") and source == "f32")


def finish_for(form: Form, target: str) -> Finish:
    """Round to `target`; in a conversion, `.ftz` concerns f32 alone."""
    return replace(finish_of(form, target), ftz=form.has("ftz") and target == "f32")


def _double_directed(finish: Finish) -> Callable[[Array], Array]:
    def operation(values: Array) -> Array:
        clamped = np.where(values > 0, np.minimum(values, 1.0), 0.0) if finish.saturate else values
        return canonical(clamped)

    return operation


def float_to_float(form: Form, target: str, source: str) -> Operation:
    """One number of format `source` to format `target`, or to a whole number of its own format."""
    finish, read = finish_for(form, target), reader_of(form, source)
    whole = form.one_of(INTEGER_ROUNDING)
    close = _double_directed(finish) if target == "f64" else finish

    def operation(a: Array) -> Array:
        with np.errstate(all="ignore"):
            values = read(a)
            return close(INTEGER_MODES[whole](values) if whole else values)

    return operation


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
    convert = float_to_float(form, element, source)
    if element.startswith("e"):
        convert = _finite_where_no_nan(element, convert)
    return lambda a, b: _join(convert(a), convert(b), element)


def _pair_to_pair(form: Form, target: str, source: str) -> Operation:
    convert = float_to_float(form, target, source)
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


def saturating_pack(form: Form) -> Operation:
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


def convert_pair(form: Form) -> Operation | None:
    """cvt towards a packed type, from two f32 or from another packed type."""
    target, source = form.types
    if source == "f32":
        return _two_to_pair(form, PAIRS[target], source)
    return _pair_to_pair(form, PAIRS[target], PAIRS[source]) if source in PAIRS else None
