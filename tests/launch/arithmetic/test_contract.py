"""What the interpreter relies on: types of operands, lane counts, unknown opcodes."""

from __future__ import annotations

import numpy as np
import pytest

from ptxenergy.launch.reference.arithmetic import (
    container,
    destination_types,
    operation,
    reads_carry,
    source_types,
)

from .running import opcode

TYPES = [
    ("add.s32", ("s32",), ("s32", "s32")),
    ("mul.wide.s32", ("s64",), ("s32", "s32")),
    ("mad.wide.u16", ("u32",), ("u16", "u16", "u32")),
    ("shl.b64", ("b64",), ("b64", "u32")),
    ("bfe.s64", ("s64",), ("s64", "u32", "u32")),
    ("bfi.b64", ("b64",), ("b64", "b64", "u32", "u32")),
    ("clz.b64", ("u32",), ("b64",)),
    ("selp.f64", ("f64",), ("f64", "f64", "pred")),
    ("slct.u64.f32", ("u64",), ("u64", "u64", "f32")),
    ("set.lt.u32.f32", ("u32",), ("f32", "f32")),
    ("setp.lt.and.f64", ("pred", "pred"), ("f64", "f64", "pred")),
    ("cvt.f32.s64", ("f32",), ("s64",)),
    ("cvt.rn.f16x2.f32", ("f16x2",), ("f32", "f32")),
    ("cvt.rn.f16x2.e4m3x2", ("f16x2",), ("e4m3x2",)),
    ("cvt.pack.sat.u8.s32.b32", ("u32",), ("s32", "s32", "b32")),
    ("fma.rn.f32.bf16", ("f32",), ("bf16", "bf16", "f32")),
    ("lop3.and.b32", ("b32", "pred"), ("b32", "b32", "b32", "u32", "pred")),
    ("dp4a.u32.s32", ("s32",), ("u32", "s32", "s32")),
    ("testp.nan.f32", ("pred",), ("f32",)),
    ("ld.global.f32", (), ()),
]


@pytest.mark.parametrize(("text", "destinations", "sources"), TYPES)
def test_operand_types(text: str, destinations: tuple[str, ...], sources: tuple[str, ...]) -> None:
    assert destination_types(opcode(text)) == destinations
    assert source_types(opcode(text)) == sources


UNKNOWN = [
    "ld.global.u32", "bar.sync", "bra", "nonsense.u32", "cvt.rs.f16x2.f32", "add.pred",
    "cvt.rn.satfinite.ue8m0x2.f32", "fma.rn.oob.f16", "setp.lt.b128", "div.f16", "popc.f32",
    "add.cc.f32", "testp.f32", "setp.f32", "mul.wide.u64", "lop3.b64", "setp.lt.nothing",
]  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_not_an_instruction_known_here_is_none(text: str) -> None:
    assert operation(opcode(text)) is None


KINDS = [
    "add.u32", "sub.sat.s32", "mad.lo.s32", "mul.hi.u64", "mul.wide.s16", "mad.lo.u16",
    "div.s32", "rem.u64", "sad.u64", "addc.u32", "min.u16x2", "popc.b64", "bfind.u64",
    "fns.b32", "brev.b32", "bfe.s32", "bfi.b64", "dp4a.s32.s32", "dp2a.lo.u32.u32", "not.b16",
    "cnot.b64", "lop3.b32", "prmt.b32", "prmt.b32.rc16", "shf.l.wrap.b32", "shr.s64", "shl.b16",
    "setp.lt.f32", "setp.eq.ftz.and.f16x2", "set.lt.u32.f16x2", "set.eq.ftz.f16x2.f16x2",
    "set.eq.u32.bf16x2", "selp.b32", "selp.s16", "slct.f64.f32", "add.f32", "mul.sat.f32",
    "fma.rn.f32", "fma.rm.f32", "fma.rn.f64", "add.rz.f64", "add.rn.ftz.f32x2", "fma.rz.f32x2",
    "fma.rn.f16x2", "fma.rn.ftz.relu.f16x2", "fma.rn.bf16x2", "add.rm.sat.f32.bf16",
    "ex2.approx.f32", "ex2.approx.ftz.bf16x2", "tanh.approx.f16x2", "sin.approx.ftz.f32",
    "rsqrt.approx.f64", "rcp.approx.ftz.f64", "div.approx.f32", "div.full.ftz.f32", "min.f32",
    "max.NaN.bf16x2", "min.ftz.NaN.xorsign.abs.f16x2", "neg.ftz.f16x2", "abs.bf16x2",
    "copysign.f64", "testp.infinite.f64", "cvt.rzi.s32.f32", "cvt.rn.f16x2.f32",
    "cvt.rn.relu.satfinite.f16x2.f32", "cvt.rz.satfinite.bf16x2.f32", "cvt.rm.f64.s64",
    "cvt.rn.bf16.s8", "cvt.rpi.bf16.bf16", "cvt.rn.satfinite.e4m3x2.f32",
    "cvt.rn.satfinite.relu.e5m2x2.f32", "cvt.rn.satfinite.e4m3x2.f16x2",
    "cvt.rn.relu.f16x2.e5m2x2", "cvt.rn.f16x2.e2m1x2", "cvt.pack.sat.u8.s32.b32", "mov.b64",
    "mov.pred", "mov.f64", "cvta.to.global.u64", "cvta.shared.u64", "vabsdiff4.u32.u32.u32.add",
    "vmad.s32.s32.s32.sat", "vset2.u32.s32.lt",
]  # fmt: skip


@pytest.mark.parametrize("lane_count", [0, 1, 33])
@pytest.mark.parametrize("text", KINDS)
def test_any_number_of_lanes(text: str, lane_count: int) -> None:
    op = opcode(text)
    function = operation(op)
    assert function is not None
    types = [*source_types(op), *(["pred"] if reads_carry(op) else [])]
    sources = [np.ones(lane_count, container(ptx_type)) for ptx_type in types]
    result = function(*sources)
    assert result.shape == (lane_count,)
    assert result.dtype == container(destination_types(op)[0])


@pytest.mark.parametrize("text", KINDS)
def test_sources_may_be_broadcast_and_read_only(text: str) -> None:
    op = opcode(text)
    function = operation(op)
    assert function is not None
    types = [*source_types(op), *(["pred"] if reads_carry(op) else [])]
    broadcast = [np.broadcast_to(np.ones((), container(t)), (32,)) for t in types]
    copied = [column.copy() for column in broadcast]
    np.testing.assert_array_equal(function(*broadcast), function(*copied))
