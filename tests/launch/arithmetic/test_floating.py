"""Floating-point arithmetic against exact fractions rounded once."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .plain import LAYOUTS, NANS, decode, encode, flushed, infinity, is_negative, zero
from .running import PATIENT, Reference, check, edge_lanes, lanes, run

Number = Fraction | float


def as_float(number: Number) -> float:
    """Any float of the number's sign and kind: enough for the rules of infinities and NaN."""
    if isinstance(number, float):
        return number
    return float((number > 0) - (number < 0))


def sum_is_minus_zero(x_negative: bool, y_negative: bool, mode: str) -> bool:
    return x_negative and y_negative if mode != "rm" else x_negative or y_negative


def add(x: int, y: int, name: str, mode: str) -> int:
    a, b = decode(x, name), decode(y, name)
    if isinstance(a, float) or isinstance(b, float):
        return special(as_float(a) + as_float(b), name)
    negative = sum_is_minus_zero(is_negative(x, name), is_negative(y, name), mode)
    return encode(a + b, name, mode, negative)


def special(result: float, name: str) -> int:
    return NANS[name] if math.isnan(result) else infinity(name, result < 0)


def multiply(x: int, y: int, name: str, mode: str) -> int:
    a, b = decode(x, name), decode(y, name)
    if isinstance(a, float) or isinstance(b, float):
        return special(as_float(a) * as_float(b), name)
    return encode(a * b, name, mode, is_negative(x, name) != is_negative(y, name))


def fused(x: int, y: int, z: int, name: str, mode: str) -> int:
    a, b, c = decode(x, name), decode(y, name), decode(z, name)
    if any(isinstance(number, float) for number in (a, b, c)):
        return special(as_float(a) * as_float(b) + as_float(c), name)
    product_negative = is_negative(x, name) != is_negative(y, name)
    negative = sum_is_minus_zero(product_negative, is_negative(z, name), mode)
    return encode(Fraction(a) * Fraction(b) + Fraction(c), name, mode, negative)


def divide(x: int, y: int, name: str, mode: str) -> int:
    a, b = decode(x, name), decode(y, name)
    negative = is_negative(x, name) != is_negative(y, name)
    if as_float(a) != as_float(a) or as_float(b) != as_float(b):
        return NANS[name]
    if isinstance(a, float):
        return NANS[name] if isinstance(b, float) else infinity(name, negative)
    if isinstance(b, float):
        return zero(name, negative)
    if b == 0:
        return NANS[name] if a == 0 else infinity(name, negative)
    return encode(a / b, name, mode, negative)


def square_root(x: int, name: str, mode: str) -> int:
    a = decode(x, name)
    if a == 0:
        return x
    if as_float(a) != as_float(a) or a < 0:
        return NANS[name]
    if isinstance(a, float):
        return x
    # An integer root of 400 bits; a last bit of one stands for all that follows.
    shift = 1200
    scaled = a * Fraction(2) ** (2 * shift)
    root = math.isqrt(math.floor(scaled))
    exact = root * root == scaled
    return encode(Fraction(root * 2 + (not exact), 2 ** (shift + 1)), name, mode)


def subtract(x: int, y: int, name: str, mode: str) -> int:
    return add(x, y ^ zero(name, True), name, mode)


def reciprocal(x: int, name: str, mode: str) -> int:
    return divide(encode(Fraction(1), name), x, name, mode)


def in_mode(function: Callable[..., int], name: str, mode: str = "rn") -> Reference:
    return lambda *sources: function(*sources, name, mode)


def flushing(function: Callable[..., int], name: str) -> Reference:
    return lambda *sources: flushed(
        function(*(flushed(source, name) for source in sources), name, "rn"), name
    )


def saturated(function: Callable[..., int], name: str) -> Reference:
    one = encode(Fraction(1), name)

    def clamped(*sources: int) -> int:
        result = function(*sources, name, "rn")
        number = decode(result, name)
        if as_float(number) != as_float(number) or number <= 0:
            return 0
        return one if number >= 1 else result

    return clamped


def relu(function: Callable[..., int], name: str) -> Reference:
    def clamped(*sources: int) -> int:
        result = function(*sources, name, "rn")
        return 0 if decode(result, name) <= 0 else result

    return clamped


CASES: dict[str, Reference] = {}
for t in ("f32", "f64"):
    for mode in ("rn", "rz", "rm", "rp"):
        CASES |= {
            f"add.{mode}.{t}": in_mode(add, t, mode),
            f"sub.{mode}.{t}": in_mode(subtract, t, mode),
            f"mul.{mode}.{t}": in_mode(multiply, t, mode),
            f"fma.{mode}.{t}": in_mode(fused, t, mode),
            f"mad.{mode}.{t}": in_mode(fused, t, mode),
            f"div.{mode}.{t}": in_mode(divide, t, mode),
            f"rcp.{mode}.{t}": in_mode(reciprocal, t, mode),
            f"sqrt.{mode}.{t}": in_mode(square_root, t, mode),
        }
for t in ("f16", "bf16"):
    CASES |= {
        f"add.{t}": in_mode(add, t),
        f"sub.rn.{t}": in_mode(subtract, t),
        f"mul.{t}": in_mode(multiply, t),
        f"fma.rn.{t}": in_mode(fused, t),
        f"fma.rn.relu.{t}": relu(fused, t),
    }
