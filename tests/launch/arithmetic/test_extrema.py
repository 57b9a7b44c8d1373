"""abs, neg, min, max, copysign and testp of floats, one lane at a time."""

from __future__ import annotations

import math
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .plain import NANS, decode, flushed, infinity, is_negative, is_subnormal, zero
from .running import PATIENT, Reference, check, edge_lanes, lanes, run

TYPES = ("f16", "bf16", "f32", "f64")


def is_nan(value: int, name: str) -> bool:
    number = decode(value, name)
    return isinstance(number, float) and math.isnan(number)


def smaller(a: int, b: int, name: str, nan_wins: bool = False) -> int:
    if is_nan(a, name) or is_nan(b, name):
        both = is_nan(a, name) and is_nan(b, name)
        if both or nan_wins:
            return NANS[name]
        return b if is_nan(a, name) else a
    x, y = decode(a, name), decode(b, name)
    if x == y:
        return a if is_negative(a, name) else b
    return a if x < y else b


def larger(a: int, b: int, name: str, nan_wins: bool = False) -> int:
    flip = zero(name, True)
    result = smaller(a ^ flip, b ^ flip, name, nan_wins)
    return result if is_nan(result, name) and result == NANS[name] else result ^ flip


def xor_sign(a: int, b: int, name: str) -> int:
    sign = zero(name, True)
    result = smaller(a & ~sign, b & ~sign, name)
    return result if is_nan(result, name) else result | (a ^ b) & sign


CASES: dict[str, Reference] = {}
for t in TYPES:
    CASES |= {
        f"abs.{t}": lambda a, t=t: a & ~zero(t, True),
        f"neg.{t}": lambda a, t=t: a ^ zero(t, True),
        f"min.{t}": lambda a, b, t=t: smaller(a, b, t),
        f"max.{t}": lambda a, b, t=t: larger(a, b, t),
        f"min.NaN.{t}": lambda a, b, t=t: smaller(a, b, t, True),
        f"max.NaN.{t}": lambda a, b, t=t: larger(a, b, t, True),
    }
for t in ("f32", "f64"):
    CASES |= {
        f"copysign.{t}": lambda a, b, t=t: a & zero(t, True) | b & ~zero(t, True),
        f"testp.finite.{t}": lambda a, t=t: not isinstance(decode(a, t), float),
        f"testp.infinite.{t}": lambda a, t=t: a & ~zero(t, True) == infinity(t, False),
        f"testp.number.{t}": lambda a, t=t: not is_nan(a, t),
        f"testp.notanumber.{t}": lambda a, t=t: is_nan(a, t),
        f"testp.subnormal.{t}": lambda a, t=t: is_subnormal(a, t),
        f"testp.normal.{t}": lambda a, t=t: (
            not isinstance(decode(a, t), float) and not is_subnormal(a, t)
        ),
    }
CASES |= {
    "min.ftz.f32": lambda a, b: smaller(flushed(a, "f32"), flushed(b, "f32"), "f32"),
    "abs.ftz.f32": lambda a: flushed(a, "f32") & 0x7FFFFFFF,
    "neg.ftz.f16": lambda a: flushed(a, "f16") ^ 0x8000,
    "min.xorsign.abs.f32": lambda a, b: xor_sign(a, b, "f32"),
    "min.xorsign.abs.f16": lambda a, b: xor_sign(a, b, "f16"),
}
# min and max of f32 list a third, optional source.
TWO = {"min.f32", "max.f32", "min.NaN.f32", "max.NaN.f32", "min.ftz.f32", "min.xorsign.abs.f32"}


def shortened(text: str, operands: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [lane[:2] for lane in operands] if text in TWO else operands


@pytest.mark.parametrize("text", CASES)
def test_edges(text: str) -> None:
    check(text, CASES[text], shortened(text, edge_lanes(text)))


@settings(PATIENT, max_examples=150)
@given(st.data())
def test_any_values(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(CASES)))
    check(text, CASES[text], shortened(text, data.draw(lanes(text))))


@settings(PATIENT, max_examples=50)
@given(lanes("max.f32"))
def test_three_sources(operands: list[tuple[int, ...]]) -> None:
    check("max.f32", lambda *s: reduce(lambda a, b: larger(a, b, "f32"), s), operands)


def test_relu_clamps_negative_results_and_keeps_nan() -> None:
    one, minus, nan = 0x3C00, 0xBC00, 0x7E00
    results = run("max.relu.f16", [(minus, 0xC000), (one, minus), (nan, minus), (nan, nan)])
    assert results == [0, one, 0, 0x7FFF]
    assert run("min.relu.bf16x2", [(0x3F80BF80, 0x40004000)]) == [0x3F800000]
