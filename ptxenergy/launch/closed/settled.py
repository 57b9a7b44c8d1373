"""Results that are known whatever data says: `0 & x`, `true | x`, a choice between known values."""

from __future__ import annotations

import numpy as np

from ptxenergy.launch.closed.forms import Form
from ptxenergy.launch.closed.value import Value
from ptxenergy.launch.reference.lanes import ALL, Bools, Taint


def still_unknown(form: Form, values: list[Value], taint: Taint, size: int) -> Taint:
    """The lanes of a result that data decides, of those where it decides a source."""
    found = taint
    if form.root == "selp" and len(values) == 3:
        choice = values[2]
        if choice.taint is None and choice.mixed is None:
            one, other = (_as_lanes(value.taint, size) for value in values[:2])
            found = np.where(choice.base, one, other)
    elif len(values) == 2 and _absorbing(form) is not None:
        settled = _settled(values[0], form, size) | _settled(values[1], form, size)
        if settled.any():
            found = _as_lanes(taint, size) & ~settled
    if found is None or found is ALL:
        return found
    return found if found.any() else None  # type: ignore[union-attr]


def with_places(form: Form, values: list[Value]) -> list[Value]:
    """Sources as rows that can be computed with: what is wholly unknown has no type of its own."""
    data = values[:2] if form.root == "selp" else values
    dtype = next((v.base.dtype for v in data if v.taint is not ALL), None)
    if dtype is None:
        return values
    blank = np.zeros(1, dtype)
    found = [Value(blank, taint=ALL, grain=v.grain) if v.taint is ALL else v for v in data]
    return found + values[len(data) :]


def _absorbing(form: Form) -> int | None:
    """The value that settles an operation whatever the other is."""
    if form.root == "or" and form.bits == 1:
        return 1
    return 0 if form.root in ("and", "mul") else None


def _settled(value: Value, form: Form, size: int) -> Bools:
    if value.taint is ALL or value.strides is not None:
        return np.zeros(size, np.bool_)
    found: Bools = np.broadcast_to(value.base == _absorbing(form), (size,))
    for doubt in (value.taint, value.mixed):
        if doubt is not None:
            found = found & ~doubt  # type: ignore[operator]
    return found


def _as_lanes(taint: Taint, size: int) -> Bools:
    if taint is None:
        return np.zeros(size, np.bool_)
    return np.ones(size, np.bool_) if taint is ALL else np.broadcast_to(taint, (size,))  # type: ignore[arg-type]