CASES |= {
    "add.f32": in_mode(add, "f32"),
    "mul.f64": in_mode(multiply, "f64"),
    "add.ftz.f32": flushing(add, "f32"),
    "mul.rn.ftz.f32": flushing(multiply, "f32"),
    "fma.rn.ftz.f32": flushing(fused, "f32"),
    "div.rn.ftz.f32": flushing(divide, "f32"),
    "sqrt.rn.ftz.f32": flushing(square_root, "f32"),
    "add.ftz.f16": flushing(add, "f16"),
    "fma.rn.ftz.f16": flushing(fused, "f16"),
    "add.sat.f32": saturated(add, "f32"),
    "mul.sat.f32": saturated(multiply, "f32"),
    "fma.rn.sat.f32": saturated(fused, "f32"),
    "fma.rn.sat.f16": saturated(fused, "f16"),
    "div.full.f32": in_mode(divide, "f32"),
    "rcp.approx.f32": in_mode(reciprocal, "f32"),
}


@pytest.mark.parametrize("text", CASES)
def test_edges(text: str) -> None:
    check(text, CASES[text], edge_lanes(text, 300))


@settings(PATIENT, max_examples=300)
@given(st.data())
def test_any_values(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(CASES)))
    check(text, CASES[text], data.draw(lanes(text)))


@st.composite
def nearly_cancelling(draw: st.DrawFn, name: str) -> tuple[int, int, int]:
    """a, b and a c within a few units, or a tie, of -(a × b): where fused rounding is hard."""
    precision, exponent_bits = LAYOUTS[name]
    bias = (1 << exponent_bits - 1) - 1
    exponents = st.integers(bias - 20, bias + 20)
    fraction = st.integers(0, (1 << precision - 1) - 1) | st.sampled_from([0, 1, 3])
    a, b = (draw(exponents) << (precision - 1) | draw(fraction) for _ in range(2))
    product = multiply(a, b, name, "rn") ^ zero(name, True)
    shift = draw(st.integers(0, precision * 2)) << (precision - 1)
    c = product + draw(st.integers(-2, 2)) + draw(st.sampled_from([0, shift, -shift]))
    return a, b, c % (1 << precision + exponent_bits)


@settings(PATIENT, max_examples=150)
@given(st.lists(nearly_cancelling("f32"), min_size=4, max_size=16))
def test_fused_f32_near_cancellation(operands: list[tuple[int, int, int]]) -> None:
    check("fma.rn.f32", in_mode(fused, "f32"), operands)


@settings(PATIENT, max_examples=150)
@given(st.lists(nearly_cancelling("f64"), min_size=4, max_size=16))
def test_fused_f64_near_cancellation(operands: list[tuple[int, int, int]]) -> None:
    check("fma.rn.f64", in_mode(fused, "f64"), operands)


def test_fused_f32_where_rounding_twice_goes_wrong() -> None:
    # The product is a tie of f32; a term too small for float64 must still decide it.
    factor = encode(1 + Fraction(1, 2**12), "f32")
    up, down = (encode(Fraction(sign, 2**60), "f32") for sign in (1, -1))
    low = encode(1 + Fraction(1, 2**11), "f32")
    operands = [(factor, factor, up), (factor, factor, down), (factor, factor, 0)]
    assert run("fma.rn.f32", operands) == [low + 1, low, low]


def pairs(value: int, bits: int) -> tuple[int, int]:
    return value & ((1 << bits) - 1), value >> bits


PACKED: dict[str, tuple[Callable[..., int], str, int]] = {
    "add.f16x2": (add, "f16", 16), "mul.f16x2": (multiply, "f16", 16),
    "fma.rn.f16x2": (fused, "f16", 16), "fma.rn.bf16x2": (fused, "bf16", 16),
    "sub.bf16x2": (subtract, "bf16", 16), "add.rn.f32x2": (add, "f32", 32),
    "fma.rn.f32x2": (fused, "f32", 32), "mul.f32x2": (multiply, "f32", 32),
}  # fmt: skip


@settings(PATIENT, max_examples=100)
@given(st.data())
def test_packed_forms_are_the_scalar_ones_twice(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(PACKED)))
    function, name, bits = PACKED[text]

    def both(*sources: int) -> int:
        halves = zip(*(pairs(source, bits) for source in sources), strict=True)
        low, high = (in_mode(function, name)(*half) for half in halves)
        return int(low | high << bits)

    check(text, both, data.draw(lanes(text)))


@settings(PATIENT, max_examples=60)
@given(st.data(), st.sampled_from(["f16", "bf16"]))
def test_mixed_precision_widens_exactly(data: st.DataObject, narrow: str) -> None:
    def widened(value: int) -> int:
        number = decode(value, narrow)
        if isinstance(number, float):
            return special(number, "f32")
        return encode(number, "f32", "rn", is_negative(value, narrow))

    text = f"fma.rn.f32.{narrow}"
    check(
        text, lambda a, b, c: fused(widened(a), widened(b), c, "f32", "rn"), data.draw(lanes(text))
    )
    text = f"add.rz.f32.{narrow}"
    check(text, lambda a, b: add(widened(a), b, "f32", "rz"), data.draw(lanes(text)))
