"""What `describe` says of real opcodes: class, destinations, accesses, matrix work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.program.opcode import CATEGORIES, Access, TensorShape
from ptxenergy.program.opcodes import describe
from ptxenergy.program.opcodes.table import rows_by_root, vocabulary_of

_CLASSES = """
fp32: add.f32 add.rn.ftz.sat.f32 fma.rn.f32 fma.rn.f32x2 fma.rn.f32.f16 div.rn.f32 div.full.f32
fp32: setp.lt.f32 selp.f32 abs.f32 min.NaN.f32
fp32: sqrt.rn.f32 rcp.rn.ftz.f32 copysign.f32 set.lt.u32.f32
fp64: add.f64 fma.rn.f64 div.rn.f64 setp.gt.f64 sqrt.rn.f64
fp16: add.f16x2 fma.rn.bf16x2 mul.rn.bf16 neg.f16 setp.lt.f16x2 max.NaN.bf16x2 fma.rn.relu.f16
int: add.s32 mul.wide.u32 mad.lo.s64 div.u32 rem.s64 shl.b32 lop3.b32 setp.eq.u64 selp.b32 and.pred
int: bfe.u32 prmt.b32 dp4a.s32.u32 vadd4.u32.u32.u32 popc.b64 add.cc.u32 shf.l.wrap.b32 mapa.u64
int: isspacep.shared
sfu: sin.approx.f32 ex2.approx.ftz.f32 lg2.approx.f32 rsqrt.approx.f32 rcp.approx.f32
sfu: sqrt.approx.ftz.f32 tanh.approx.bf16x2 ex2.approx.f16x2 rcp.approx.ftz.f64
tensor: mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 tcgen05.mma.cta_group::1.kind::f16
tensor: wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16
conversion: cvt.rn.f32.s32 cvt.u64.u32 cvt.rn.f16x2.f32 cvt.pack.sat.u8.s32.b32 cvt.rna.tf32.f32
move: mov.u32 mov.pred ld.param.u64 st.param.b32 cvta.to.global.u64 ld.param::entry.b8
control: bra bra.uni ret exit call.uni call brx.idx trap
memory: ld.global.f32 st.shared.v4.f32 ld.const.u32
memory: ld.local.b8 tex.2d.v4.f32.s32 cp.async.ca.shared.global
memory: ldmatrix.sync.aligned.m8n8.x4.shared.b16 prefetch.global.L2
memory: st.volatile.global.u32 ldu.global.u32
memory: wmma.load.a.sync.aligned.row.m16n16k16.f16 multimem.st.relaxed.sys.global.f32
atomic: atom.global.add.u32 red.shared.add.f32 atom.cas.b64 multimem.red.relaxed.sys.global.add.f32
atomic: cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32
barrier: bar.sync barrier.sync.aligned bar.warp.sync
barrier: membar.gl fence.acq_rel.gpu mbarrier.init.shared.b64
barrier: cp.async.commit_group cp.async.wait_group wgmma.wait_group.sync.aligned griddepcontrol.wait
barrier: barrier.cluster.arrive tcgen05.commit.cta_group::1.mbarrier::arrive::one.b64
other: shfl.sync.bfly.b32 vote.sync.ballot.b32 match.any.sync.b32 activemask.b32 redux.sync.add.s32
other: elect.sync nanosleep.u32 setmaxnreg.inc.sync.aligned.u32 txq.width.b32
other: tcgen05.alloc.cta_group::1.sync.aligned.b32
"""
_PAIRS = [
    (opcode, line.split(":", 1)[0])
    for line in _CLASSES.strip().splitlines()
    for opcode in line.split(": ", 1)[1].split()
]


@pytest.mark.parametrize(("opcode", "category"), _PAIRS)
def test_category(opcode: str, category: str) -> None:
    described = describe(opcode)
    assert described.known
    assert described.category == category
    assert category in CATEGORIES


_MMA = "mma.sync.aligned"


@pytest.mark.parametrize(
    ("opcode", "tensor"),
    [
        (f"{_MMA}.m16n8k16.row.col.f32.f16.f16.f32", TensorShape("f16", 2048)),
        (f"{_MMA}.m16n8k8.row.col.f32.bf16.bf16.f32", TensorShape("bf16", 1024)),
        (f"{_MMA}.m16n8k8.row.col.f32.tf32.tf32.f32", TensorShape("tf32", 1024)),
        (f"{_MMA}.m8n8k4.row.col.f64.f64.f64.f64", TensorShape("f64", 256)),
        (f"{_MMA}.m16n8k32.row.col.satfinite.s32.s8.u8.s32", TensorShape("s8", 4096)),
        (f"{_MMA}.m16n8k64.row.col.s32.u4.s4.s32", TensorShape("s8", 8192)),
        (f"{_MMA}.m16n8k256.row.col.s32.b1.b1.s32.xor.popc", TensorShape("b1", 32768)),
        (f"{_MMA}.m16n8k32.row.col.f32.e4m3.e5m2.f32", TensorShape("f8", 4096)),
        (f"{_MMA}.m16n8k32.row.col.kind::f8f6f4.f32.e2m1.e3m2.f32", TensorShape("f8", 4096)),
        (
            f"{_MMA}.m16n8k64.row.col.kind::mxf4nvf4.block_scale.scale_vec::4X"
            ".f32.e2m1.e2m1.f32.ue4m3",
            TensorShape("f4", 8192),
        ),
        (
            "mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32",
            TensorShape("f16", 4096, 1, True),
        ),
        ("wmma.mma.sync.aligned.row.col.m16n16k16.f32.f32", TensorShape("f16", 4096)),
        ("wmma.mma.sync.aligned.row.col.m16n16k8.f32.tf32.tf32.f32", TensorShape("tf32", 2048)),
        ("wmma.mma.sync.aligned.row.col.m32n8k16.s32.u8.u8.s32", TensorShape("s8", 4096)),
        (
            "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16",
            TensorShape("bf16", 64 * 256 * 16, 4),
        ),
        (
            "wgmma.mma_async.sp.sync.aligned.m64n8k64.f32.e4m3.e4m3",
            TensorShape("f8", 64 * 8 * 64, 4, True),
        ),
        ("tcgen05.mma.cta_group::2.kind::f8f6f4", TensorShape("f8", 0)),
        ("tcgen05.mma.sp.cta_group::1.kind::tf32", TensorShape("tf32", 0, 1, True)),
    ],
)
def test_matrix_work(opcode: str, tensor: TensorShape) -> None:
    assert describe(opcode).tensor == tensor


@pytest.mark.parametrize(
    ("opcode", "destinations"),
    [
        ("add.s32", 1),
        ("setp.lt.s32", 1),
        ("st.global.f32", 0),
        ("red.global.add.u32", 0),
        ("bar.sync", 0),
        ("bar.red.popc.u32", 1),
        ("bra", 0),
        ("call", 0),
        ("ld.global.v4.f32", 1),
        (f"{_MMA}.m16n8k16.row.col.f32.f16.f16.f32", 1),
        ("tcgen05.mma.cta_group::1.kind::f16", 0),
        ("tcgen05.ld.sync.aligned.32x32b.x4.b32", 1),
        ("mbarrier.arrive.shared.b64", 1),
        ("cp.async.ca.shared.global", 0),
    ],
)
def test_destinations(opcode: str, destinations: int) -> None:
    assert describe(opcode).destinations == destinations


def test_only_wgmma_reads_its_destination() -> None:
    assert describe("wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16").accumulates
    assert not describe(f"{_MMA}.m16n8k16.row.col.f32.f16.f16.f32").accumulates
    assert not describe("add.f32").accumulates


def test_unknown_root_is_other_and_keeps_its_name() -> None:
    described = describe("frobnicate.u32.wide")
    assert not described.known
    assert (described.category, described.root) == ("other", "frobnicate")
    assert described.modifiers == ("u32", "wide")
    assert described.accesses == ()


def test_known_root_with_an_unknown_hint_keeps_its_access() -> None:
    described = describe("ld.global.L3::promote.v2.f32")
    assert not described.known
    assert described.accesses == (Access("global", "load", 1, 8),)


def test_known_copy_with_an_unknown_word_keeps_its_accesses() -> None:
    plain = "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
    described = describe(f"{plain}.override::global_address")
    assert not described.known
    assert described.accesses == describe(plain).accesses != ()


def test_types_and_vector_are_told_apart() -> None:
    described = describe("cvt.rn.f16.s32")
    assert described.types == ("f16", "s32")
    assert describe("ld.global.v4.f32").vector == 4
    assert describe("ld.global.f32").vector == 1
    assert describe("add.s32") is describe("add.s32")


@pytest.mark.parametrize("opcode", ["", ".", "ld", "mma", "ldmatrix.b16", "add.f32" * 9])
def test_describe_never_fails(opcode: str) -> None:
    assert not describe(opcode).known


_WORDS = sorted({word for root in rows_by_root() for word in vocabulary_of(root)})


@given(
    st.sampled_from(sorted(rows_by_root())),
    st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=4)), max_size=12),
)
def test_any_words_give_an_answer_at_once(root: str, words: list[str]) -> None:
    opcode = ".".join([root, *words])
    described = describe(opcode)
    assert described.category in CATEGORIES
    assert described.text == opcode
    assert described.expansion >= 0


def test_a_hostile_opcode_takes_no_time() -> None:
    for root in ("wmma.mma", "mma.sync", "ld", "cvt"):
        assert not describe(root + ".f16" * 20_000).known
