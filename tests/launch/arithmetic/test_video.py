"""Video instructions on whole registers, one lane and one element at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .plain import clamp, read
from .running import PATIENT, Reference, check, edge_lanes, lanes

ALL = 0xFFFFFFFF


def average(a: int, b: int) -> int:
    return (a + b + 1) >> 1 if a + b >= 0 else (a + b) >> 1


COMBINE: dict[str, Callable[[int, int], int]] = {
    "vadd": lambda a, b: a + b,
    "vsub": lambda a, b: a - b,
    "vabsdiff": lambda a, b: abs(a - b),
    "vmin": min,
    "vmax": max,
    "vavrg": average,
}
COMPARE: dict[str, Callable[[int, int], int]] = {
    "eq": lambda a, b: int(a == b),
    "ge": lambda a, b: int(a >= b),
    "lt": lambda a, b: int(a < b),
}


def scalar(combine: Callable[[int, int], int], types: str, a: int, b: int, c: int) -> int:
    """`types` is dtype, atype, btype by first letter, then s for saturation, then the second op."""
    target = f"{types[0]}32"
    value = combine(read(a, f"{types[1]}32"), read(b, f"{types[2]}32"))
    value = clamp(value, target) if types[3] == "s" else value & ALL
    second = types[4:]
    if second == "add":
        value += c
    elif second:
        value = {"min": min, "max": max}[second](read(value, target), read(c, target))
    return value & ALL


def parts(value: int, kind: str, bits: int) -> list[int]:
    return [read(value >> bits * i, f"{kind}{bits}") for i in range(32 // bits)]


def simd(combine: Callable[[int, int], int], types: str, bits: int, a: int, b: int, c: int) -> int:
    pairs = zip(parts(a, types[1], bits), parts(b, types[2], bits), strict=True)
    results = [combine(x, y) for x, y in pairs]
    if types[4:] == "add":
        return (sum(results) + c) & ALL
    if types[3] == "s":
        results = [clamp(value, f"{types[0]}{bits}") for value in results]
    return sum((value % (1 << bits)) << bits * i for i, value in enumerate(results))


def shift(left: bool, wrap: bool, types: str, a: int, b: int, c: int) -> int:
    amount = b & 31 if wrap else min(b, 32)
    return scalar(lambda x, _: x << amount if left else x >> amount, types, a, b, c)


def multiply_add(types: str, more: int, down: int, a: int, b: int, c: int) -> int:
    exact = read(a, f"{types[1]}32") * read(b, f"{types[2]}32") + read(c, f"{types[0]}32") + more
    return clamp(exact >> down, f"{types[0]}32") if types[3] == "s" else (exact >> down) & ALL


CASES: dict[str, Reference] = {}
for d, a, b in itertools.product("us", repeat=3):
    letters, dotted = d + a + b, f"{d}32.{a}32.{b}32"
    for root, function in COMBINE.items():
        if root != "vavrg":
            CASES |= {
                f"{root}.{dotted}": partial(scalar, function, f"{letters}-"),
                f"{root}.{dotted}.sat": partial(scalar, function, f"{letters}s"),
                f"{root}.{dotted}.sat.max": partial(scalar, function, f"{letters}smax"),
                f"{root}.{dotted}.add": partial(scalar, function, f"{letters}-add"),
            }
        for count in (2, 4):
            CASES |= {
                f"{root}{count}.{dotted}": partial(simd, function, f"{letters}-", 32 // count),
                f"{root}{count}.{dotted}.sat": partial(simd, function, f"{letters}s", 32 // count),
                f"{root}{count}.{dotted}.add": partial(
                    simd, function, f"{letters}-add", 32 // count
                ),
            }
    CASES[f"vmad.{dotted}.sat.shr7"] = partial(multiply_add, f"{letters}s", 0, 7)
    CASES[f"vmad.{dotted}.po.shr15"] = partial(multiply_add, f"{letters}-", 1, 15)
for a, b in itertools.product("us", repeat=2):
    for name, function in COMPARE.items():
        letters, dotted = "u" + a + b, f"{a}32.{b}32.{name}"
        CASES |= {
            f"vset.{dotted}": partial(scalar, function, f"{letters}-"),
            f"vset.{dotted}.add": partial(scalar, function, f"{letters}-add"),
            f"vset2.{dotted}": partial(simd, function, f"{letters}-", 16),
            f"vset4.{dotted}.add": partial(simd, function, f"{letters}-add", 8),
        }
    for left, wrap in itertools.product((True, False), repeat=2):
        root, mode = "vshl" if left else "vshr", "wrap" if wrap else "clamp"
        CASES[f"{root}.{a}32.{b}32.u32.{mode}"] = partial(shift, left, wrap, f"{a}{b}u-")
        CASES[f"{root}.{a}32.{b}32.u32.sat.{mode}.min"] = partial(shift, left, wrap, f"{a}{b}usmin")


@pytest.mark.parametrize("text", CASES)
def test_edges(text: str) -> None:
    check(text, CASES[text], edge_lanes(text, 60))


@settings(PATIENT, max_examples=200)
@given(st.data())
def test_any_values(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(CASES)))
    check(text, CASES[text], data.draw(lanes(text)))


def test_sum_of_absolute_differences() -> None:
    check("vabsdiff4.u32.u32.u32.add", lambda a, b, c: 10, [(0x01020304, 0, 0)])
