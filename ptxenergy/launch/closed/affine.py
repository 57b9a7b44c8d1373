"""Integer arithmetic on values that move from block to block and from iteration to iteration.

Each rule gives the exact result, or None where it is not affine; the caller then keeps what is
known at the origin and how the value could be made affine. Sums, differences and products with a
fixed factor are exact modulo two to the width of the register; what looks at the number itself
(extension, comparison, division) asks the scope that no block or iteration leaves the type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import gcd
from typing import Final, TypeAlias

import numpy as np

from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import (
    Hint,
    Stride,
    Strides,
    Value,
    numbers,
    tidy,
    wrapped,
)
from ptxenergy.launch.reference.lanes import Array, Bools

Rule: TypeAlias = "Callable[[Scope, Form, list[Value]], Value | None]"
_LARGEST_SHIFT: Final = 62
_SHORT_PERIOD: Final = 8


@dataclass(frozen=True, slots=True)
class Form:
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


def _bases(values: list[Value]) -> list[Array]:
    return [value.base for value in values]


def _copy(_: Scope, form: Form, values: list[Value]) -> Value:
    return Value(form.compute(*_bases(values)), values[0].strides)


def _add(_: Scope, form: Form, values: list[Value]) -> Value:
    strides = added(values[0].strides, values[1].strides, form.bits)
    return Value(form.compute(*_bases(values)), strides)


def _sub(_: Scope, form: Form, values: list[Value]) -> Value:
    negative = scaled(values[1].strides, -1, form.bits)
    return Value(form.compute(*_bases(values)), added(values[0].strides, negative, form.bits))


def _neg(_: Scope, form: Form, values: list[Value]) -> Value:
    return Value(form.compute(*_bases(values)), scaled(values[0].strides, -1, form.bits))


def _not(_: Scope, form: Form, values: list[Value]) -> Value | None:
    """All bits turned are minus one less the number."""
    if form.bits == 1:
        return None
    return Value(form.compute(*_bases(values)), scaled(values[0].strides, -1, form.bits))


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
    return Value(form.compute(*_bases(values)), strides) if right else None


def _mad(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    strides, right = _product(scope, form, values[0], values[1])
    if not right:
        return None
    total = added(strides, values[2].strides, form.result_bits)
    return Value(form.compute(*_bases(values)), total)


def _shift_count(value: Value) -> int | None:
    if value.strides is not None or value.base.shape[0] != 1:
        return None
    count = int(value.base[0])
    return count if count <= 63 else None


def _shl(_: Scope, form: Form, values: list[Value]) -> Value | None:
    count = _shift_count(values[1])
    if count is None:
        return None
    base = form.compute(*_bases(values))
    return Value(base, scaled(values[0].strides, 1 << count, form.bits))


def _multiples(strides: Strides | None, unit: int) -> bool:
    """Whether all strides are multiples of a number."""
    return all(not np.any(np.asarray(s) % unit) for s in (strides or {}).values())


def _quotient(strides: Strides | None, unit: int) -> Strides | None:
    return tidy({dim: s // unit for dim, s in (strides or {}).items()})


def _shr(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    count = _shift_count(values[1])
    if count is None or count >= form.bits:
        return None
    if form.signed and count == form.bits - 1:
        return _sign(scope, form, values)
    if count > _LARGEST_SHIFT:
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
    along = {dim: _signed(s, sign) for dim, s in (values[0].strides or {}).items()}
    mixed = scope.keeps(margin, along)
    hints = crossings(scope, margin, along) if mixed is not None else ()
    return Value(form.compute(*_bases(values)), None, None, mixed, hints)


def _divided(
    scope: Scope, form: Form, values: list[Value], unit: int, moving: Value
) -> Value | None:
    """A quotient towards minus infinity: its strides are those of multiples, else it must stay."""
    base = form.compute(*_bases(values))
    if form.root != "and" and _multiples(moving.strides, unit):
        return Value(base, _quotient(moving.strides, unit))
    if not _may_stay(scope, moving, unit):
        return None
    mixed, hints = _staying(scope, moving, unit, signed=form.signed)
    return Value(base, None, None, mixed, hints)


def _remainder(
    scope: Scope, form: Form, values: list[Value], unit: int, moving: Value
) -> Value | None:
    """What is left of a division: nothing moves with multiples, all where the quotient stays."""
    base = form.compute(*_bases(values))
    if _multiples(moving.strides, unit):
        return Value(base)
    if not _may_stay(scope, moving, unit):
        return None
    mixed, hints = _staying(scope, moving, unit, signed=form.signed)
    return Value(base, moving.strides, None, mixed, hints)


def _may_stay(scope: Scope, value: Value, unit: int) -> bool:
    """Whether to cut where a quotient changes, rather than to take every so many apart."""
    for dim, stride in (value.strides or {}).items():
        every = gcd(*(int(s) for s in np.unique(np.asarray(stride))), unit)
        period = unit // every
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
    hints = (*crossings(scope, rest, strides), *crossings(scope, unit - 1 - rest, against))
    if below is None or above is None:
        return (below if above is None else above), hints
    return below | above, hints


def _divisor(value: Value) -> int | None:
    if value.strides is not None or value.base.shape[0] != 1:
        return None
    divisor = int(numbers(value.base, signed=True)[0])
    return divisor if divisor > 0 else None


def _is_never_negative(scope: Scope, form: Form, value: Value) -> bool:
    """Whether a number stays within its type and at or above zero."""
    if scope.fits(value, form.bits, signed=form.signed) is not None:
        return False
    number = numbers(value.base, signed=form.signed)
    return scope.keeps(number, value.strides or {}) is None


def _div(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    divisor = _divisor(values[1])
    if divisor is None or not _is_never_negative(scope, form, values[0]):
        return None
    return _divided(scope, form, values, divisor, values[0])


def _rem(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    divisor = _divisor(values[1])
    if divisor is None or not _is_never_negative(scope, form, values[0]):
        return None
    return _remainder(scope, form, values, divisor, values[0])


def _bfi(_: Scope, form: Form, values: list[Value]) -> Value | None:
    """Bits put above others: as a shift, where they fill the register to its top."""
    place, length = _shift_count(values[2]), _shift_count(values[3])
    if place is None or length is None or place + length != form.bits:
        return None
    if values[1].strides is not None:
        return None
    return Value(form.compute(*_bases(values)), scaled(values[0].strides, 1 << place, form.bits))


def _moving_and_fixed(values: list[Value]) -> tuple[Value, Value] | None:
    a, b = values[0], values[1]
    if a.strides is not None and b.strides is not None:
        return None
    return (a, b) if a.strides is not None else (b, a)


def _and(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """A low mask gives what no multiple of it changes; a high one leaves multiples as they are."""
    parts = _moving_and_fixed(values)
    if parts is None or parts[1].base.shape[0] != 1 or form.bits == 1:
        return None
    moving, mask = parts[0], int(parts[1].base[0])
    low = ~mask & ((1 << form.bits) - 1)
    if low & (low + 1) == 0 and low < 1 << _LARGEST_SHIFT:
        if _multiples(moving.strides, low + 1):
            return Value(form.compute(*_bases(values)), moving.strides)
        if scope.fits(moving, form.bits, signed=False) is None:
            return _divided(scope, form, values, low + 1, moving)
        return None
    unit = 1 << mask.bit_length()
    if unit > 1 << _LARGEST_SHIFT:
        return None
    if mask & (mask + 1) == 0 and scope.fits(moving, form.bits, signed=False) is None:
        return _remainder(scope, form, values, unit, moving)
    return Value(form.compute(*_bases(values))) if _multiples(moving.strides, unit) else None


def _or(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    """`or` and `xor` with bits below all strides do not touch what moves."""
    if form.bits == 1:
        return None
    parts = _moving_and_fixed(values)
    base = form.compute(*_bases(values))
    if parts is not None:
        moving, fixed = parts
        top = int(fixed.base.max()).bit_length()
        if top <= _LARGEST_SHIFT and _multiples(moving.strides, 1 << top):
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


def _setp(scope: Scope, form: Form, values: list[Value]) -> Value | None:
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
    if not _is_moderate(a, b, form):
        return None
    difference = a - b
    strides = added(values[0].strides, scaled(values[1].strides, -1, 64), 64)
    outcome = np.asarray(form.compute(*_bases(values)))
    if strides is None:
        return Value(outcome)
    sign, margin = _margin(_ORDER[name], difference)
    along = {dim: _signed(stride, sign) for dim, stride in strides.items()}
    if name in _EQUALITIES:
        equal = difference == 0
        along = {dim: _falling(stride, equal) for dim, stride in along.items()}
    mixed = scope.keeps(margin, along)
    hints = crossings(scope, margin, along) if mixed is not None else ()
    return Value(outcome, mixed=mixed, hints=hints)


def _falling(stride: Stride, equal: Array) -> Stride:
    """Any move parts what is equal."""
    if not equal.any():
        return stride
    found = np.where(equal, -np.abs(stride), stride)
    first = int(found[0])
    return first if (found == first).all() else found


def _is_moderate(a: Array, b: Array, form: Form) -> bool:
    """Whether numbers can be subtracted; unsigned ones beyond 2^63 look negative here."""
    if not form.signed and form.bits == 64 and min(a.min(), b.min()) < 0:
        return False
    return bool(max(np.abs(a).max(), np.abs(b).max()) <= 1 << (_LARGEST_SHIFT - 1))


def _margin(kind: str, difference: Array) -> tuple[Array, Array]:
    """For each lane the sign of the strides and how far the outcome is from turning."""
    if kind == "below":  # a < b is a - b <= -1
        true = difference < 0
        return np.where(true, -1, 1), np.where(true, -1 - difference, difference)
    if kind == "at most":  # a <= b
        true = difference <= 0
        return np.where(true, -1, 1), np.where(true, -difference, difference - 1)
    positive = difference > 0
    equal = difference == 0
    return np.where(positive, 1, -1), np.where(equal, 0, np.abs(difference) - 1)


def _signed(stride: Stride, sign: Array) -> Stride:
    found = sign * stride
    first = int(found[0])
    return first if (found == first).all() else found


def crossings(scope: Scope, margin: Array, strides: Strides) -> tuple[Hint, ...]:
    """Where a margin turns negative along the axis of the grid that moves it most.

    Where other axes move it, too, it turns somewhere in a range: all of that is cut, so that only
    the others are left.
    """
    axes = [dim for dim in strides if dim in scope.extents]
    reach = {
        d: np.minimum(0, np.asarray(strides[d]) * (np.asarray(scope.extents[d]) - 1)) for d in axes
    }
    if not axes:
        return ()
    dim = min(axes, key=lambda d: int(reach[d].min()))
    stride = np.asarray(strides[dim])
    others = sum((reach[d] for d in axes if d != dim), np.zeros(1, np.int64))
    falls = np.where(stride < 0, -stride, 1)
    last = np.where((stride < 0) & (margin >= 0), margin // falls + 1, 0)
    first = np.where(last > 0, np.maximum(0, (margin + others) // falls + 1), 0)
    if _is_slanted(scope, strides, dim, axes):
        last = np.where(last > 0, np.asarray(scope.extents[dim]) - 1, 0)
        first = np.where(last > 0, 1, 0)
    size = (scope.size,)
    return (Hint(dim, 0, np.broadcast_to(first, size), np.broadcast_to(last, size)),)


def _is_slanted(scope: Scope, strides: Strides, dim: int, axes: list[int]) -> bool:
    """Whether the line at which a margin turns crosses steps of an axis: each is a case of its
    own."""
    own = int(np.abs(np.asarray(strides[dim])).max())
    reaches = (
        np.abs(np.asarray(strides[d])) * (np.asarray(scope.extents[d]) - 1) for d in axes if d != dim
    )
    return any(int(reach.max()) >= own for reach in reaches)


def _extremum(scope: Scope, form: Form, values: list[Value]) -> Value | None:
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
    if not _is_moderate(a, b, form):
        return None
    difference = a - b
    strides = added(values[0].strides, scaled(values[1].strides, -1, 64), 64) or {}
    below = difference <= 0
    sign, margin = np.where(below, -1, 1), np.where(below, -difference, difference)
    along = {dim: _signed(stride, sign) for dim, stride in strides.items()}
    mixed = scope.keeps(margin, along)
    first = below if form.root == "min" else ~below
    chosen = chosen_of(values[0], values[1], first)
    hints = crossings(scope, margin, along) if mixed is not None else ()
    return Value(form.compute(*_bases(values)), chosen, mixed=mixed, hints=hints)


def chosen_of(one: Value, other: Value, first: Array) -> Strides | None:
    """The strides of `one` in lanes of `first`, those of `other` in the rest."""
    a, b = one.strides or {}, other.strides or {}
    size = max(first.shape[0], one.base.shape[0], other.base.shape[0])
    chosen = np.broadcast_to(first, (size,))
    return tidy({d: np.where(chosen, a.get(d, 0), b.get(d, 0)).astype(np.int64) for d in {*a, *b}})


def _selp(_: Scope, form: Form, values: list[Value]) -> Value:
    strides = chosen_of(values[0], values[1], values[2].base)
    return Value(form.compute(*_bases(values)), strides)


def _abs(scope: Scope, form: Form, values: list[Value]) -> Value | None:
    if not _is_never_negative(scope, form, values[0]):
        return None
    return Value(form.compute(*_bases(values)), values[0].strides)


_ORDER: Final[Mapping[str, str]] = {
    "lt": "below", "lo": "below", "ge": "below", "hs": "below",
    "le": "at most", "ls": "at most", "gt": "at most", "hi": "at most",
    "eq": "equal", "ne": "equal",
}  # fmt: skip
_EQUALITIES: Final = ("eq", "ne")
_FLOAT_TYPES: Final = frozenset({"f16", "bf16", "f32", "f64", "tf32"})
RULES: Final[Mapping[str, Rule]] = {
    "mov": _copy, "cvta": _copy, "add": _add, "sub": _sub, "neg": _neg, "not": _not, "mul": _mul,
    "mad": _mad, "shl": _shl, "shr": _shr, "div": _div, "rem": _rem, "and": _and, "or": _or,
    "xor": _or, "bfi": _bfi, "cvt": _cvt, "setp": _setp, "min": _extremum, "max": _extremum, "selp": _selp,
    "abs": _abs,
}  # fmt: skip


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
    if len(values) < 2 or values[-1].strides is not None and values[0].strides is not None:
        return 0
    fixed = values[1] if values[1].strides is None else values[0]
    if fixed.base.shape[0] != 1:
        return 0
    number = int(fixed.base[0])
    if form.root in ("div", "rem"):
        return number
    if form.root == "shr":
        return 1 << min(number, _LARGEST_SHIFT)
    if form.root in ("and", "or", "xor") and form.bits > 1:
        return 1 << min(number.bit_length(), _LARGEST_SHIFT)
    return 0
