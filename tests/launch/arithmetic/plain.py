"""Numbers one lane at a time, in Python integers and fractions: what the arrays must agree with."""

from __future__ import annotations

import math
from fractions import Fraction

# precision (hidden bit included) and exponent bits
LAYOUTS = {
    "f16": (11, 5), "bf16": (8, 8), "f32": (24, 8), "f64": (53, 11), "tf32": (11, 8),
    "e4m3": (4, 4), "e5m2": (3, 5), "e2m3": (4, 2), "e3m2": (3, 3), "e2m1": (2, 2),
}  # fmt: skip
NANS = {
    "f16": 0x7FFF, "bf16": 0x7FFF, "f32": 0x7FFFFFFF, "f64": 0xFFF8000000000000,
    "tf32": 0x7FFFFFFF, "e4m3": 0x7F, "e5m2": 0x7F,
}  # fmt: skip


def signed(value: int, bits: int) -> int:
    """Two's complement."""
    value %= 1 << bits
    return value - (1 << bits) if value >> (bits - 1) else value


def read(value: int, name: str) -> int:
    """An integer operand of a type as a number."""
    bits = int(name[1:])
    return signed(value, bits) if name[0] == "s" else value % (1 << bits)


def clamp(value: int, name: str) -> int:
    """The nearest value of an integer type, as bits."""
    bits = int(name[1:])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "s" else (0, (1 << bits) - 1)
    return min(max(value, low), high) % (1 << bits)


def truncated_division(a: int, b: int) -> int:
    """Towards zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def is_negative(value: int, name: str) -> bool:
    """The sign bit."""
    precision, exponent_bits = LAYOUTS[name]
    return bool(value >> (precision + exponent_bits - 1) & 1)


def decode(value: int, name: str) -> Fraction | float:
    """A float's bits as a fraction, or an infinity or NaN as a Python float."""
    precision, exponent_bits = LAYOUTS[name]
    fraction = value & ((1 << precision - 1) - 1)
    exponent = value >> (precision - 1) & ((1 << exponent_bits) - 1)
    sign = -1 if is_negative(value, name) else 1
    if exponent == (1 << exponent_bits) - 1:
        return math.nan if fraction else sign * math.inf
    bias = (1 << exponent_bits - 1) - 1
    if exponent == 0:
        return sign * Fraction(fraction) * Fraction(2) ** (2 - bias - precision)
    significand = fraction + (1 << precision - 1)
    return sign * significand * Fraction(2) ** (exponent - bias + 1 - precision)


def is_subnormal(value: int, name: str) -> bool:
    """Exponent field zero, fraction not."""
    number = decode(value, name)
    smallest = Fraction(2) ** (2 - (1 << LAYOUTS[name][1] - 1))
    return isinstance(number, Fraction) and 0 < abs(number) < smallest


def zero(name: str, negative: bool) -> int:
    """A zero of a sign."""
    precision, exponent_bits = LAYOUTS[name]
    return int(negative) << (precision + exponent_bits - 1)


def infinity(name: str, negative: bool) -> int:
    """An infinity of a sign."""
    precision, exponent_bits = LAYOUTS[name]
    return ((1 << exponent_bits) - 1) << (precision - 1) | zero(name, negative)


def _rounds_up(mode: str, negative: bool, whole: int, rest: Fraction) -> bool:
    if mode == "rn":
        return rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)
    if mode == "rna":
        return rest >= Fraction(1, 2)
    return rest > 0 and mode == ("rm" if negative else "rp")


def encode(number: Fraction, name: str, mode: str = "rn", minus_zero: bool = False) -> int:
    """A fraction rounded to a format; `minus_zero` is the sign where the number is zero."""
    precision, exponent_bits = LAYOUTS[name]
    negative = number < 0 or (number == 0 and minus_zero)
    if number == 0:
        return zero(name, negative)
    magnitude = abs(number)
    least = 2 - (1 << exponent_bits - 1)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if Fraction(2) ** exponent > magnitude:
        exponent -= 1
    exponent = max(exponent, least)
    scaled = magnitude / Fraction(2) ** (exponent - precision + 1)
    whole = math.floor(scaled)
    if _rounds_up(mode, negative, whole, scaled - whole):
        whole += 1
    bits = whole + ((exponent - least) << (precision - 1))
    top = infinity(name, False)
    if bits >= top:
        towards_zero = mode == "rz" or mode == ("rp" if negative else "rm")
        bits = top - 1 if towards_zero else top
    return bits | zero(name, negative)


def flushed(value: int, name: str) -> int:
    """Subnormal numbers as zero of their sign."""
    return zero(name, is_negative(value, name)) if is_subnormal(value, name) else value


def whole_number(number: Fraction, mode: str) -> int:
    """A fraction rounded to an integer by one of rni, rzi, rmi, rpi."""
    if mode == "rmi":
        return math.floor(number)
    if mode == "rpi":
        return math.ceil(number)
    return math.trunc(number) if mode == "rzi" else round(number)
