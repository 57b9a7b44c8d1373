"""Integer arithmetic: add, sub, mul, mad, 24-bit forms, sad, div, rem, abs, neg, min, max.

PTX ISA section 9.7.1. Containers are unsigned, so that wrapping needs no care; a signed type is a
view of the same bits. Division by zero is unspecified in PTX: all bits are set here, which is
what NVIDIA's compilers' own expansion gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.forms import (
    BITS,
    PACKED_INTEGERS,
    Array,
    Form,
    Operation,
    container,
    element_view,
    is_signed,
    number_type,
)

_ELEMENT = {"u16x2": "u16", "s16x2": "s16", "u8x4": "u8", "s8x4": "s8"}
_LOW_32 = np.uint64(0xFFFFFFFF)
_THIRTY_TWO = np.uint64(32)


def _by_element(ptx_type: str, element: Operation) -> Operation:
    """Apply `element` to each part of packed registers where `ptx_type` is a packed type."""
    if ptx_type not in PACKED_INTEGERS:
        return element
    narrow, wide = container(_ELEMENT[ptx_type]), container(ptx_type)

    def packed(*sources: Array) -> Array:
        result: Array = element(*(element_view(source, narrow) for source in sources))
        return result.view(wide)

    return packed


def _scalar_type(ptx_type: str) -> str:
    return _ELEMENT.get(ptx_type, ptx_type)


def _saturated(ptx_type: str, exact: Callable[..., Array]) -> Operation:
    """`exact` computed in 64 bits, clamped to the range of `ptx_type` (at most 32 bits)."""
    number, bits = number_type(ptx_type), container(ptx_type)
    limits = np.iinfo(number)

    def clamped(*sources: Array) -> Array:
        wide = (source.view(number).astype(np.int64) for source in sources)
        result = np.clip(exact(*wide), limits.min, limits.max)
        return result.astype(number).view(bits)

    return clamped


def _add_or_sub(function: np.ufunc) -> Callable[[Form], Operation | None]:
    def build(form: Form) -> Operation | None:
        ptx_type = form.types[0]
        scalar = _scalar_type(ptx_type)
        if not form.has("sat"):
            return _by_element(ptx_type, function)
        return _by_element(ptx_type, _saturated(scalar, function)) if BITS[scalar] < 64 else None

    return build


def multiply_wide(ptx_type: str) -> Operation:
    """The double-width product of `ptx_type` (16 or 32 bits)."""
    number = number_type(ptx_type)
    double = BITS[ptx_type] * 2
    wide = number_type(f"{ptx_type[0]}{double}")
    unsigned = container(f"u{double}")

    def multiply(a: Array, b: Array) -> Array:
        product: Array = a.view(number).astype(wide) * b.view(number).astype(wide)
        return product.view(unsigned)

    return multiply


def _high_64(a: Array, b: Array) -> Array:
    """Bits 127 to 64 of the unsigned product, from four 32-bit partial products."""
    a_low, a_high = a & _LOW_32, a >> _THIRTY_TWO
    b_low, b_high = b & _LOW_32, b >> _THIRTY_TWO
    middle = a_high * b_low + ((a_low * b_low) >> _THIRTY_TWO)
    other = a_low * b_high + (middle & _LOW_32)
    high: Array = a_high * b_high + (middle >> _THIRTY_TWO) + (other >> _THIRTY_TWO)
    return high


def _high_64_signed(a: Array, b: Array) -> Array:
    """A negative operand reads 2^64 too large, so the other operand is taken off again."""
    a_sign, b_sign = a.view(np.int64) >> 63, b.view(np.int64) >> 63
    high: Array = _high_64(a, b) - (b & a_sign.view(np.uint64)) - (a & b_sign.view(np.uint64))
    return high


def multiply_high(ptx_type: str) -> Operation:
    """The upper half of the double-width product of `ptx_type`."""
    bits = BITS[ptx_type]
    if bits == 64:
        return _high_64_signed if is_signed(ptx_type) else _high_64
    wide, narrow = multiply_wide(ptx_type), container(ptx_type)
    shift = container(f"u{2 * bits}")(bits)

    def multiply(a: Array, b: Array) -> Array:
        high: Array = (wide(a, b) >> shift).astype(narrow)
        return high

    return multiply


def _product(form: Form) -> Operation:
    if form.has("wide"):
        return multiply_wide(form.types[0])
    return multiply_high(form.types[0]) if form.has("hi") else np.multiply


def _mul(form: Form) -> Operation:
    return _product(form)


def _then_add(product: Operation, form: Form) -> Operation:
    """`product` followed by the addition of a third operand; `.sat` exists for s32 alone."""
    if form.has("sat"):
        plus = _saturated("s32", np.add)
        return lambda a, b, c: plus(product(a, b), c)
    return lambda a, b, c: product(a, b) + c


def _mad(form: Form) -> Operation:
    return _then_add(_product(form), form)


def _product_24(form: Form) -> Operation:
    """24 × 24 bits; `.lo` is bits 31 to 0 and `.hi` bits 47 to 16 of the 48-bit product."""
    number, shift = number_type(form.types[0]), np.uint32(8)
    down = 16 if form.has("hi") else 0

    def low_24(a: Array) -> Array:
        # Pushed to the top and back, so that bit 23 is the sign of a signed operand.
        value: Array = ((a << shift).view(number) >> number(8)).astype(np.int64)
        return value

    def multiply(a: Array, b: Array) -> Array:
        return ((low_24(a) * low_24(b)) >> down).astype(np.uint32)

    return multiply


def _mad_24(form: Form) -> Operation:
    return _then_add(_product_24(form), form)


def _absolute_difference(ptx_type: str) -> Operation:
    number = number_type(ptx_type)
    return lambda a, b: np.where(a.view(number) < b.view(number), b - a, a - b)


def _sad(form: Form) -> Operation:
    difference = _absolute_difference(form.types[0])
    return lambda a, b, c: difference(a, b) + c


def _magnitude(a: Array, negative: Array) -> Array:
    return np.where(negative, np.negative(a), a)


def _quotient(a: Array, b: Array) -> Array:
    """Division towards zero: what remains is taken off first, so that the rest is exact."""
    value: Array = (a - np.fmod(a, b)) // b
    return value


def _division(divide: Callable[[Array, Array], Array]) -> Callable[[Form], Operation]:
    def build(form: Form) -> Operation:
        number, bits = number_type(form.types[0]), container(form.types[0])
        ones = np.invert(bits(0))

        def operation(a: Array, b: Array) -> Array:
            whole = np.count_nonzero(b) == b.size
            divisor = b if whole else np.where(b == 0, bits(1), b)
            # MIN / -1 wraps to MIN, of which NumPy warns.
            with np.errstate(over="ignore"):
                result = divide(a.view(number), divisor.view(number)).view(bits)
            value: Array = result if whole else np.where(b == 0, ones, result)
            return value

        return operation

    return build


def _abs(form: Form) -> Operation:
    number = number_type(form.types[0])
    return lambda a: _magnitude(a, a.view(number) < 0)


def _extremum(function: np.ufunc) -> Callable[[Form], Operation]:
    def build(form: Form) -> Operation:
        ptx_type = form.types[0]
        scalar = _scalar_type(ptx_type)
        number, bits = number_type(scalar), container(scalar)

        def choose(a: Array, b: Array) -> Array:
            result: Array = function(a.view(number), b.view(number))
            return result.view(bits)

        def choose_not_negative(a: Array, b: Array) -> Array:
            result: Array = np.maximum(function(a.view(number), b.view(number)), 0)
            return result.view(bits)

        return _by_element(ptx_type, choose_not_negative if form.has("relu") else choose)

    return build


def _neg(form: Form) -> Operation:
    return _by_element(form.types[0], np.negative)


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    "add": _add_or_sub(np.add),
    "sub": _add_or_sub(np.subtract),
    "mul": _mul,
    "mad": _mad,
    "mul24": _product_24,
    "mad24": _mad_24,
    "sad": _sad,
    "div": _division(_quotient),
    "rem": _division(np.fmod),
    "abs": _abs,
    "neg": _neg,
    "min": _extremum(np.minimum),
    "max": _extremum(np.maximum),
}
