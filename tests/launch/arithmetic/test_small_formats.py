"""The formats of four to eight bits, against a search through all their values."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from .plain import LAYOUTS, NANS, decode, encode, is_negative, zero
from .running import check, edges, run

SMALL = ("e4m3", "e5m2", "e2m3", "e3m2", "e2m1")


def decode_small(value: int, name: str) -> Fraction | float:
    """Formats without infinities hold numbers where others hold infinity and NaN."""
    if name == "e5m2":
        return decode(value, name)
    precision, exponent_bits = LAYOUTS[name]
    if name == "e4m3" and value & 0x7F == 0x7F:
        return math.nan
    fraction, exponent = value & ((1 << precision - 1) - 1), value >> (precision - 1)
    exponent &= (1 << exponent_bits) - 1
    bias = (1 << exponent_bits - 1) - 1
    significand = fraction + ((1 << precision - 1) if exponent else 0)
    scale = Fraction(2) ** (max(exponent, 1) - bias + 1 - precision)
    return significand * scale * (-1 if is_negative(value, name) else 1)


def nearest_small(number: Fraction | float, negative: bool, name: str) -> int:
    """By search: the finite value closest to the number; of two, the one with an even last bit."""
    if isinstance(number, float) and math.isnan(number):
        return NANS.get(name, zero(name, True) - 1)
    finite: list[tuple[int, Fraction]] = []
    for value in range(zero(name, True)):
        found = decode_small(value, name)
        if isinstance(found, Fraction):
            finite.append((value, found))
    magnitude: Any = abs(number)
    if magnitude > max(found for _, found in finite):
        best = max(finite, key=lambda pair: pair[1])[0]
    else:
        best = min(finite, key=lambda pair: (abs(pair[1] - Fraction(magnitude)), pair[0] & 1))[0]
    return best | zero(name, negative)


def element_bits(name: str) -> int:
    return 4 if name == "e2m1" else 8


@pytest.mark.parametrize("name", SMALL)
def test_small_formats_from_f32(name: str) -> None:
    numbers = [
        encode(Fraction(n, 32) * Fraction(2) ** k, "f32")
        for n in range(-40, 41, 3)
        for k in (-8, 0, 5)
    ]
    numbers += edges("f32")
    operands = [(a, b) for a, b in zip(numbers, reversed(numbers), strict=True)]

    def both(a: int, b: int) -> int:
        high, low = (
            nearest_small(decode(x, "f32"), is_negative(x, "f32"), name) for x in (a, b)
        )  # fmt: skip
        return high << element_bits(name) | low

    check(f"cvt.rn.satfinite.{name}x2.f32", both, operands)


@pytest.mark.parametrize("name", SMALL)
def test_small_formats_to_f16_and_back(name: str) -> None:
    bits = element_bits(name)
    valid = [v for v in range(2 * zero(name, True)) if isinstance(decode_small(v, name), Fraction)]
    operands = [(a | b << bits,) for a, b in zip(valid, reversed(valid), strict=True)]

    def widened(value: int) -> int:
        halves = (value & ((1 << bits) - 1), value >> bits)
        low, high = (
            encode(Fraction(decode_small(h, name)), "f16", "rn", is_negative(h, name))
            for h in halves
        )  # fmt: skip
        return high << 16 | low

    check(f"cvt.rn.f16x2.{name}x2", widened, operands)
    wide = run(f"cvt.rn.f16x2.{name}x2", operands)
    back = run(f"cvt.rn.satfinite.{name}x2.f16x2", [(value,) for value in wide])
    assert back == [value for (value,) in operands]


def test_small_formats_hold_infinity_and_nan_as_they_can() -> None:
    # e5m2: 0x7C is infinity; e4m3: 0x7F is NaN.
    assert run("cvt.rn.f16x2.e5m2x2", [(0x7CFC,)]) == [0x7C00FC00]
    assert run("cvt.rn.f16x2.e4m3x2", [(0x7F00,)]) == [0x7FFF0000]
    nan, inf = 0x7E00, 0x7C00
    assert run("cvt.rn.satfinite.e4m3x2.f16x2", [(nan << 16 | inf,)]) == [0x7F7E]
    assert run("cvt.rn.satfinite.e2m1x2.f16x2", [(nan << 16 | inf,)]) == [0x77]
