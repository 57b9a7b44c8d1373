"""What `describe` says that real memory opcodes touch."""

from __future__ import annotations

import pytest

from ptxenergy.program.opcode import Access
from ptxenergy.program.opcodes import describe

_LOAD, _STORE = "load", "store"


@pytest.mark.parametrize(
    ("opcode", "space", "direction", "operand", "width_bytes"),
    [
        ("ld.global.nc.v4.f32", "global", _LOAD, 1, 16),
        ("ld.global.v8.b32", "global", _LOAD, 1, 32),
        ("ld.global.b128", "global", _LOAD, 1, 16),
        ("ld.global.nc.L1::no_allocate.L2::128B.v2.u64", "global", _LOAD, 1, 16),
        ("ld.u8", "generic", _LOAD, 1, 1),
        ("ld.const.u16", "constant", _LOAD, 1, 2),
        ("ld.param.b64", "param", _LOAD, 1, 8),
        ("ld.shared::cta.f64", "shared", _LOAD, 1, 8),
        ("ld.shared::cluster.u32", "cluster", _LOAD, 1, 4),
        ("st.shared.v2.f32", "shared", _STORE, 0, 8),
        ("st.local.u32", "local", _STORE, 0, 4),
        ("st.async.shared::cluster.mbarrier::complete_tx::bytes.v4.b32", "cluster", _STORE, 0, 16),
        ("tex.2d.v4.f32.s32", "texture", _LOAD, 1, 16),
        ("tex.1d.v4.u32.f32", "texture", _LOAD, 1, 16),
        ("suld.b.2d.v4.b8.trap", "texture", _LOAD, 1, 4),
        ("sust.b.2d.b32.clamp", "texture", _STORE, 0, 4),
        ("atom.global.add.noftz.f16x2", "global", "atomic", 1, 4),
        ("atom.shared.cas.b64", "shared", "atomic", 1, 8),
        ("red.global.add.v4.f32", "global", "atomic", 0, 16),
        ("red.add.f64", "generic", "atomic", 0, 8),
        ("ldmatrix.sync.aligned.m8n8.x4.shared.b16", "shared", _LOAD, 1, 16),
        ("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16", "shared", _LOAD, 1, 4),
        ("ldmatrix.sync.aligned.m16n16.x2.trans.shared.b8", "shared", _LOAD, 1, 16),
        ("stmatrix.sync.aligned.m8n8.x2.shared.b16", "shared", _STORE, 0, 8),
        ("wmma.load.a.sync.aligned.row.m16n16k16.global.f16", "global", _LOAD, 1, 16),
        ("wmma.load.c.sync.aligned.row.m16n16k16.shared.f32", "shared", _LOAD, 1, 32),
        ("wmma.store.d.sync.aligned.row.m8n32k16.global.f16", "global", _STORE, 0, 16),
        ("wmma.load.b.sync.aligned.col.m8n8k32.s4", "generic", _LOAD, 1, 4),
        ("multimem.ld_reduce.relaxed.sys.global.add.v4.f32", "global", _LOAD, 1, 16),
    ],
)
def test_one_access(
    opcode: str, space: str, direction: str, operand: int, width_bytes: int
) -> None:
    (access,) = describe(opcode).accesses
    assert (access.space, access.direction) == (space, direction)
    assert (access.operand, access.width_bytes, access.is_bulk) == (operand, width_bytes, False)


_TX = "mbarrier::complete_tx::bytes"


@pytest.mark.parametrize(
    ("opcode", "accesses"),
    [
        (
            "cp.async.cg.shared.global.L2::128B",
            (
                Access("global", "load", 1, 0, size_operand=2),
                Access("shared", "store", 0, 0, size_operand=2),
            ),
        ),
        (
            f"cp.async.bulk.shared::cluster.global.{_TX}",
            (
                Access("global", "load", 1, 0, is_bulk=True, size_operand=2),
                Access("shared", "store", 0, 0, is_bulk=True, size_operand=2),
            ),
        ),
        (
            f"cp.async.bulk.shared::cluster.shared::cta.{_TX}",
            (
                Access("shared", "load", 1, 0, is_bulk=True, size_operand=2),
                Access("cluster", "store", 0, 0, is_bulk=True, size_operand=2),
            ),
        ),
        (
            f"cp.async.bulk.tensor.2d.shared::cluster.global.tile.{_TX}.multicast::cluster",
            (
                Access("global", "load", 1, 0, is_bulk=True),
                Access("shared", "store", 0, 0, is_bulk=True),
            ),
        ),
        (
            "cp.async.bulk.tensor.3d.global.shared::cta.bulk_group",
            (
                Access("shared", "load", 1, 0, is_bulk=True),
                Access("global", "store", 0, 0, is_bulk=True),
            ),
        ),
        ("cp.async.commit_group", ()),
        ("prefetch.global.L2", ()),
        ("mbarrier.arrive.shared.b64", ()),
        ("tcgen05.ld.sync.aligned.32x32b.x4.b32", ()),
    ],
)
def test_copies_and_what_is_no_traffic(opcode: str, accesses: tuple[Access, ...]) -> None:
    described = describe(opcode)
    assert described.known
    assert described.accesses == accesses
