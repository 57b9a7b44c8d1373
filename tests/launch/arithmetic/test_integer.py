"""Integer arithmetic and carries against Python's own integers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .plain import clamp, read, signed, truncated_division
from .running import PATIENT, Lane, Reference, check, edge_lanes, lanes, run

TYPES = ("u16", "s16", "u32", "s32", "u64", "s64")


def on_numbers(name: str, function: Callable[..., int], result_bits: int = 0) -> Reference:
    """`function` of the operands as numbers of type `name`, wrapped to the result's width."""
    bits = result_bits or int(name[1:])
    return lambda *sources: function(*(read(s, name) for s in sources)) % (1 << bits)


def divided(name: str, function: Callable[[int, int], int]) -> Reference:
    ones = (1 << int(name[1:])) - 1
    inner = on_numbers(name, function)
    return lambda a, b: ones if b == 0 else inner(a, b)


def remainder(a: int, b: int) -> int:
    return a - truncated_division(a, b) * b


def low_24(value: int, name: str) -> int:
    return signed(value, 24) if name[0] == "s" else value & 0xFFFFFF


CASES: dict[str, Reference] = {}
for t in TYPES:
    width = int(t[1:])
    CASES |= {
        f"add.{t}": on_numbers(t, lambda a, b: a + b),
        f"sub.{t}": on_numbers(t, lambda a, b: a - b),
        f"mul.lo.{t}": on_numbers(t, lambda a, b: a * b),
        f"mul.hi.{t}": on_numbers(t, lambda a, b, w=width: a * b >> w),
        f"mad.lo.{t}": on_numbers(t, lambda a, b, c: a * b + c),
        f"mad.hi.{t}": on_numbers(t, lambda a, b, c, w=width: (a * b >> w) + c),
        f"sad.{t}": on_numbers(t, lambda a, b, c: c + abs(a - b)),
        f"div.{t}": divided(t, truncated_division),
        f"rem.{t}": divided(t, remainder),
        f"min.{t}": on_numbers(t, min),
        f"max.{t}": on_numbers(t, max),
    }
    if t[0] == "s":
        CASES[f"abs.{t}"] = on_numbers(t, abs)
        CASES[f"neg.{t}"] = on_numbers(t, lambda a: -a)
    if width < 64:
        CASES[f"mul.wide.{t}"] = on_numbers(t, lambda a, b: a * b, 2 * width)
        CASES[f"mad.wide.{t}"] = lambda a, b, c, t=t, w=width: (
            (read(a, t) * read(b, t) + c) % (1 << 2 * w)
        )
for t in ("u32", "s32"):
    CASES |= {
        f"mul24.lo.{t}": lambda a, b, t=t: low_24(a, t) * low_24(b, t) % (1 << 32),
        f"mul24.hi.{t}": lambda a, b, t=t: (low_24(a, t) * low_24(b, t) >> 16) % (1 << 32),
        f"mad24.lo.{t}": lambda a, b, c, t=t: (low_24(a, t) * low_24(b, t) + c) % (1 << 32),
        f"mad24.hi.{t}": lambda a, b, c, t=t: ((low_24(a, t) * low_24(b, t) >> 16) + c) % (1 << 32),
    }
CASES |= {
    "add.sat.s32": lambda a, b: clamp(signed(a, 32) + signed(b, 32), "s32"),
    "sub.sat.s32": lambda a, b: clamp(signed(a, 32) - signed(b, 32), "s32"),
    "mad.hi.sat.s32": lambda a, b, c: clamp(
        (signed(a, 32) * signed(b, 32) >> 32) + signed(c, 32), "s32"
    ),
    "mad24.hi.sat.s32": lambda a, b, c: clamp(
        signed((signed(a, 24) * signed(b, 24) >> 16), 32) + signed(c, 32), "s32"
    ),
    "max.relu.s32": lambda a, b: max(signed(a, 32), signed(b, 32), 0),
    "min.relu.s32": lambda a, b: max(min(signed(a, 32), signed(b, 32)), 0),
}


def by_half(function: Callable[[int, int], int]) -> Reference:
    def whole(a: int, b: int) -> int:
        low = function(a & 0xFFFF, b & 0xFFFF) & 0xFFFF
        return function(a >> 16, b >> 16) % 0x10000 << 16 | low

    return whole


