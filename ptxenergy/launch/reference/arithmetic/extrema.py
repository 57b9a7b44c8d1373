"""abs, neg, min, max, copysign and testp of all float types, on their bits.

PTX ISA sections 9.7.3 and 9.7.4. min and max order -0 below +0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.floating import by_element
from ptxenergy.launch.reference.arithmetic.formats import FORMATS, FloatFormat, flush
from ptxenergy.launch.reference.arithmetic.forms import PACKED_FLOATS, Array, Form, Operation

_SIGNED = {2: np.int16, 4: np.int32, 8: np.int64}
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


def _order(bits: Array, shape: FloatFormat) -> Array:
    """Signed integers in the order of the numbers, -0 just below +0."""
    signed: Array = bits.view(_SIGNED[bits.itemsize])
    return np.where(signed < 0, signed ^ (shape.sign_mask - 1), signed)


def _extremum(compare: np.ufunc) -> Callable[[Form], Operation]:
    def build(form: Form) -> Operation:
        shape = _format(form)
        nan, sign = shape.bits(shape.nan), shape.bits(shape.sign_mask)
        propagate, xor_sign = form.has("NaN"), form.has("xorsign")
        magnitude, relu = form.has("abs"), form.has("relu")

        def choose(a: Array, b: Array) -> Array:
            crossed = (a ^ b) & sign
            if magnitude:
                a, b = a & ~sign, b & ~sign
            result = np.where(compare(_order(a, shape), _order(b, shape)), a, b)
            a_nan, b_nan = _is_nan(a, shape), _is_nan(b, shape)
            if xor_sign:
                result, a, b = result | crossed, a | crossed, b | crossed
            result = np.where(a_nan, b, np.where(b_nan, a, result))
            return np.where((a_nan | b_nan) if propagate else (a_nan & b_nan), nan, result)

        def choose_all(*sources: Array) -> Array:
            result = reduce(choose, sources)
            if relu:
                result = np.where(_is_nan(result, shape) | (result < sign), result, 0)
            return result.astype(shape.bits)

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
    "min": _extremum(np.less_equal),
    "max": _extremum(np.greater_equal),
    "copysign": _copysign,
    "testp": _testp,
}
