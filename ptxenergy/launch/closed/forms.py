"""What the affine rules know of an instruction, and how strides add up."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.closed.value import Hint, Stride, Strides, Value, numbers, tidy, wrapped
from ptxenergy.launch.reference.lanes import Array

LARGEST_SHIFT: Final = 62


class Form(Struct, frozen=True):
    """What a rule needs of an opcode. `compute` works on the registers' bits.

    `bits` and `signed` are those of the first source's type, `result_bits` those of the result.
    """

    root: str
    modifiers: frozenset[str]
    bits: int
    signed: bool
    result_bits: int
    compute: Callable[..., Array]


def scaled(strides: Strides | None, factor: Stride, bits: int) -> Strides | None:
    """Strides times a factor, modulo two to the `bits`."""
    if strides is None:
        return None
    return tidy({dim: wrapped(stride * factor, bits) for dim, stride in strides.items()})


def added(one: Strides | None, other: Strides | None, bits: int) -> Strides | None:
    """The sum of strides, dimension by dimension."""
    if one is None or other is None:
        return one if other is None else other
    total = {dim: one.get(dim, 0) + other.get(dim, 0) for dim in {*one, *other}}
    return tidy({dim: wrapped(stride, bits) for dim, stride in total.items()})


def factor_of(value: Value, *, signed: bool) -> Stride:
    """A fixed value as a factor of strides: a plain number where all lanes have the same."""
    number = numbers(value.base, signed=signed)
    return int(number[0]) if number.shape[0] == 1 else number


def bases(values: list[Value]) -> list[Array]:
    """What values are at the origin."""
    return [value.base for value in values]


def multiples(strides: Strides | None, unit: int) -> bool:
    """Whether all strides are multiples of a number."""
    return all(not np.any(np.asarray(s) % unit) for s in (strides or {}).values())


def moving_and_fixed(values: list[Value]) -> tuple[Value, Value] | None:
    """The one of two values that moves, and the other; None where both do."""
    a, b = values[0], values[1]
    if a.strides is not None and b.strides is not None:
        return None
    return (a, b) if a.strides is not None else (b, a)


def shift_count(value: Value) -> int | None:
    """A shift that is the same everywhere, in bits."""
    if value.strides is not None or value.base.shape[0] != 1:
        return None
    count = int(value.base[0])
    return count if count <= 63 else None


def helpful(form: Form, values: list[Value]) -> tuple[Hint, ...]:
    """What would make the result of an operation affine: a period, or taking one by one."""
    unit = _unit(form, values)
    hints: dict[tuple[int, int], Hint] = {}
    for value in values:
        for dim, stride in (value.strides or {}).items():
            period = 0
            if unit:
                every = gcd(*(int(s) for s in np.unique(np.asarray(stride))), 0)
                period = unit // gcd(unit, every) if every else 0
            hints.setdefault((dim, period), Hint(dim, period))
    return tuple(hints.values())


def _unit(form: Form, values: list[Value]) -> int:
    """The number of which strides should be multiples for the result to be affine; 0: none."""
    if len(values) < 2 or (values[-1].strides is not None and values[0].strides is not None):
        return 0
    fixed = values[1] if values[1].strides is None else values[0]
    if fixed.base.shape[0] != 1:
        return 0
    number = int(fixed.base[0])
    if form.root in ("div", "rem"):
        return number
    if form.root == "shr":
        return 1 << min(number, LARGEST_SHIFT)
    if form.root in ("and", "or", "xor") and form.bits > 1:
        return 1 << min(number.bit_length(), LARGEST_SHIFT)
    return 0
