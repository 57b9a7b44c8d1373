"""Lanes that hold the same unknown value decide alike: a branch on it parts no warp."""

from __future__ import annotations

import pytest

from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import InstructionProfile
from ptxenergy.launch.request import Pins
from tests.launch.reference_launches import launch_of, module_of, only

START = """.reg .pred %p<9>;
.reg .b32 %r<20>;
.reg .b64 %rd<20>;
.shared .b32 kept[256];
ld.param.u64 %rd1, [data];
mov.u32 %r1, %ctaid.x;
mov.u32 %r2, %tid.x;
mad.lo.s32 %r3, %r1, 256, %r2;
"""
READ = """mul.wide.s32 %rd2, %r4, 4;
add.s64 %rd3, %rd1, %rd2;
ld.global.u32 %r5, [%rd3];
setp.ne.u32 %p1, %r5, 0;
"""
BRANCH = """@%p1 bra ONE;
brev.b32 %r10, %r5;
bra DONE;
ONE:
popc.b32 %r11, %r5;
DONE:
st.global.u32 [%rd3+4096], %r5;
ret;
"""
BLOCKS, WARPS = 3000, 8 * 3000


def run(body: str, chance: float) -> tuple[InstructionProfile, InstructionProfile]:
    """The two sides of the branch, taken with some probability."""
    module = module_of(START + body + BRANCH, ".param .u64 data")
    kernel = module.kernels[0]
    branch = next(i for i in kernel.instructions if i.opcode == "bra" and i.guard is not None)
    pins = Pins(branches={branch.location.line: chance})
    found = evaluate_closed(module, kernel, launch_of(kernel, BLOCKS, 256), pins)
    assert not found.exact.control
    return only(found, "brev.b32"), only(found, "popc.b32")


def assert_by_warp(body: str, chance: float) -> None:
    """Every warp takes one side, as many as the probability says."""
    other, taken = run(body, chance)
    assert taken.warp + other.warp == WARPS
    assert taken.thread == 32 * taken.warp
    assert taken.warp == pytest.approx(chance * WARPS, abs=WARPS / 16)


OF_WARPS = {
    "a row a warp": "shr.u32 %r4, %r3, 5;\n" + READ,
    "a row a block": "mov.u32 %r4, %r1;\n" + READ,
    "what two rows say": "shr.u32 %r4, %r3, 5;\n"
    + READ
    + "ld.global.u32 %r6, [%rd3+4];\nsub.u32 %r5, %r6, %r5;\nsetp.gt.s32 %p1, %r5, 64;\n",
    "a row of a row": "shr.u32 %r4, %r3, 5;\n" + READ + "mov.u32 %r4, %r5;\n" + READ,
    "a vote": "mov.u32 %r4, %r3;\n" + READ + "vote.sync.any.pred %p1, %p1, 0xffffffff;\n",
    "a ballot": "mov.u32 %r4, %r3;\n"
    + READ
    + "vote.sync.ballot.b32 %r6, %p1, 0xffffffff;\nsetp.gt.u32 %p1, %r6, 99;\n",
    "what the first lane has": "mov.u32 %r4, %r3;\n"
    + READ
    + "shfl.sync.idx.b32 %r6, %r5, 0, 0x1f, 0xffffffff;\nsetp.ne.u32 %p1, %r6, 0;\n",
    "a word of shared memory": "mov.u32 %r4, %r3;\n"
    + READ
    + "st.shared.u32 [kept], %r5;\nbar.sync 0;\nld.shared.u32 %r5, [kept+8];\n"
    "setp.ne.u32 %p1, %r5, 0;\n",
}


@pytest.mark.parametrize("what", OF_WARPS)
@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_warps_stay_together(what: str, chance: float) -> None:
    assert_by_warp(OF_WARPS[what], chance)


@pytest.mark.parametrize(
    "what",
    [
        "mov.u32 %r4, %r3;\n" + READ,
        "shr.u32 %r4, %r3, 5;\n" + READ + "add.u32 %r6, %r5, %r2;\nsetp.lt.u32 %p1, %r6, 9;\n",
        "shr.u32 %r4, %r3, 5;\n"
        + READ
        + "setp.lt.u32 %p2, %r2, 100;\n@%p2 ld.global.u32 %r5, [%rd3+4];\n"
        + "shfl.sync.bfly.b32 %r6, %r3, 1, 0x1f, 0xffffffff;\nadd.u32 %r5, %r5, %r6;\n"
        "setp.ne.u32 %p1, %r5, 0;\n",
        "shr.u32 %r4, %r3, 5;\n" + READ + "atom.global.add.u32 %r6, [%rd3], 1;\n"
        "setp.ne.u32 %p1, %r6, 0;\n",
    ],
)
def test_lanes_with_values_of_their_own_part(what: str) -> None:
    other, taken = run(what, 0.5)
    assert taken.warp + other.warp > 1.9 * WARPS
    assert taken.thread == pytest.approx(16 * WARPS, rel=0.1)


def test_a_barriers_result_is_one_for_its_block() -> None:
    vote = "bar.red.popc.u32 %r6, 0, %p1;\nsetp.gt.u32 %p1, %r6, 9;\n"
    body = "mov.u32 %r4, %r3;\n" + READ + vote
    other, taken = run(body, 0.25)
    assert taken.warp + other.warp == WARPS
    assert taken.warp % 8 == 0
    assert taken.warp == pytest.approx(WARPS / 4, abs=WARPS / 16)


def test_a_loop_over_a_warps_row_turns_alike_in_all_its_lanes() -> None:
    body = (
        START
        + "shr.u32 %r4, %r3, 5;\n"
        + READ
        + """mov.u32 %r6, 0;
AGAIN:
ld.global.u32 %r7, [%rd3+8];
add.u32 %r6, %r6, 1;
setp.lt.u32 %p2, %r6, %r5;
@%p2 bra AGAIN;
ret;
"""
    )
    module = module_of(body, ".param .u64 data")
    kernel = module.kernels[0]
    line = next(i for i in kernel.instructions if i.opcode == "bra").location.line
    pins = Pins(trips={line: 3.25})
    found = evaluate_closed(module, kernel, launch_of(kernel, BLOCKS, 256), pins)
    turned = only(found, "add.u32")
    assert turned.warp == pytest.approx(3.25 * WARPS, rel=0.02)
    assert turned.thread == 32 * turned.warp
