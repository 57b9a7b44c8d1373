"""Comparisons and selections, one lane at a time."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.launch.reference.arithmetic import operation

from .plain import decode, flushed, read
from .running import PATIENT, Reference, check, edge_lanes, lanes, opcode, run

PLAIN: dict[str, Callable[..., bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le,
    "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
COMBINE: dict[str, Callable[[bool, bool], bool]] = {
    "and": operator.and_, "or": operator.or_, "xor": operator.xor,
}  # fmt: skip


def compare_floats(a: int, b: int, name: str, how: str, ftz: bool = False) -> bool:
    x, y = (decode(flushed(v, name) if ftz else v, name) for v in (a, b))
    unordered = any(isinstance(v, float) and math.isnan(v) for v in (x, y))
    if how in ("num", "nan"):
        return unordered == (how == "nan")
    if unordered:
        return how not in PLAIN
    return PLAIN[how[:2]](x, y)


CASES: dict[str, Reference] = {}
for t in ("u16", "s16", "u32", "s32", "u64", "s64"):
    for how, function in PLAIN.items():
        CASES[f"setp.{how}.{t}"] = lambda a, b, t=t, f=function: f(read(a, t), read(b, t))
for how, same in (("lo", "lt"), ("ls", "le"), ("hi", "gt"), ("hs", "ge")):
    CASES[f"setp.{how}.u32"] = lambda a, b, f=PLAIN[same]: f(a, b)
for t in ("f16", "bf16", "f32", "f64"):
    for how in (*PLAIN, "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"):
        CASES[f"setp.{how}.{t}"] = lambda a, b, t=t, h=how: compare_floats(a, b, t, h)
for name, function in COMBINE.items():
    CASES[f"setp.lt.{name}.s32"] = lambda a, b, c, f=function: f(
        read(a, "s32") < read(b, "s32"), bool(c)
    )
    CASES[f"set.lt.{name}.u32.s32"] = lambda a, b, c, f=function: (
        0xFFFFFFFF * f(read(a, "s32") < read(b, "s32"), bool(c))
    )
CASES |= {
    "setp.lt.ftz.f32": lambda a, b: compare_floats(a, b, "f32", "lt", ftz=True),
    "setp.equ.ftz.f16": lambda a, b: compare_floats(a, b, "f16", "equ", ftz=True),
    "set.lt.u32.f32": lambda a, b: 0xFFFFFFFF * compare_floats(a, b, "f32", "lt"),
    "set.neu.f32.f32": lambda a, b: 0x3F800000 * compare_floats(a, b, "f32", "neu"),
    "set.ge.f32.u32": lambda a, b: 0x3F800000 * (a >= b),
    "set.gt.s32.f64": lambda a, b: 0xFFFFFFFF * compare_floats(a, b, "f64", "gt"),
    "set.gt.f16.f16": lambda a, b: 0x3C00 * compare_floats(a, b, "f16", "gt"),
    "set.gt.bf16.bf16": lambda a, b: 0x3F80 * compare_floats(a, b, "bf16", "gt"),
    "set.gt.u16.f16": lambda a, b: 0xFFFF * compare_floats(a, b, "f16", "gt"),
    "selp.b16": lambda a, b, c: a if c else b,
    "selp.b32": lambda a, b, c: a if c else b,
    "selp.f64": lambda a, b, c: a if c else b,
    "slct.u32.s32": lambda a, b, c: a if read(c, "s32") >= 0 else b,
    "slct.u64.f32": lambda a, b, c: a if compare_floats(c, 0, "f32", "ge") else b,
    "slct.ftz.f32.f32": lambda a, b, c: a if compare_floats(c, 0, "f32", "ge", True) else b,
}


@pytest.mark.parametrize("text", CASES)
def test_edges(text: str) -> None:
    check(text, CASES[text], edge_lanes(text))


@settings(PATIENT, max_examples=150)
@given(st.data())
def test_any_values(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(CASES)))
    check(text, CASES[text], data.draw(lanes(text)))


@pytest.mark.parametrize("text", ["setp.lt.s32", "setp.lt.f32", "setp.geu.f64"])
def test_second_predicate_is_the_complement(text: str) -> None:
    for p, q in run(text, edge_lanes(text), pair=True):
        assert p == (not q)


def test_both_predicates_are_combined() -> None:
    operands = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    results = run("setp.lt.and.u32", operands, pair=True)
    assert results == [(a < b and bool(c), a >= b and bool(c)) for a, b, c in operands]


def halves(value: int) -> tuple[int, int]:
    return value & 0xFFFF, value >> 16


@settings(PATIENT, max_examples=50)
@given(lanes("setp.lt.f16x2"))
def test_packed_comparison_gives_one_predicate_a_half(operands: list[tuple[int, ...]]) -> None:
    expected = [
        tuple(compare_floats(x, y, "f16", "lt") for x, y in zip(halves(a), halves(b), strict=True))
        for a, b in operands
    ]
    assert run("setp.lt.f16x2", operands, pair=True) == expected
    ones = [0x3C00 * low | 0x3C000000 * high for low, high in expected]
    assert run("set.lt.f16x2.f16x2", operands) == ones
    masks = [0xFFFF * low | 0xFFFF0000 * high for low, high in expected]
    assert run("set.lt.u32.f16x2", operands) == masks


def test_packed_comparison_combines_each_half_with_its_lane() -> None:
    function = operation(opcode("setp.eq.and.f16x2"), pair=True)
    assert function is not None
    same = np.array([5, 5, 5 << 16], np.uint32)
    p, q = function(same, np.full(3, 5, np.uint32), np.array([True, False, True]))
    assert p.tolist() == [True, False, False] and q.tolist() == [True, False, False]
