"""Arithmetic of f32, f16, bf16, their packed pairs, and mixed precision.

PTX ISA sections 9.7.3 (f32), 9.7.4 (half) and 9.7.5 (mixed). Results are correctly rounded; NaN
results are canonical. The `.approx` functions are within an ulp of the true value, which is what
PTX promises of them at best: hardware may differ in the last bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.formats import FORMATS, flush
from ptxenergy.launch.reference.arithmetic.forms import (
    PACKED_FLOATS,
    Array,
    Form,
    Operation,
    container,
    element_view,
)
from ptxenergy.launch.reference.arithmetic.rounding import (
    Finish,
    add_to_odd,
    finish_of,
    reader,
)

_F32_NAN = np.uint32(FORMATS["f32"].nan)
_TIE = np.int64((1 << 28) - 1)


def by_element(ptx_type: str, operation: Operation) -> Operation:
    """Apply `operation` to each element where `ptx_type` is a packed float type."""
    if ptx_type not in PACKED_FLOATS:
        return operation
    narrow, wide = container(PACKED_FLOATS[ptx_type]), container(ptx_type)

    def packed(*sources: Array) -> Array:
        result: Array = operation(*(element_view(source, narrow) for source in sources))
        return result.view(wide)

    return packed


def _exact(root: str, downwards: bool) -> Callable[..., Array]:
    """The operation on float64 copies of narrower numbers: exact, or rounded to odd."""
    if root == "mul":
        return np.multiply
    if root == "add":
        return lambda a, b: add_to_odd(a, b, downwards)
    if root == "sub":
        return lambda a, b: add_to_odd(a, -b, downwards)
    return lambda a, b, c: add_to_odd(a * b, c, downwards)


def _native_f32(function: np.ufunc) -> Operation:
    """Round-to-nearest f32, which NumPy's own float32 arithmetic is."""

    def operation(a: Array, b: Array) -> Array:
        with np.errstate(all="ignore"):
            values = function(a.view(np.float32), b.view(np.float32))
        bits: Array = values.view(np.uint32)
        bits[np.isnan(values)] = _F32_NAN
        return bits

    return operation


def _fused_f32(a: Array, b: Array, c: Array) -> Array:
    """Round-to-nearest f32 fma. Rounding twice errs only where the first result is a tie of the
    second rounding; its low 28 bits are then zero, and the sum is taken again, to odd.
    """
    with np.errstate(all="ignore"):
        product = a.view(np.float32).astype(np.float64) * b.view(np.float32)
        addend = c.view(np.float32)
        total = product + addend
        if np.count_nonzero(total.view(np.int64) & _TIE) != total.size:
            total = add_to_odd(product, addend.astype(np.float64))
        values = total.astype(np.float32)
    bits: Array = values.view(np.uint32)
    bits[np.isnan(values)] = _F32_NAN
    return bits


_NATIVE: Mapping[str, Operation] = {
    "add": _native_f32(np.add),
    "sub": _native_f32(np.subtract),
    "mul": _native_f32(np.multiply),
    "fma": _fused_f32,
    "mad": _fused_f32,
}


def _flushing(operation: Operation) -> Operation:
    """`operation` on f32 with subnormal sources and results flushed."""
    return lambda *sources: flush(operation(*(flush(a, "f32") for a in sources)), "f32")


def _arithmetic(form: Form) -> Operation:
    """add, sub, mul, fma and mad in one format."""
    scalar = PACKED_FLOATS.get(form.types[0], form.types[0])
    finish = finish_of(form, scalar)
    if finish == Finish("f32"):
        return by_element(form.types[0], _NATIVE[form.root])
    if finish == Finish("f32", ftz=True):
        return by_element(form.types[0], _flushing(_NATIVE[form.root]))
    read = reader(scalar, finish.ftz)
    exact = _exact(form.root, finish.mode == "rm")

    def operation(*sources: Array) -> Array:
        with np.errstate(all="ignore"):
            return finish(exact(*map(read, sources)))

    return by_element(form.types[0], operation)


def _mixed(form: Form) -> Operation:
    """add, sub and fma of f32 whose factors (or first term) are f16 or bf16."""
    finish = finish_of(form, "f32")
    exact = _exact(form.root, finish.mode == "rm")
    read, read_last = reader(form.types[1], False), reader("f32", False)

    def operation(*sources: Array) -> Array:
        *narrow, last = sources
        with np.errstate(all="ignore"):
            return finish(exact(*map(read, narrow), read_last(last)))

    return operation


def arithmetic(form: Form) -> Operation | None:
    """The operation of add, sub, mul, fma or mad; `.oob` is not known."""
    if form.has("oob"):
        return None
    return _mixed(form) if len(form.types) > 1 else _arithmetic(form)


def _function(function: Callable[..., Array]) -> Callable[[Form], Operation]:
    """A function evaluated in float64 and rounded once."""

    def build(form: Form) -> Operation:
        scalar = PACKED_FLOATS.get(form.types[0], form.types[0])
        finish = finish_of(form, scalar)
        read = reader(scalar, finish.ftz)

        def operation(*sources: Array) -> Array:
            with np.errstate(all="ignore"):
                return finish(function(*map(read, sources)))

        return by_element(form.types[0], operation)

    return build


def _div(form: Form) -> Operation:
    divide = _function(np.divide)(form)
    if not form.has("approx"):
        return divide

    def approximate(a: Array, b: Array) -> Array:
        # By the ISA, divisors from 2^126 up give 0, or NaN below an infinite numerator.
        result = divide(a, b)
        exponent = b & np.uint32(0x7F800000)
        huge = (exponent >= np.uint32(253 << 23)) & (exponent != np.uint32(0x7F800000))
        infinite = (a & np.uint32(0x7FFFFFFF)) == np.uint32(0x7F800000)
        not_a_number = (a & np.uint32(0x7FFFFFFF)) > np.uint32(0x7F800000)
        zero = (a ^ b) & np.uint32(0x80000000)
        special = np.where(infinite | not_a_number, _F32_NAN, zero)
        return np.where(huge, special, result)

    return approximate


def _reciprocal_root(x: Array) -> Array:
    return np.reciprocal(np.sqrt(x))


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    **dict.fromkeys(("add", "sub", "mul", "fma", "mad"), arithmetic),
    "div": _div,
    "rcp": _function(np.reciprocal),
    "sqrt": _function(np.sqrt),
    "rsqrt": _function(_reciprocal_root),
    "sin": _function(np.sin),
    "cos": _function(np.cos),
    "lg2": _function(np.log2),
    "ex2": _function(np.exp2),
    "tanh": _function(np.tanh),
}
