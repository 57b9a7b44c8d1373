"""Integer arithmetic on values that move from block to block and from iteration to iteration.

Each rule gives the exact result, or None where it is not affine; the caller then keeps what is
known at the origin and how the value could be made affine. Sums, differences and products with a
fixed factor are exact modulo two to the width of the register; what looks at the number itself
(extension, comparison, division) asks the scope that no block or iteration leaves the type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np

from ptxenergy.launch.closed.comparison import compare, extremum, magnitude, select
from ptxenergy.launch.closed.division import conjunction, divide, remainder, shift_right
from ptxenergy.launch.closed.forms import (
    LARGEST_SHIFT,
    Form,
    added,
    bases,
    factor_of,
    helpful,
    moving_and_fixed,
    multiples,
    scaled,
    shift_count,
)
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import Strides, Value

Rule: TypeAlias = "Callable[[Scope, Form, list[Value]], Value | None]"
_FLOAT_TYPES: Final = frozenset({"f16", "bf16", "f32", "f64", "tf32"})


def _copy(_: Scope, form: Form, values: list[Value]) -> Value:
    return Value(form.compute(*bases(values)), values[0].strides)


def _add(_: Scope, form: Form, values: list[Value]) -> Value:
    strides = added(values[0].strides, values[1].strides, form.bits)
    return Value(form.compute(*bases(values)), strides)


def _sub(_: Scope, form: Form, values: list[Value]) -> Value:
    negative = scaled(values[1].strides, -1, form.bits)
    return Value(form.compute(*bases(values)), added(values[0].strides, negative, form.bits))


def _neg(_: Scope, form: Form, values: list[Value]) -> Value:
    return Value(form.compute(*bases(values)), scaled(values[0].strides, -1, form.bits))


def _not(_: Scope, form: Form, values: list[Value]) -> Value | None:
    """All bits turned are minus one less the number."""
    if form.bits == 1:
        return None
    return Value(form.compute(*bases(values)), scaled(values[0].strides, -1, form.bits))


def _product(scope: Scope, form: Form, a: Value, b: Value) -> tuple[Strides | None, bool]:
    """Strides of a product, and whether they are right."""
    if a.strides is not None and b.strides is not None:
        return None, False
    moving, fixed = (a, b) if a.strides is not None else (b, a)
    if "hi" in form.modifiers and moving.strides is not None:
        return None, False
    if "wide" not in form.modifiers:
        return scaled(moving.strides, factor_of(fixed, signed=True), form.bits), True
    if moving.strides is None:
        return None, True
    if scope.fits(moving, form.bits, signed=form.signed) is not None:
        return None, False
    return scaled(moving.strides, factor_of(fixed, signed=form.signed), 2 * form.bits), True


def _mul(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    strides, right = _product(scope, form, values[0], values[1])
    return Value(form.compute(*bases(values)), strides) if right else None


def _mad(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    strides, right = _product(scope, form, values[0], values[1])
    if not right:
        return None
    total = added(strides, values[2].strides, form.result_bits)
    return Value(form.compute(*bases(values)), total)


def _shl(_: Scope, form: Form, values: list[Value]) -> Value | None:
    count = shift_count(values[1])
    if count is None:
        return None
    base = form.compute(*bases(values))
    return Value(base, scaled(values[0].strides, 1 << count, form.bits))


def _bfi(_: Scope, form: Form, values: list[Value]) -> Value | None:
    """Bits put above others: as a shift, where they fill the register to its top."""
    place, length = shift_count(values[2]), shift_count(values[3])
    if place is None or length is None or place + length != form.bits:
        return None
    if values[1].strides is not None:
        return None
    return Value(form.compute(*bases(values)), scaled(values[0].strides, 1 << place, form.bits))


def _or(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """`or` and `xor` with bits below all strides do not touch what moves."""
    if form.bits == 1:
        return None
    parts = moving_and_fixed(values)
    base = form.compute(*bases(values))
    if parts is not None:
        moving, fixed = parts
        top = int(fixed.base.max()).bit_length()
        if top <= LARGEST_SHIFT and multiples(moving.strides, 1 << top):
            return Value(base, moving.strides)
    if form.root != "or":
        return None
    mixed = np.zeros(scope.size, np.bool_)
    for value in values:
        for stride in (value.strides or {}).values():
            mixed |= np.asarray(stride) != 0
    return Value(base, None, None, mixed, helpful(form, values), (values[0], values[1]))


def _cvt(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    value = values[0]
    if "sat" in form.modifiers or form.modifiers & _FLOAT_TYPES:
        return None
    base = form.compute(value.base)
    if form.result_bits > form.bits:
        if scope.fits(value, form.bits, signed=form.signed) is not None:
            return None
        return Value(base, value.strides)
    return Value(base, scaled(value.strides, 1, form.result_bits))


RULES: Final[Mapping[str, Rule]] = {
    "mov": _copy, "cvta": _copy, "add": _add, "sub": _sub, "neg": _neg, "not": _not, "mul": _mul,
    "mad": _mad, "shl": _shl, "bfi": _bfi, "or": _or, "xor": _or, "cvt": _cvt,
    "shr": shift_right, "div": divide, "rem": remainder, "and": conjunction,
    "setp": compare, "min": extremum, "max": extremum, "selp": select, "abs": magnitude,
}  # fmt: skip
