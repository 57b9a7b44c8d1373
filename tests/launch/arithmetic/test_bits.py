"""Bit counts, fields, logic, shifts and byte permutation, bit by bit."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .plain import read, signed
from .running import PATIENT, Reference, check, edge_lanes, lanes, run

ALL = 0xFFFFFFFF


def bfind(a: int, t: str, shift_amount: bool = False) -> int:
    bits = int(t[1:])
    if t[0] == "s" and a >> (bits - 1):
        a ^= (1 << bits) - 1
    if a == 0:
        return ALL
    return bits - a.bit_length() if shift_amount else a.bit_length() - 1


def bfe(a: int, position: int, length: int, t: str) -> int:
    bits = int(t[1:])
    position, length = position & 255, length & 255
    top = min(position + length - 1, bits - 1)
    sign = a >> top & 1 if t[0] == "s" and length else 0
    result = 0
    for i in range(bits):
        inside = i < length and position + i < bits
        result |= (a >> (position + i) & 1 if inside else sign) << i
    return result


def bfi(a: int, b: int, position: int, length: int, bits: int) -> int:
    position, length = position & 255, length & 255
    for i in range(length):
        if position + i < bits:
            b = b & ~(1 << position + i) | (a >> i & 1) << position + i
    return b


def fns(mask: int, base: int, offset: int) -> int:
    position, left = base & 31, abs(signed(offset, 32))
    step = 1 if signed(offset, 32) >= 0 else -1
    while 0 <= position < 32:
        if mask >> position & 1:
            left -= 1
            if left <= 0:
                return position
        if offset == 0:
            return ALL
        position += step
    return ALL


def bmsk(position: int, width: int, clamp: bool) -> int:
    if not clamp:
        position, width = position & 31, width & 31
    return sum(1 << i for i in range(32) if position <= i < position + width)


def szext(a: int, width: int, t: str, clamp: bool) -> int:
    width = min(width, 32) if clamp else width & 31
    low = a & ((1 << width) - 1)
    return (signed(low, width) if t == "s32" and width else low) & ALL


def fields(a: int, bits: int, t: str) -> list[int]:
    return [read(a >> bits * i, f"{t[0]}{bits}") for i in range(32 // bits)]


def dp4a(a: int, b: int, c: int, ta: str, tb: str) -> int:
    pairs = zip(fields(a, 8, ta), fields(b, 8, tb), strict=True)
    return (c + sum(x * y for x, y in pairs)) & ALL


def dp2a(a: int, b: int, c: int, ta: str, tb: str, first: int) -> int:
    pairs = zip(fields(a, 16, ta), fields(b, 8, tb)[first : first + 2], strict=True)
    return (c + sum(x * y for x, y in pairs)) & ALL


def lop3(a: int, b: int, c: int, table: int) -> int:
    index = [(a >> i & 1) * 4 + (b >> i & 1) * 2 + (c >> i & 1) for i in range(32)]
    return sum((table >> entry & 1) << i for i, entry in enumerate(index))


def shf(a: int, b: int, c: int, left: bool, clamp: bool) -> int:
    n = min(c, 32) if clamp else c & 31
    return ((b << n) | (a >> 32 - n) if left else (b << 32 - n) | (a >> n)) & ALL


def shift_left(bits: int, a: int, b: int) -> int:
    return (a << b if b < bits else 0) % (1 << bits)


def shift_right(bits: int, kind: str, a: int, b: int) -> int:
    return (signed(a, bits) if kind == "s" else a) >> min(b, bits) & ((1 << bits) - 1)


def byte_at(a: int, b: int, index: int) -> int:
    return (a | b << 32) >> 8 * index & 255


def prmt(a: int, b: int, c: int, mode: str) -> int:
    if mode == "":
        result = 0
        for place in range(4):
            nibble = c >> 4 * place & 15
            byte = byte_at(a, b, nibble & 7)
            if nibble & 8:
                byte = 255 if byte & 128 else 0
            result |= byte << 8 * place
        return result
    n = c & 3
    chosen = {
        "f4e": [n, n + 1, n + 2, n + 3],
        "b4e": [n, (n - 1) % 8, (n - 2) % 8, (n - 3) % 8],
        "rc8": [n] * 4,
        "ecl": [max(n, i) for i in range(4)],
        "ecr": [min(n, i) for i in range(4)],
        "rc16": [2 * (n & 1), 2 * (n & 1) + 1] * 2,
    }[mode]
    return sum(byte_at(a, b, index) << 8 * place for place, index in enumerate(chosen))


CASES: dict[str, Reference] = {
    "popc.b32": lambda a: a.bit_count(),
    "popc.b64": lambda a: a.bit_count(),
    "clz.b32": lambda a: 32 - a.bit_length(),
    "clz.b64": lambda a: 64 - a.bit_length(),
    "brev.b32": lambda a: int(f"{a:032b}"[::-1], 2),
    "brev.b64": lambda a: int(f"{a:064b}"[::-1], 2),
    "fns.b32": fns,
    "bfi.b32": lambda a, b, c, d: bfi(a, b, c, d, 32),
    "bfi.b64": lambda a, b, c, d: bfi(a, b, c, d, 64),
    "bmsk.clamp.b32": lambda a, b: bmsk(a, b, True),
    "bmsk.wrap.b32": lambda a, b: bmsk(a, b, False),
    "cnot.b32": lambda a: int(a == 0),
    "cnot.b16": lambda a: int(a == 0),
    "not.pred": lambda a: not a,
    "and.pred": lambda a, b: bool(a & b),
    "or.pred": lambda a, b: bool(a | b),
    "xor.pred": lambda a, b: bool(a ^ b),
}
for t in ("u32", "s32", "u64", "s64"):
    CASES[f"bfind.{t}"] = lambda a, t=t: bfind(a, t)
    CASES[f"bfind.shiftamt.{t}"] = lambda a, t=t: bfind(a, t, True)
    CASES[f"bfe.{t}"] = lambda a, b, c, t=t: bfe(a, b, c, t)
for t in ("u32", "s32"):
    CASES[f"szext.clamp.{t}"] = lambda a, b, t=t: szext(a, b, t, True)
    CASES[f"szext.wrap.{t}"] = lambda a, b, t=t: szext(a, b, t, False)
    for u in ("u32", "s32"):
        CASES[f"dp4a.{t}.{u}"] = lambda a, b, c, t=t, u=u: dp4a(a, b, c, t, u)
        CASES[f"dp2a.lo.{t}.{u}"] = lambda a, b, c, t=t, u=u: dp2a(a, b, c, t, u, 0)
        CASES[f"dp2a.hi.{t}.{u}"] = lambda a, b, c, t=t, u=u: dp2a(a, b, c, t, u, 2)
for bits in (16, 32, 64):
    ones = (1 << bits) - 1
    CASES |= {
        f"and.b{bits}": lambda a, b: a & b,
        f"or.b{bits}": lambda a, b: a | b,
        f"xor.b{bits}": lambda a, b: a ^ b,
        f"not.b{bits}": lambda a, m=ones: a ^ m,
        f"shl.b{bits}": partial(shift_left, bits),
        f"shr.b{bits}": partial(shift_right, bits, "b"),
        f"shr.u{bits}": partial(shift_right, bits, "u"),
        f"shr.s{bits}": partial(shift_right, bits, "s"),
    }
for mode in ("", "f4e", "b4e", "rc8", "ecl", "ecr", "rc16"):
    CASES["prmt.b32" + "." * bool(mode) + mode] = lambda a, b, c, mode=mode: prmt(a, b, c, mode)
for direction in "lr":
    for clamp in ("clamp", "wrap"):
        CASES[f"shf.{direction}.{clamp}.b32"] = lambda a, b, c, d=direction, k=clamp: shf(
            a, b, c, d == "l", k == "clamp"
        )


@pytest.mark.parametrize("text", CASES)
def test_edges(text: str) -> None:
    check(text, CASES[text], edge_lanes(text, 600))


@settings(PATIENT, max_examples=200)
@given(st.data())
def test_any_values(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(CASES)))
    check(text, CASES[text], data.draw(lanes(text)))


@pytest.mark.parametrize("table", range(256))
def test_every_truth_table(table: int) -> None:
    operands = [(0xF0F0F0F0, 0xCCCCCCCC, 0xAAAAAAAA, table), (0x12345678, 0x9ABCDEF0, 7, table)]
    check("lop3.b32", lop3, operands)


def test_truth_table_with_a_predicate() -> None:
    operands = [(0, 0, 0, 0xC0, 0), (0, 0, 0, 0xC0, 1), (1, 1, 0, 0xC0, 0), (1, 1, 0, 0xC0, 1)]
    assert run("lop3.or.b32", operands) == [(0, False), (0, True), (1, True), (1, True)]
    assert run("lop3.and.b32", operands) == [(0, False), (0, False), (1, False), (1, True)]


def test_examples_of_the_isa() -> None:
    assert run("fns.b32", [(0xAAAAAAAA, 3, 1), (0xAAAAAAAA, 3, 0xFFFFFFFF)]) == [3, 3]
    assert run("fns.b32", [(0xAAAAAAAA, 2, 1), (0xAAAAAAAA, 2, 0xFFFFFFFF)]) == [3, 1]
    assert run("bmsk.wrap.b32", [(1, 2)]) == [6]
    assert run("szext.wrap.u32", [(0xFFFFFFFF, 0)]) == [0]