CASES |= {
    "add.u16x2": by_half(lambda a, b: a + b),
    "add.s16x2": by_half(lambda a, b: a + b),
    "max.s16x2": by_half(lambda a, b: max(signed(a, 16), signed(b, 16))),
    "min.u16x2": by_half(min),
    "min.relu.s16x2": by_half(lambda a, b: max(0, min(signed(a, 16), signed(b, 16)))),
}


@pytest.mark.parametrize("text", CASES)
def test_edges(text: str) -> None:
    check(text, CASES[text], edge_lanes(text))


@settings(PATIENT, max_examples=150)
@given(st.data())
def test_any_values(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(CASES)))
    check(text, CASES[text], data.draw(lanes(text)))


def with_carry(text: str, operands: list[Lane], carry: list[int]) -> list[tuple[int, bool]]:
    import numpy as np

    from ptxenergy.launch.reference.arithmetic import operation, reads_carry

    from .running import opcode

    function = operation(opcode(text))
    assert function is not None
    dtype = np.uint64 if text.endswith("64") else np.uint32
    sources = [np.array(column, dtype) for column in zip(*operands, strict=True)]
    if reads_carry(opcode(text)):
        sources.append(np.array(carry, bool))
    result, out = function(*sources)
    return list(zip(result.tolist(), out.tolist(), strict=True))


CARRIED: dict[str, Callable[..., int]] = {
    "add.cc": lambda a, b, carry: a + b,
    "addc.cc": lambda a, b, carry: a + b + carry,
    "sub.cc": lambda a, b, carry: a - b,
    "subc.cc": lambda a, b, carry: a - b - carry,
}


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("root", CARRIED)
def test_carry_is_the_bit_that_does_not_fit(root: str, bits: int) -> None:
    operands = edge_lanes(f"add.u{bits}") * 2
    carry = [0] * (len(operands) // 2) + [1] * (len(operands) // 2)
    results = with_carry(f"{root}.u{bits}", operands, carry)
    for lane, flag, (value, out) in zip(operands, carry, results, strict=True):
        exact = CARRIED[root](*lane, flag)
        assert (value, out) == (exact % (1 << bits), not 0 <= exact < 1 << bits)


@settings(PATIENT)
@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_long_sum_and_difference_through_carries(a: int, b: int) -> None:
    for first, later, exact in (("add.cc", "addc.cc", a + b), ("sub.cc", "subc.cc", a - b)):
        words, carry = [], 0
        for index in range(8):
            pair = (a >> 32 * index & 0xFFFFFFFF, b >> 32 * index & 0xFFFFFFFF)
            root = later if index else first
            [(word, out)] = with_carry(f"{root}.u32", [pair], [carry])
            words.append(word)
            carry = int(out)
        assert sum(word << 32 * index for index, word in enumerate(words)) == exact % 2**256
        assert carry == (exact != exact % 2**256)


@settings(PATIENT)
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_long_product_through_multiply_add_carries(a: int, b: int) -> None:
    a0, a1, b0, b1 = a & 0xFFFFFFFF, a >> 32, b & 0xFFFFFFFF, b >> 32
    low = a0 * b0 & 0xFFFFFFFF
    [(first, carry)] = with_carry("mad.lo.cc.u32", [(a1, b0, a0 * b0 >> 32)], [0])
    [(top, carry)] = with_carry("madc.hi.cc.u32", [(a1, b0, 0)], [int(carry)])
    assert not carry
    [(middle, carry)] = with_carry("mad.lo.cc.u32", [(a0, b1, first)], [0])
    [(top, over)] = with_carry("madc.hi.cc.u32", [(a0, b1, top)], [int(carry)])
    exact = a * b
    assert low | middle << 32 == exact & 0xFFFFFFFFFFFFFFFF
    assert (top + (int(over) << 32) + a1 * b1) == exact >> 64


def test_without_cc_the_flag_is_read_and_not_returned() -> None:
    from ptxenergy.launch.reference.arithmetic import reads_carry, writes_carry

    from .running import opcode

    assert reads_carry(opcode("addc.u32")) and not writes_carry(opcode("addc.u32"))
    assert writes_carry(opcode("mad.lo.cc.u32")) and not reads_carry(opcode("mad.lo.cc.u32"))
    assert not reads_carry(opcode("add.u32")) and not writes_carry(opcode("add.u32"))
    assert run("add.u32", [(1, 2)]) == [3]
