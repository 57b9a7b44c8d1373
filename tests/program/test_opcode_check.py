"""Operands and modifiers held against the table, one instruction at a time."""

from __future__ import annotations

import pytest

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.program.opcodes import check_operands, describe
from ptxenergy.ptx.syntax import Instruction, Location, Register
from tests.program.opcode_kernels import TARGETS, instruction, lines

_VALID = sorted({line for target in TARGETS for line in lines(target)})


@pytest.mark.parametrize("line", _VALID)
def test_valid_instruction_passes(line: str) -> None:
    parsed = instruction(line)
    check_operands(parsed)
    assert describe(parsed.opcode).known


@pytest.mark.parametrize("line", lines("wrong"))
def test_wrong_instruction_is_refused_where_it_stands(line: str) -> None:
    parsed = instruction(line)
    with pytest.raises(PtxSyntaxError) as refusal:
        check_operands(parsed)
    assert (refusal.value.file, refusal.value.line) == ("line.ptx", parsed.location.line)
    assert refusal.value.column == parsed.location.column
    assert parsed.opcode.split(".")[0] in refusal.value.message


@pytest.mark.parametrize(
    ("line", "words", "expected"),
    [
        ("add.q32 %r1, %r2, %r3;", "no modifier `.q32`", ".u32"),
        ("mul.s32 %r1, %r2, %r3;", "lacks a modifier", ".lo"),
        ("fma.rn.f32 %r1, %r2, %r3;", "3 given, 4 needed", "a register or constant"),
        ("add.s32 %r1, %r2, %r3, %r4;", "4 given, 3 taken", "a destination register"),
        ("ld.global.u32 %r1, %rd1;", "operand 2", "an address in brackets"),
        ("add.s32 1, %r2, %r3;", "operand 1 of `add.s32` cannot be a constant", "a destination"),
        ("ld.gobal.u32 %r1, [%rd1];", "`.gobal`", ".global"),
    ],
)
def test_refusal_says_what_was_expected(line: str, words: str, expected: str) -> None:
    with pytest.raises(PtxSyntaxError) as refusal:
        check_operands(instruction(line))
    assert words in str(refusal.value)
    assert any(expected in choice for choice in refusal.value.expected)


@pytest.mark.parametrize(
    "opcode",
    [
        "spcompress.b32",
        "tcgen05.mma.cta_group::1.kind::f99.newer",
        "ld.global.L3::promote.b32",
        "cp.async.bulk.tensor.2d.shared::cluster.global.newer.mbarrier::complete_tx::bytes",
    ],
)
def test_what_may_be_newer_than_the_table_is_unknown_and_not_refused(opcode: str) -> None:
    check_operands(Instruction(opcode, (Register("%r1", "b32"),), None, Location("a", 1, 1)))
    assert not describe(opcode).known
