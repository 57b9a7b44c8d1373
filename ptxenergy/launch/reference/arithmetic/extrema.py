"""abs, neg, min, max, copysign and testp of all float types, on their bits.

PTX ISA sections 9.7.3 and 9.7.4. min and max order -0 below +0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.floating import by_element
from ptxenergy.launch.reference.arithmetic.formats import (
    FORMATS,
    FloatFormat,
    encode_exact,
    flush,
    native,
)
from ptxenergy.launch.reference.arithmetic.forms import PACKED_FLOATS, Array, Form, Operation

_TESTS = frozenset({"finite", "infinite", "number", "notanumber", "normal", "subnormal"})


def _format(form: Form) -> FloatFormat:
    return FORMATS[PACKED_FLOATS.get(form.types[0], form.types[0])]


def _flushed(form: Form, operation: Operation) -> Operation:
    """`operation` on sources whose subnormals are flushed where `.ftz` says so."""
    if not form.has("ftz"):
        return by_element(form.types[0], operation)
    name = _format(form).name
    return by_element(
        form.types[0], lambda *sources: operation(*(flush(source, name) for source in sources))
    )


def _abs(form: Form) -> Operation:
    shape = _format(form)
    keep = shape.bits(shape.sign_mask - 1)
    return _flushed(form, lambda a: a & keep)


def _neg(form: Form) -> Operation:
    shape = _format(form)
    sign = shape.bits(shape.sign_mask)
    return _flushed(form, lambda a: a ^ sign)


def _is_nan(bits: Array, shape: FloatFormat) -> Array:
    value: Array = (bits & shape.bits(shape.sign_mask - 1)) > shape.bits(shape.exponent_mask)
    return value


def _extremum(choice: np.ufunc, of_equals: np.ufunc) -> Callable[[Form], Operation]:
    """`of_equals` joins the bits of equal numbers, which differ in the sign of zero alone."""

    def build(form: Form) -> Operation:
        shape = _format(form)
        nan, sign = shape.bits(shape.nan), shape.bits(shape.sign_mask)
        propagate, relu = form.has("NaN"), form.has("relu")
        magnitude, xor_sign = form.has("abs"), form.has("xorsign")

        def choose(a: Array, b: Array) -> Array:
            crossed = (a ^ b) & sign if xor_sign else None
            if magnitude:
                a, b = a & ~sign, b & ~sign
            x, y = native(a, shape.name), native(b, shape.name)
            with np.errstate(invalid="ignore"):
                chosen = choice(x, y)
            bits = encode_exact(chosen, shape.name)
            bits = np.where(x == y, of_equals(a, b), bits)
            with_nan = np.isnan(chosen)
            if not propagate and np.count_nonzero(with_nan):
                bits = np.where(np.isnan(x), b, np.where(np.isnan(y), a, bits))
                with_nan = np.isnan(x) & np.isnan(y)
            if crossed is not None:
                bits = bits | crossed
            bits[with_nan] = nan
            return bits

        def choose_all(*sources: Array) -> Array:
            result = reduce(choose, sources)
            if relu:
                result = np.where(_is_nan(result, shape) | (result < sign), result, shape.bits(0))
            return result

        return _flushed(form, choose_all)

    return build


def _copysign(form: Form) -> Operation:
    shape = _format(form)
    sign = shape.bits(shape.sign_mask)
    return lambda a, b: (a & sign) | (b & ~sign)


def _testp(form: Form) -> Operation | None:
    shape, test = _format(form), form.one_of(_TESTS)
    top, keep = shape.bits(shape.exponent_mask), shape.bits(shape.sign_mask - 1)
    zero = shape.bits(0)
    tests: Mapping[str, Callable[[Array, Array], Array]] = {
        # (magnitude, exponent field) → bool
        "finite": lambda magnitude, exponent: exponent != top,
        "infinite": lambda magnitude, exponent: magnitude == top,
        "number": lambda magnitude, exponent: magnitude <= top,
        "notanumber": lambda magnitude, exponent: magnitude > top,
        # By the ISA, both zeros count as normal.
        "normal": lambda magnitude, exponent: (
            (exponent != top) & ((exponent != zero) | (magnitude == zero))
        ),
        "subnormal": lambda magnitude, exponent: (exponent == zero) & (magnitude != zero),
    }
    chosen = tests.get(test)
    return None if chosen is None else lambda a: chosen(a & keep, a & top)


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    "abs": _abs,
    "neg": _neg,
    "min": _extremum(np.minimum, np.bitwise_or),
    "max": _extremum(np.maximum, np.bitwise_and),
    "copysign": _copysign,
    "testp": _testp,
}
