"""float64 arithmetic in all rounding modes, and its fused multiply-add.

Round-to-nearest is NumPy's own. A directed result is found lane by lane from the nearest one: the
sign of its exact error, in rational numbers, says whether its neighbour is meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ptxenergy.launch.reference.arithmetic.formats import FORMATS
from ptxenergy.launch.reference.arithmetic.forms import Array, Form, Operation
from ptxenergy.launch.reference.arithmetic.rounding import MODES, add_to_odd

Excess = Callable[..., Fraction | int]
_NAN = np.uint64(FORMATS["f64"].nan)
_SPLIT = 134217729.0
_SAFE_LOW, _SAFE_HIGH = 2.0**-900, 2.0**900

_EXCESS: Mapping[str, Excess] = {
    # (result, operands…) → a number with the sign of result − exact.
    "add": lambda r, a, b: r - a - b,
    "sub": lambda r, a, b: r - a + b,
    "mul": lambda r, a, b: r - a * b,
    "fma": lambda r, a, b, c: r - a * b - c,
    "div": lambda r, a, b: (r * b - a) * b,
    "rcp": lambda r, a: (r * a - 1) * a,
    "sqrt": lambda r, a: r * r - a,
}


def _stepped(nearest: float, excess: Fraction | int, mode: str) -> float:
    """The directed result, next to the nearest one on the side that the mode asks for."""
    if excess > 0 and (mode == "rm" or (mode == "rz" and nearest > 0)):
        return math.nextafter(nearest, -math.inf)
    if excess < 0 and (mode == "rp" or (mode == "rz" and nearest < 0)):
        return math.nextafter(nearest, math.inf)
    return nearest


def _directed_lane(nearest: float, operands: tuple[float, ...], root: str, mode: str) -> float:
    if math.isnan(nearest) or not all(map(math.isfinite, operands)):
        return nearest
    if math.isinf(nearest):
        exact_infinity = root in ("div", "rcp") and operands[-1] == 0
        return nearest if exact_infinity else _stepped(nearest, 1 if nearest > 0 else -1, mode)
    excess = _EXCESS[root](Fraction(nearest), *map(Fraction, operands))
    if nearest == 0 and excess == 0 and mode == "rm" and root in ("add", "sub", "fma"):
        return _zero_sum_downwards(operands, root)
    return _stepped(nearest, excess, mode)


def _zero_sum_downwards(operands: tuple[float, ...], root: str) -> float:
    """An exact zero sum is negative in `.rm` unless both terms are positive zeros."""
    *product, last = operands
    sign = math.prod(math.copysign(1.0, factor) for factor in product)
    last_sign = math.copysign(1.0, last) * (-1 if root == "sub" else 1)
    return 0.0 if sign > 0 and last_sign > 0 else -0.0


def directed(root: str, nearest: Array, operands: tuple[Array, ...], mode: str) -> Array:
    """`nearest` (round-to-nearest results of `root`) moved to rounding mode `mode`."""
    lanes = zip(nearest.tolist(), *(operand.tolist() for operand in operands), strict=True)
    results = [_directed_lane(first, tuple(rest), root, mode) for first, *rest in lanes]
    return np.array(results, dtype=np.float64)


_PART = 8192
"""Lanes of a row that are taken at once: rows of 65,536 take a third of the time that they would
take whole; half and twice as many are no faster."""


def _split(a: Array) -> tuple[Array, Array]:
    """Upper and lower half of the significand (Veltkamp)."""
    wide = a * _SPLIT
    high = wide - (wide - a)
    return high, a - high


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    total = a + b
    seen = total - a
    return total, (a - (total - seen)) + (b - seen)


def _two_product(a: Array, b: Array) -> tuple[Array, Array]:
    product = a * b
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def _exact_fma(a: float, b: float, c: float) -> float:
    """One lane in rational arithmetic; the operands are finite."""
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c if not a * b or c == 0 else 0.0
    try:
        return exact.numerator / exact.denominator
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _is_safe(magnitude: Array) -> Array:
    value: Array = (magnitude == 0) | ((magnitude > _SAFE_LOW) & (magnitude < _SAFE_HIGH))
    return value


def fused(a: Array, b: Array, c: Array) -> Array:
    """a × b + c with one rounding, to nearest (Boldo and Melquiond 2008, Fig. 1).

    Lanes near overflow or underflow, where the error terms are not exact, go through rationals.
    Long rows are taken in parts that stay in a core's cache with all that is computed on the way.
    """
    a, b, c = np.broadcast_arrays(a, b, c)
    if len(a) <= _PART:
        return _fused(a, b, c)
    parts = (slice(at, at + _PART) for at in range(0, len(a), _PART))
    return np.concatenate([_fused(a[part], b[part], c[part]) for part in parts])


def _fused(a: Array, b: Array, c: Array) -> Array:
    plain = a * b + c
    high, low = _two_product(a, b)
    sum_low, error_low = _two_sum(c, low)
    sum_high, error_high = _two_sum(high, sum_low)
    result = sum_high + add_to_odd(error_low, error_high)
    # An exact zero has the sign that plain arithmetic gives it.
    result = np.where(result == 0, plain, result)
    both = np.abs(a) * np.abs(b)
    safe = _is_safe(np.abs(a)) & _is_safe(np.abs(b)) & _is_safe(np.abs(c)) & _is_safe(both)
    safe &= (both != 0) | (a == 0) | (b == 0)
    finite_product = np.isfinite(a) & np.isfinite(b)
    finite = finite_product & np.isfinite(c)
    # A finite product that overflows must not meet an infinite c.
    result = np.where(finite, result, np.where(finite_product, c, plain))
    for lane in np.flatnonzero(finite & ~safe):
        result[lane] = _exact_fma(float(a[lane]), float(b[lane]), float(c[lane]))
    return result


_NEAREST: Mapping[str, Callable[..., Array]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "fma": fused,
    "mad": fused,
    "div": np.divide,
    "rcp": np.reciprocal,
    "sqrt": np.sqrt,
}


def canonical(values: Array) -> Array:
    """Bits of float64 values, every NaN the same."""
    bits = values.view(np.uint64)
    return np.where(np.isnan(values), _NAN, bits)


def _build(form: Form) -> Operation | None:
    """add, sub, mul, fma, mad, div, rcp, sqrt of f64, correctly rounded."""
    root = "fma" if form.root == "mad" else form.root
    nearest, mode = _NEAREST[form.root], form.one_of(MODES) or "rn"

    def operation(*sources: Array) -> Array:
        with np.errstate(all="ignore"):
            values = tuple(source.view(np.float64) for source in sources)
            result = nearest(*values)
            if mode != "rn":
                result = directed(root, result, values, mode)
            return canonical(result)

    return operation


_HIGH_HALF = np.uint64(0xFFFFFFFF00000000)


def _coarse(function: Callable[[Array], Array]) -> Operation:
    """`.approx.ftz.f64`: only the upper 32 bits of operand and result count (9.7.3.14)."""

    def operation(a: Array) -> Array:
        with np.errstate(all="ignore"):
            taken = a & _HIGH_HALF
            exponent = np.uint64(FORMATS["f64"].exponent_mask)
            sign = np.uint64(FORMATS["f64"].sign_mask)
            taken = np.where(taken & exponent, taken, taken & sign)
            bits = canonical(function(taken.view(np.float64))) & _HIGH_HALF
            return np.where(bits & exponent, bits, bits & sign)

    return operation


def _rcp(form: Form) -> Operation | None:
    return _coarse(np.reciprocal) if form.has("approx") else _build(form)


def _rsqrt(form: Form) -> Operation:
    def function(x: Array) -> Array:
        return np.reciprocal(np.sqrt(x))

    if form.has("ftz"):
        return _coarse(function)

    def operation(a: Array) -> Array:
        with np.errstate(all="ignore"):
            return canonical(function(a.view(np.float64)))

    return operation


BUILDERS: Mapping[str, Callable[[Form], Any]] = {
    **dict.fromkeys(("add", "sub", "mul", "fma", "mad", "div", "sqrt"), _build),
    "rcp": _rcp,
    "rsqrt": _rsqrt,
}
