"""Approximate functions: error bounds and the special values of the ISA's tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from ptxenergy.launch.reference.arithmetic import is_approximate

from .plain import decode, encode
from .running import PATIENT, opcode, run, values

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sin.approx.f32": math.sin, "cos.approx.f32": math.cos, "lg2.approx.f32": math.log2,
    "ex2.approx.f32": math.exp2, "tanh.approx.f32": math.tanh,
    "rsqrt.approx.f32": lambda x: 1 / math.sqrt(x), "sqrt.approx.f32": math.sqrt,
}  # fmt: skip


@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions_are_within_an_ulp(text: str) -> None:
    inputs = [encode(Fraction(n, 64), "f32") for n in range(1, 400, 7)]
    assert is_approximate(opcode(text))
    for source, result in zip(inputs, run(text, [(i,) for i in inputs]), strict=True):
        expected = encode(Fraction(FUNCTIONS[text](float(decode(source, "f32")))), "f32")
        assert abs(result - expected) <= 1


F32 = {"inf": 0x7F800000, "-inf": 0xFF800000, "nan": 0x7FFFFFFF, "0": 0, "-0": 0x80000000,
       "1": 0x3F800000, "-1": 0xBF800000}  # fmt: skip
TABLE = [
    # The tables of special values in PTX ISA section 9.7.3.
    ("rcp.approx.f32", {"-inf": "-0", "-0": "-inf", "0": "inf", "inf": "0", "nan": "nan"}),
    ("sqrt.approx.f32", {"-inf": "nan", "-0": "-0", "0": "0", "inf": "inf", "nan": "nan"}),
    ("rsqrt.approx.f32", {"-inf": "nan", "-0": "-inf", "0": "inf", "inf": "0", "nan": "nan"}),
    ("sin.approx.f32", {"-inf": "nan", "-0": "-0", "0": "0", "inf": "nan", "nan": "nan"}),
    ("cos.approx.f32", {"-inf": "nan", "-0": "1", "0": "1", "inf": "nan", "nan": "nan"}),
    ("lg2.approx.f32", {"-inf": "nan", "-0": "-inf", "0": "-inf", "inf": "inf", "nan": "nan"}),
    ("ex2.approx.f32", {"-inf": "0", "-0": "1", "0": "1", "inf": "inf", "nan": "nan"}),
    ("tanh.approx.f32", {"-inf": "-1", "-0": "-0", "0": "0", "inf": "1", "nan": "nan"}),
]


@pytest.mark.parametrize(("text", "table"), TABLE)
def test_special_values(text: str, table: dict[str, str]) -> None:
    sources = [(F32[name],) for name in table]
    assert run(text, sources) == [F32[name] for name in table.values()]


def test_approximate_division_by_huge_numbers() -> None:
    huge, one = 0x7F000001, F32["1"]
    operands: list[Any] = [(one, huge), (F32["-1"], huge), (F32["inf"], huge), (F32["nan"], huge)]
    assert run("div.approx.f32", operands) == [0, 0x80000000, F32["nan"], F32["nan"]]
    assert run("div.approx.f32", [(one, F32["inf"]), (one, one)]) == [0, one]


@settings(PATIENT)
@given(values("f64"))
def test_coarse_reciprocal_of_f64_uses_upper_halves(x: int) -> None:
    for text in ("rcp.approx.ftz.f64", "rsqrt.approx.ftz.f64"):
        [result] = run(text, [(x,)])
        assert result & 0xFFFFFFFF == 0
        assert [result] == run(text, [(x & 0xFFFFFFFF00000000,)])
