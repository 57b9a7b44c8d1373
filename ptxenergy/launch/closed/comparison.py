"""Comparisons and choices: settled where the same answer holds in all blocks and iterations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ptxenergy.launch.closed.forms import Form, added, bases, scaled
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.turning import along_sign, crossings, is_moderate, margin_of, parting
from ptxenergy.launch.closed.value import Strides, Value, numbers, tidy
from ptxenergy.launch.reference.lanes import Array

_ORDER: Final[Mapping[str, str]] = {
    "lt": "below", "lo": "below", "ge": "below", "hs": "below",
    "le": "at most", "ls": "at most", "gt": "at most", "hi": "at most",
    "eq": "equal", "ne": "equal",
}  # fmt: skip
_EQUALITIES: Final = ("eq", "ne")


def compare(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """A comparison: settled where the difference keeps its sign in all blocks and iterations."""
    for value in values[:2]:
        if (
            value.strides is not None
            and scope.fits(value, form.bits, signed=form.signed) is not None
        ):
            return None
    name = next((m for m in _ORDER if m in form.modifiers), None)
    if name is None:
        return None
    a, b = (numbers(value.base, signed=form.signed) for value in values[:2])
    if not is_moderate(a, b, form):
        return None
    difference = a - b
    strides = added(values[0].strides, scaled(values[1].strides, -1, 64), 64)
    outcome = np.asarray(form.compute(*bases(values)))
    if strides is None:
        return Value(outcome)
    sign, margin = margin_of(_ORDER[name], difference)
    along = {dim: along_sign(stride, sign) for dim, stride in strides.items()}
    if name in _EQUALITIES:
        equal = difference == 0
        along = {dim: parting(stride, equal) for dim, stride in along.items()}
    mixed = scope.keeps(margin, along)
    hints = crossings(scope, margin, along) if mixed is not None else ()
    return Value(outcome, mixed=mixed, hints=hints)


def extremum(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """`min` and `max`: one of the two, where the same one is taken in all blocks."""
    if len(values) != 2:
        return None
    for value in values:
        if (
            value.strides is not None
            and scope.fits(value, form.bits, signed=form.signed) is not None
        ):
            return None
    a, b = (numbers(value.base, signed=form.signed) for value in values)
    if not is_moderate(a, b, form):
        return None
    difference = a - b
    strides = added(values[0].strides, scaled(values[1].strides, -1, 64), 64) or {}
    below = difference <= 0
    all_below = bool(below[0])
    if np.count_nonzero(below != all_below) == 0:
        own = values[all_below == (form.root == "max")]
        along = scaled(strides, -1, 64) or {} if all_below else strides
        if scope.keeps(-difference if all_below else difference, along) is None:
            return Value(form.compute(*bases(values)), own.strides)
    sign, margin = np.where(below, -1, 1), np.where(below, -difference, difference)
    along = {dim: along_sign(stride, sign) for dim, stride in strides.items()}
    mixed = scope.keeps(margin, along)
    first = below if form.root == "min" else ~below
    chosen = chosen_of(values[0], values[1], first)
    hints = crossings(scope, margin, along) if mixed is not None else ()
    return Value(form.compute(*bases(values)), chosen, mixed=mixed, hints=hints)


def chosen_of(one: Value, other: Value, first: Array) -> Strides | None:
    """The strides of `one` in lanes of `first`, those of `other` in the rest."""
    a, b = one.strides or {}, other.strides or {}
    size = max(first.shape[0], one.base.shape[0], other.base.shape[0])
    chosen = np.broadcast_to(first, (size,))
    return tidy({d: np.where(chosen, a.get(d, 0), b.get(d, 0)).astype(np.int64) for d in {*a, *b}})


def select(_: Scope, form: Form, values: list[Value]) -> Value:
    """`selp`: what is chosen moves as it did."""
    strides = chosen_of(values[0], values[1], values[2].base)
    return Value(form.compute(*bases(values)), strides)


def magnitude(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """`abs` of what is never negative."""
    if not is_never_negative(scope, form, values[0]):
        return None
    return Value(form.compute(*bases(values)), values[0].strides)


def is_never_negative(scope: Scope, form: Form, value: Value) -> bool:
    """Whether a number stays within its type and at or above zero."""
    if scope.fits(value, form.bits, signed=form.signed) is not None:
        return False
    number = numbers(value.base, signed=form.signed)
    return scope.keeps(number, value.strides or {}) is None
