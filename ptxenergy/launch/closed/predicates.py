"""Predicates of several answers, and questions about the sign of `a | b`."""

from __future__ import annotations

import numpy as np

from ptxenergy.launch.closed.forms import Form
from ptxenergy.launch.closed.value import Value
from ptxenergy.launch.reference.lanes import Bools


def sign_question(form: Form, against: int) -> str | None:
    """`or` where a comparison asks whether a signed number is negative, `and` for the opposite."""
    if not form.signed:
        return None
    for name, number, answer in (
        ("lt", 0, "or"),
        ("le", -1, "or"),
        ("ge", 0, "and"),
        ("gt", -1, "and"),
    ):
        if name in form.modifiers and against == number:
            return answer
    return None


def agreed(root: str, one: Value, other: Value) -> Value:
    """`and` or `or` of two predicates: where one settles it, the other may be mixed."""
    base = one.base & other.base if root == "and" else one.base | other.base
    mixed = either(one.mixed, other.mixed)
    if mixed is None:
        return Value(base)
    settled: Bools = np.zeros(1, np.bool_)
    for value in (one, other):
        firm = np.True_ if value.mixed is None else ~value.mixed
        settled = settled | (firm & (~value.base if root == "and" else value.base))
    mixed = mixed & ~settled
    if not mixed.any():
        return Value(base)
    return Value(base, None, None, mixed, tuple(dict.fromkeys((*one.hints, *other.hints))))


def either(one: Bools | None, other: Bools | None) -> Bools | None:
    """Lanes of one or the other."""
    if one is None or other is None:
        return one if other is None else other
    return one | other
