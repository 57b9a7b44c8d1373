"""Clusters: ranks, numbers and remote shared memory are those of the reference."""

from __future__ import annotations

import pytest

from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, evaluate
from ptxenergy.launch.request import Pins
from ptxenergy.ptx import parse_text
from tests.launch.reference_launches import launch_of, only

KERNEL = """.version 8.0
.target sm_90
.address_size 64
.visible .entry k(.param .u64 data) .reqnctapercluster CLUSTER
{
.reg .pred %p<6>;
.reg .b32 %r<40>;
.reg .b64 %rd<20>;
.shared .align 16 .b8 tile[8192];
ld.param.u64 %rd1, [data];
mov.u32 %r1, %tid.x;
mov.u32 %r2, %cluster_ctarank;
mov.u32 %r3, %cluster_nctarank;
mov.u32 %r4, tile;
mad.lo.u32 %r5, %r1, 4, %r4;
BODY
ret;
}
"""
STORE = """
mul.wide.u32 %rd2, %r20, 4;
add.s64 %rd3, %rd1, %rd2;
st.global.u32 [%rd3], %r1;
"""
SHAPES = (
    ("2, 1, 1", (38, 3)),
    ("1, 4, 1", (5, 8)),
    ("2, 2, 2", (6, 4, 4)),
    ("8, 1, 1", (64,)),
)


def assert_equal(body: str, cluster: str, grid: tuple[int, ...]) -> LaunchProfile:
    text = KERNEL.replace("CLUSTER", cluster).replace("BODY", body)
    module = parse_text(text.encode(), "hand.ptx")
    kernel = module.kernels[0]
    launch = launch_of(kernel, grid, 64)
    found = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=5)
    expected = evaluate(module, kernel, launch, EvaluationOptions(wave_blocks=5))
    assert found.exact.all
    assert expected.exact.all
    assert found.instructions == expected.instructions
    assert found.footprint == expected.footprint
    return found


@pytest.mark.parametrize(("cluster", "grid"), SHAPES)
@pytest.mark.parametrize(
    "register",
    [
        *(f"%{name}.{axis}" for name in ("clusterid", "cluster_ctaid") for axis in "xyz"),
        *("%cluster_ctarank", "%nclusterid.x", "%cluster_nctaid.y", "%cluster_nctarank"),
    ],
)
def test_places_steer_addresses_and_guards(
    register: str, cluster: str, grid: tuple[int, ...]
) -> None:
    assert_equal(
        f"""mov.u32 %r10, {register};
        mad.lo.u32 %r20, %r10, 5, %r1;
        mov.u32 %r11, %ctaid.x;
        mad.lo.u32 %r20, %r11, 70, %r20;
        setp.gt.u32 %p1, %r10, 1;
        @%p1 bra FAR;
        {STORE}
        FAR:
        {STORE}""",
        cluster,
        grid,
    )


@pytest.mark.parametrize(("cluster", "grid"), SHAPES)
def test_the_next_blocks_memory(cluster: str, grid: tuple[int, ...]) -> None:
    found = assert_equal(
        """add.u32 %r6, %r2, 1;
        rem.u32 %r7, %r6, %r3;
        mapa.shared::cluster.u32 %r8, %r5, %r7;
        ld.shared::cluster.u32 %r9, [%r8+512];
        st.shared::cluster.u32 [%r5], %r9;
        cvt.u64.u32 %rd4, %r5;
        cvta.shared.u64 %rd5, %rd4;
        mapa.u64 %rd6, %rd5, %r7;
        atom.add.u32 %r10, [%rd6], 1;""",
        cluster,
        grid,
    )
    assert ("cluster", "load") in only(found, "ld.shared::cluster.u32").traffic
    assert ("shared", "store") in only(found, "st.shared::cluster.u32").traffic
    assert ("cluster", "atomic") in only(found, "atom.add.u32").traffic


@pytest.mark.parametrize(("cluster", "grid"), SHAPES)
def test_all_blocks_of_a_cluster_in_turn(cluster: str, grid: tuple[int, ...]) -> None:
    found = assert_equal(
        """mov.u32 %r6, 0;
        TURN:
        mapa.shared::cluster.u32 %r8, %r5, %r6;
        ld.shared::cluster.v2.u32 {%r9, %r10}, [%r8];
        add.u32 %r6, %r6, 1;
        setp.lt.u32 %p1, %r6, %r3;
        @%p1 bra TURN;""",
        cluster,
        grid,
    )
    moved = only(found, "ld.shared::cluster.v2.u32").traffic
    assert moved["cluster", "load"].requests > moved["shared", "load"].requests / 2


def test_lanes_of_one_warp_reach_near_and_far() -> None:
    found = assert_equal(
        """and.b32 %r6, %r1, 1;
        mapa.shared::cluster.u32 %r8, %r5, %r6;
        ld.shared::cluster.u32 %r9, [%r8];""",
        "2, 1, 1",
        (10,),
    )
    assert set(only(found, "ld.shared::cluster.u32").traffic) == {
        ("shared", "load"),
        ("cluster", "load"),
    }
