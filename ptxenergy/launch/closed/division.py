"""Quotients and remainders: shifts, masks and divisions by a fixed number."""

from __future__ import annotations

from math import gcd
from typing import Final

import numpy as np
from msgspec.structs import replace

from ptxenergy.launch.closed.comparison import is_never_negative
from ptxenergy.launch.closed.forms import (
    LARGEST_SHIFT,
    Form,
    bases,
    moving_and_fixed,
    multiples,
    shift_count,
)
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.turning import along_sign, crossings
from ptxenergy.launch.closed.value import Hint, Stride, Strides, Value, numbers, tidy
from ptxenergy.launch.reference.lanes import Bools

_SHORT_PERIOD: Final = 8


def shift_right(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """`shr`: a division by a power of two, towards minus infinity."""
    count = shift_count(values[1])
    if count is None or count >= form.bits:
        return None
    if form.signed and count == form.bits - 1:
        return _sign(scope, form, values)
    if count > LARGEST_SHIFT:
        return None
    if scope.fits(values[0], form.bits, signed=form.signed) is not None:
        return None
    return _divided(scope, form, values, 1 << count, values[0])


def _sign(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """A shift that leaves the sign alone."""
    if scope.fits(values[0], form.bits, signed=True) is not None:
        return None
    number = numbers(values[0].base, signed=True)
    negative = number < 0
    margin, sign = np.where(negative, -1 - number, number), np.where(negative, -1, 1)
    along = {dim: along_sign(s, sign) for dim, s in (values[0].strides or {}).items()}
    mixed = scope.keeps(margin, along)
    hints = crossings(scope, margin, along) if mixed is not None else ()
    return Value(form.compute(*bases(values)), None, None, mixed, hints)


def _divided(
    scope: Scope, form: Form, values: list[Value], unit: int, moving: Value
) -> Value | None:
    """A quotient towards minus infinity: its strides are those of multiples, else it must stay."""
    base = form.compute(*bases(values))
    if form.root != "and" and multiples(moving.strides, unit):
        return Value(base, _quotient(moving.strides, unit))
    if not _may_stay(scope, moving, unit):
        return None
    mixed, hints = _staying(scope, moving, unit, signed=form.signed)
    return Value(base, None, None, mixed, hints)


def _remainder(
    scope: Scope, form: Form, values: list[Value], unit: int, moving: Value
) -> Value | None:
    """What is left of a division: nothing moves with multiples, all where the quotient stays."""
    base = form.compute(*bases(values))
    if multiples(moving.strides, unit):
        return Value(base)
    if not _may_stay(scope, moving, unit):
        return None
    mixed, hints = _staying(scope, moving, unit, signed=form.signed)
    return Value(base, moving.strides, None, mixed, hints)


def _may_stay(scope: Scope, value: Value, unit: int) -> bool:
    """Whether to cut where a quotient changes, rather than to take every so many apart."""
    for dim, stride in (value.strides or {}).items():
        steps = (stride,) if isinstance(stride, int) else np.unique(stride).tolist()
        period = unit // gcd(*steps, unit)
        if dim not in scope.extents:
            if period <= _SHORT_PERIOD:
                return False
        elif int(np.max(np.abs(stride) * (scope.extents[dim] - 1))) // unit >= period:
            return False
    return True


def _staying(
    scope: Scope, value: Value, unit: int, *, signed: bool
) -> tuple[Bools | None, tuple[Hint, ...]]:
    """Lanes whose quotient changes in some block of the box, and where."""
    rest = numbers(value.base, signed=signed) % unit
    strides = value.strides or {}
    against = {dim: -stride for dim, stride in strides.items()}
    below, above = scope.keeps(rest, strides), scope.keeps(unit - 1 - rest, against)
    if below is None and above is None:
        return None, ()
    turns = (*crossings(scope, rest, strides), *crossings(scope, unit - 1 - rest, against))
    hints = tuple(_again(hint, strides[hint.dim], unit) for hint in turns)
    if below is None or above is None:
        return (below if above is None else above), hints
    return below | above, hints


def _again(hint: Hint, stride: Stride, unit: int) -> Hint:
    """A quotient that changes at a place changes again where its number is a whole unit further."""
    if not isinstance(stride, int) or unit % stride:
        return hint
    return replace(hint, every=unit // abs(stride))


def _quotient(strides: Strides | None, unit: int) -> Strides | None:
    return tidy({dim: s // unit for dim, s in (strides or {}).items()})


def _divisor(value: Value) -> int | None:
    if value.strides is not None or (value.base != value.base[0]).any():
        return None
    divisor = int(numbers(value.base[:1], signed=True)[0])
    return divisor if divisor > 0 else None


def divide(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """`div` of what is never negative."""
    divisor = _divisor(values[1])
    if divisor is None or not is_never_negative(scope, form, values[0]):
        return None
    return _divided(scope, form, values, divisor, values[0])


def remainder(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """`rem` of what is never negative."""
    divisor = _divisor(values[1])
    if divisor is None or not is_never_negative(scope, form, values[0]):
        return None
    return _remainder(scope, form, values, divisor, values[0])


def conjunction(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """A low mask gives what no multiple of it changes; a high one leaves multiples as they are."""
    parts = moving_and_fixed(values)
    if parts is None or parts[1].base.shape[0] != 1 or form.bits == 1:
        return None
    moving, mask = parts[0], int(parts[1].base[0])
    low = ~mask & ((1 << form.bits) - 1)
    if low & (low + 1) == 0 and low < 1 << LARGEST_SHIFT:
        if multiples(moving.strides, low + 1):
            return Value(form.compute(*bases(values)), moving.strides)
        if scope.fits(moving, form.bits, signed=False) is None:
            return _divided(scope, form, values, low + 1, moving)
        return None
    unit = 1 << mask.bit_length()
    if unit > 1 << LARGEST_SHIFT:
        return None
    if mask & (mask + 1) == 0 and scope.fits(moving, form.bits, signed=False) is None:
        return _remainder(scope, form, values, unit, moving)
    return Value(form.compute(*bases(values))) if multiples(moving.strides, unit) else None
