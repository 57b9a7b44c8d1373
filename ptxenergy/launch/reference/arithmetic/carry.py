"""Extended-precision integer arithmetic through the carry flag CC.CF.

PTX ISA section 9.7.2. An operation that reads the flag takes it as one more source, last; one that
writes it returns (result, carry out). The flag is a `bool` array. For subtraction it is a borrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.forms import Array, Form, Operation
from ptxenergy.launch.reference.arithmetic.integer import multiply_high

_READERS = frozenset({"addc", "subc", "madc"})


def form_reads_carry(form: Form) -> bool:
    """Whether the operation takes the carry flag as an additional last source."""
    return form.root in _READERS


def form_writes_carry(form: Form) -> bool:
    """Whether the operation returns (result, carry out) rather than the result alone."""
    return form.has("cc")


def _add(a: Array, b: Array, carry: Array | None) -> tuple[Array, Array]:
    total = a + b
    out = total < a
    if carry is None:
        return total, out
    result = total + carry.astype(a.dtype)
    return result, out | (result < total)


def _subtract(a: Array, b: Array, borrow: Array | None) -> tuple[Array, Array]:
    difference = a - b
    out = a < b
    if borrow is None:
        return difference, out
    result = difference - borrow.astype(a.dtype)
    return result, out | (difference < result)


def _shaped(form: Form, function: Callable[..., tuple[Array, Array]]) -> Operation:
    """Give `function` (sources, then the carry or None) the calling convention of `form`."""
    reads, writes = form_reads_carry(form), form_writes_carry(form)

    def operation(*sources: Array) -> Any:
        result = function(*sources) if reads else function(*sources, None)
        return result if writes else result[0]

    return operation


def _sum(form: Form) -> Operation:
    return _shaped(form, _add)


def _difference(form: Form) -> Operation:
    return _shaped(form, _subtract)


def _multiply_add(form: Form) -> Operation:
    product = multiply_high(form.types[0]) if form.has("hi") else np.multiply

    def step(a: Array, b: Array, c: Array, carry: Array | None) -> tuple[Array, Array]:
        return _add(product(a, b), c, carry)

    return _shaped(form, step)


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    "add": _sum,
    "addc": _sum,
    "sub": _difference,
    "subc": _difference,
    "mad": _multiply_add,
    "madc": _multiply_add,
}
