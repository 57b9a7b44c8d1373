"""Single statements: what each form of operand becomes."""

from __future__ import annotations

import pytest

from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import (
    Address,
    Group,
    Guard,
    Immediate,
    Instruction,
    Negation,
    Operand,
    Pair,
    Register,
    Sink,
    SpecialRegister,
    Symbol,
    Vector,
)
from tests.ptx.samples import in_kernel

R1, R2 = Register("%r1", "b32"), Register("%r2", "b32")
D1 = Register("%rd1", "b64")
P1, P2 = Register("%p1", "pred"), Register("%p2", "pred")


def first(statement: str, before: str = "") -> Instruction:
    module = parse_text(in_kernel(f"{before}\nL:\n{statement}", ".param .u64 a"))
    kernel = module.functions["k"]
    return kernel.instructions[kernel.labels["L"]]


@pytest.mark.parametrize(
    ("written", "operand"),
    [
        ("%r1", R1),
        ("%tid.x", SpecialRegister("%tid.x")),
        ("%clock64", SpecialRegister("%clock64")),
        ("%r1.b0", Register("%r1", "b32", "b0")),
        ("7", Immediate(7)),
        ("-7", Immediate(-7)),
        ("- -7", Immediate(7)),
        ("017", Immediate(15)),
        ("0x1F", Immediate(31)),
        ("0b101U", Immediate(5)),
        ("12U", Immediate(12)),
        ("~0", Immediate(-1)),
        ("(1 << 4) | 3", Immediate(19)),
        ("2 + 3 * 4", Immediate(14)),
        ("7 - 2 - 1", Immediate(4)),
        ("-7 / 2", Immediate(-3)),
        ("1 ? 2 : 3", Immediate(2)),
        ("0f3F800000", Immediate(1.0, "f32")),
        ("0dC000000000000000", Immediate(-2.0, "f64")),
        ("1.5e-3", Immediate(0.0015, "decimal")),
        ("-0f3F800000", Immediate(-1.0, "f32")),
        ("WARP_SZ", Immediate(32)),
        ("a", Symbol("a")),
        ("a+8", Symbol("a", 8)),
        ("_", Sink()),
        ("!%p1", Negation(P1)),
        ("-%r1", Negation(R1)),
        ("%p1|%p2", Pair(P1, P2)),
        ("_|%p1", Pair(Sink(), P1)),
        ("{%r1,_,3}", Vector((R1, Sink(), Immediate(3)))),
        ("{%r1,%r2}|%p1", Pair(Vector((R1, R2)), P1)),
        ("[%rd1]", Address(D1)),
        ("[ %rd1 + 4 ]", Address(D1, 4)),
        ("[%rd1+-4]", Address(D1, -4)),
        ("[%rd1-4]", Address(D1, -4)),
        ("[4+%rd1]", Address(D1, 4)),
        ("[%rd1+2*8+1]", Address(D1, 17)),
        ("[a]", Address(Symbol("a"))),
        ("[a+16]", Address(Symbol("a"), 16)),
        ("[100]", Address(Immediate(100))),
        ("[%rd1].unified", Address(D1)),
        ("[%rd1, {%r1,%r2}]", Address(D1, 0, (Vector((R1, R2)),))),
        ("[a, %r1, {%r1}]", Address(Symbol("a"), 0, (R1, Vector((R1,))))),
        ("(%r1, a)", Group((R1, Symbol("a")))),
        ("()", Group(())),
    ],
)
def test_operand(written: str, operand: Operand) -> None:
    assert first(f"op.x {written};").operands == (operand,)


@pytest.mark.parametrize(
    ("written", "opcode"),
    [
        ("ld.global.nc.L1::no_allocate.L2::128B.v2.f32 %r1, [a];", None),
        ("mov.b32{%r1,%r2},%rd1;", "mov.b32"),
        ("ld.b32[%rd1];", "ld.b32"),
        ("add .s32 %r1, %r2, 1;", "add.s32"),
        ("add.s32%r1,%r2,1;", "add.s32"),
        ("ret;", "ret"),
        ("fence.proxy.tensormap::generic.acquire.gpu [%rd1], 128;", None),
        ("tcgen05.mma.cta_group::1.kind::f16 [%r1], %rd1, %r2;", None),
        ("made_up.in.the.future::of_ptx.b1024 %r1;", None),
    ],
)
def test_opcode(written: str, opcode: str | None) -> None:
    assert first(written).opcode == (opcode or written.split()[0])


def test_guard() -> None:
    assert first("@%p1 ret;").guard == Guard(P1)
    assert first("@!%p1 ret;").guard == Guard(P1, negated=True)
    assert first("@ ! p ret;", ".reg .pred p;").guard == Guard(Register("p", "pred"), negated=True)


def test_nan_equals_itself() -> None:
    one, other = first("mov.f32 %f1, 0f7FC00000;"), first("mov.f32 %f1, 0f7FC00000;")
    assert one.operands == other.operands


def test_index_counts_elements() -> None:
    table = ".shared .b64 table[4];"
    assert first("ld.shared.b64 %rd1, table[3];", table).operands[1] == Address(Symbol("table"), 24)


def test_call_across_lines() -> None:
    made = first("call.uni (a),\nfoo,\n(\na,\n%r1\n);")
    assert made.operands == (
        Group((Symbol("a"),)),
        Symbol("foo"),
        Group((Symbol("a"), R1)),
    )


def test_statement_across_lines_comments_and_carriage_returns() -> None:
    written = "add.s32\r\n\t%r1 // one\r\n,\r\n/* two; } */ %r2,\n\f 3\n;"
    assert first(written).operands == (R1, R2, Immediate(3))


def test_locations_point_at_the_statement() -> None:
    text = in_kernel("  @%p1 bra L; L: { add.s32 %r1,%r1,1; }\n\tsub.s32 %r1,%r1,1;")
    lines = text.split("\n")
    for made in parse_text(text, "some.ptx").functions["k"].instructions:
        where = made.location
        shown = lines[where.line - 1][where.column - 1 :]
        assert where.file == "some.ptx"
        assert shown.startswith("@%p1 bra" if made.opcode == "bra" else made.opcode)
