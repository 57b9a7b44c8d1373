"""Conversions against exact fractions, and the packing of registers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.reference.arithmetic import operation, pack, unpack

from .plain import (
    NANS,
    clamp,
    decode,
    encode,
    flushed,
    infinity,
    is_negative,
    read,
    whole_number,
    zero,
)
from .running import PATIENT, Reference, check, edges, lanes, opcode, run

INTEGERS = ("u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64")
FLOATS = ("f16", "bf16", "f32", "f64")


def integer_to_integer(a: int, to: str, of: str, saturate: bool = False) -> int:
    number = read(a, of)
    return clamp(number, to) if saturate else number % (1 << int(to[1:]))


def float_to_integer(a: int, to: str, of: str, mode: str, ftz: bool = False) -> int:
    number = decode(flushed(a, of) if ftz else a, of)
    if isinstance(number, Fraction):
        return clamp(whole_number(number, mode), to)
    bits = int(to[1:])
    if math.isnan(number):
        return 1 << bits - 1 if of == "f64" or bits == 64 else 0
    return clamp((1 if number > 0 else -1) << 70, to)


def integer_to_float(a: int, to: str, of: str, mode: str) -> int:
    return encode(Fraction(read(a, of)), to, mode)


def float_to_float(a: int, to: str, of: str, mode: str = "rn") -> int:
    number = decode(a, of)
    if isinstance(number, Fraction):
        return encode(number, to, mode, is_negative(a, of))
    return NANS[to] if math.isnan(number) else infinity(to, number < 0)


def to_whole(a: int, name: str, mode: str) -> int:
    number = decode(a, name)
    if not isinstance(number, Fraction):
        return float_to_float(a, name, name)
    return encode(Fraction(whole_number(number, mode)), name, "rn", is_negative(a, name))


CASES: dict[str, Reference] = {}
for to in INTEGERS:
    for of in INTEGERS:
        CASES[f"cvt.{to}.{of}"] = lambda a, to=to, of=of: integer_to_integer(a, to, of)
        CASES[f"cvt.sat.{to}.{of}"] = lambda a, to=to, of=of: integer_to_integer(a, to, of, True)
    for of in FLOATS:
        for mode in ("rni", "rzi", "rmi", "rpi"):
            CASES[f"cvt.{mode}.{to}.{of}"] = lambda a, to=to, of=of, mode=mode: float_to_integer(
                a, to, of, mode
            )
            CASES[f"cvt.rn.{of}.{to}"] = lambda a, to=of, of=to: integer_to_float(a, to, of, "rn")
for to in ("f32", "f64"):
    for of in INTEGERS:
        for mode in ("rz", "rm", "rp"):
            CASES[f"cvt.{mode}.{to}.{of}"] = lambda a, to=to, of=of, mode=mode: integer_to_float(
                a, to, of, mode
            )
for mode in ("rn", "rz", "rm", "rp"):
    CASES[f"cvt.{mode}.f32.f64"] = lambda a, mode=mode: float_to_float(a, "f32", "f64", mode)
    CASES[f"cvt.{mode}.f16.f64"] = lambda a, mode=mode: float_to_float(a, "f16", "f64", mode)
    CASES[f"cvt.{mode}.f16.f32"] = lambda a, mode=mode: float_to_float(a, "f16", "f32", mode)
    CASES[f"cvt.{mode}.bf16.f32"] = lambda a, mode=mode: float_to_float(a, "bf16", "f32", mode)
for to, of in (("f64", "f32"), ("f32", "f16"), ("f32", "bf16"), ("f64", "f16"), ("f32", "f32")):
    CASES[f"cvt.{to}.{of}"] = lambda a, to=to, of=of: float_to_float(a, to, of)
for name in ("f16", "f32", "f64"):
    for mode in ("rni", "rzi", "rmi", "rpi"):
        CASES[f"cvt.{mode}.{name}.{name}"] = lambda a, n=name, mode=mode: to_whole(a, n, mode)


def saturated(a: int, to: str, of: str) -> int:
    number = decode(a, of)
    if isinstance(number, float):
        return encode(Fraction(1), to) if number == math.inf else 0
    return encode(min(max(number, Fraction(0)), Fraction(1)), to)


def rectified(a: int, name: str) -> int:
    return 0 if decode(a, name) <= 0 else a


def to_tf32(a: int, mode: str) -> int:
    number = decode(a, "f32")
    if isinstance(number, float) and math.isnan(number):
        return NANS["tf32"]
    return float_to_float(a, "tf32", "f32", mode) << 13


def finite_f16(a: int) -> int:
    result = float_to_float(a, "f16", "f32")
    return result - 1 if result & 0x7FFF == 0x7C00 else result


CASES |= {
    "cvt.ftz.rzi.s32.f32": lambda a: float_to_integer(a, "s32", "f32", "rzi"),
    "cvt.rpi.ftz.s32.f32": lambda a: float_to_integer(a, "s32", "f32", "rpi", ftz=True),
    "cvt.ftz.f64.f32": lambda a: float_to_float(flushed(a, "f32"), "f64", "f32"),
    "cvt.rn.ftz.f32.f64": lambda a: flushed(float_to_float(a, "f32", "f64"), "f32"),
    "cvt.ftz.f32.f32": lambda a: flushed(float_to_float(a, "f32", "f32"), "f32"),
    # In a conversion, .ftz concerns f32 alone.
    "cvt.rn.ftz.f16.f32": lambda a: float_to_float(flushed(a, "f32"), "f16", "f32"),
    "cvt.ftz.f32.f16": lambda a: float_to_float(a, "f32", "f16"),
    "cvt.rn.relu.bf16.f32": lambda a: rectified(float_to_float(a, "bf16", "f32"), "bf16"),
    "cvt.sat.f32.f32": lambda a: saturated(a, "f32", "f32"),
    "cvt.rn.sat.f32.f64": lambda a: saturated(a, "f32", "f64"),
    "cvt.sat.f64.f32": lambda a: saturated(a, "f64", "f32"),
    "cvt.rn.sat.f16.f32": lambda a: saturated(a, "f16", "f32"),
    "cvt.rna.tf32.f32": lambda a: to_tf32(a, "rna"),
    "cvt.rn.tf32.f32": lambda a: to_tf32(a, "rn"),
    "cvt.rz.tf32.f32": lambda a: to_tf32(a, "rz"),
    "cvt.rn.satfinite.f16.f32": finite_f16,
}


@pytest.mark.parametrize("text", CASES)
def test_edges(text: str) -> None:
    source = opcode(text).types[-1]
    # What matters to a conversion are the edges of the other type, too.
    numbers = {(value,) for value in edges(source)}
    if source in FLOATS:
        for exponent in (7, 8, 15, 16, 31, 32, 63, 64):
            for near in (-1, 0, 1):
                close = encode(Fraction(2) ** exponent, source) + near
                numbers |= {(close,), (close | zero(source, True),)}
        halves = [encode(Fraction(n, 4), source) for n in range(-11, 12)]
        numbers |= {(half,) for half in halves}
    check(text, CASES[text], sorted(numbers))


@settings(PATIENT, max_examples=200)
@given(st.data())
def test_any_values(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(CASES)))
    check(text, CASES[text], data.draw(lanes(text)))


@settings(PATIENT, max_examples=60)
@given(st.data(), st.sampled_from(["f16", "bf16"]), st.sampled_from(["rn", "rz"]))
def test_two_f32_into_one_register(data: st.DataObject, name: str, mode: str) -> None:
    def both(a: int, b: int) -> int:
        high, low = (float_to_float(x, name, "f32", mode) for x in (a, b))
        return high << 16 | low

    text = f"cvt.{mode}.{name}x2.f32"
    check(text, both, data.draw(lanes(text)))


@settings(PATIENT, max_examples=60)
@given(st.data(), st.sampled_from(["u2", "s2", "u4", "s4", "u8", "s8"]))
def test_saturating_pack(data: st.DataObject, kind: str) -> None:
    bits = int(kind[1:])

    def packed(a: int, b: int, c: int) -> int:
        high, low = (clamp(read(x, "s32"), kind) for x in (a, b))
        return (c << 2 * bits | high << bits | low) & 0xFFFFFFFF

    text = f"cvt.pack.sat.{kind}.s32.b32"
    check(text, packed, data.draw(lanes(text)))
    assert run("cvt.pack.sat.u16.s32", [(70000, 0xFFFFFFFF), (5, 6)]) == [0xFFFF0000, 0x50006]
    assert run("cvt.pack.sat.s16.s32", [(70000, 0xFFFFFFFF)]) == [0x7FFFFFFF]


@pytest.mark.parametrize(
    ("ptx_type", "count"), [("b32", 2), ("b32", 4), ("b64", 2), ("b64", 4), ("b16", 2), ("b128", 2)]
)
def test_packing_and_unpacking(ptx_type: str, count: int) -> None:
    bits = int(ptx_type[1:]) // count
    dtype = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}[bits]
    elements = tuple(np.array([3 + i, 2**bits - 1 - i, i], dtype) for i in range(count))
    move = operation(opcode(f"mov.{ptx_type}"))
    assert move is not None
    value = move(elements)
    expected = [sum(int(e[lane]) << bits * i for i, e in enumerate(elements)) for lane in range(3)]
    if ptx_type == "b128":
        assert value.shape == (3, 2)
        assert [int(low) | int(high) << 64 for low, high in value] == expected
    else:
        assert value.tolist() == expected
    for part, element in zip(unpack(value, ptx_type, count), elements, strict=True):
        np.testing.assert_array_equal(part, element)
    np.testing.assert_array_equal(pack(elements, ptx_type), value)
