"""Stores that data does not sway are known though it decides what else runs; others are not."""

from __future__ import annotations

import pytest

from ptxenergy.launch.closed.evaluate import run_closed
from ptxenergy.launch.request import Pins
from ptxenergy.tune.work import Work
from tests.launch.reference_launches import launch_of, module_of

HEAD = """.reg .pred %p<6>; .reg .b32 %r<20>; .reg .b64 %rd<9>;
.shared .align 4 .b8 box[1024];
ld.param.u64 %rd1, [out];
ld.param.u64 %rd2, [in];
mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;
mad.lo.s32 %r4, %r1, %r2, %r3;
mul.wide.u32 %rd3, %r4, 4;
add.s64 %rd4, %rd1, %rd3;
add.s64 %rd5, %rd2, %rd3;
shl.b32 %r5, %r3, 2;
mov.u32 %r6, box;
add.s32 %r5, %r5, %r6;
ld.global.u32 %r10, [%rd5];
setp.lt.s32 %p1, %r10, 7;
mov.u32 %r11, 0;
"""
PARAMETERS = ".param .u64 out, .param .u64 in"
STORE = "st.global.u32 [%rd4], %r11;"
LOOP = """AGAIN:
BODY
add.s32 %r11, %r11, 1;
setp.lt.s32 %p2, %r11, %r10;
@%p2 bra AGAIN;
"""

FIRM = {
    "nothing depends on data": STORE,
    "after both sides meet": f"@%p1 bra ON;\nadd.s32 %r11, %r11, 5;\nON:\n{STORE}",
    "its value is set under a guard": f"@%p1 mov.u32 %r11, 5;\n{STORE}",
    "after a loop that data ends": LOOP.replace("BODY", "") + STORE,
    "the same on both sides of a loop": f"{STORE}\n{LOOP.replace('BODY', '')}{STORE}",
    "inside a loop that data does not end": "mov.u32 %r12, 0;\nLOOP:\n@%p1 add.s32 %r11, %r11, 0;\n"
    f"{STORE}\nadd.s64 %rd4, %rd4, 4096;\nadd.s32 %r12, %r12, 1;\n"
    "setp.lt.u32 %p3, %r12, 3;\n@%p3 bra LOOP;",
    "shared memory is used before": f"st.shared.u32 [%r5], %r4;\nbar.sync 0;\n@%p1 bra ON;\n"
    f"add.s32 %r11, %r11, 5;\nON:\nld.shared.u32 %r11, [%r5];\n{STORE}",
}  # fmt: skip
SWAYED = {
    "under a guard": f"@%p1 {STORE}",
    "on one side": f"@%p1 bra ON;\n{STORE}\nON:",
    "on one side, further down": "@%p1 bra ON;\nsetp.lt.u32 %p3, %r4, 9;\n@%p3 bra ON;\n"
    f"{STORE}\nON:",
    "after some have left": f"@%p1 ret;\n{STORE}",
    "after some have branched to the end": f"@%p1 bra END;\n{STORE}",
    "inside a loop that data ends": LOOP.replace("BODY", STORE),
    "where a guarded addition says": f"@%p1 add.s64 %rd4, %rd4, 4;\n{STORE}",
    "where one side says": f"@%p1 bra ON;\nadd.s64 %rd4, %rd4, 4;\nON:\n{STORE}",
    "where a number of one side says": "mov.u32 %r13, 0;\n@%p1 bra ON;\nmov.u32 %r13, 4;\nON:\n"
    f"cvt.u64.u32 %rd6, %r13;\nadd.s64 %rd7, %rd4, %rd6;\n{STORE.replace('%rd4', '%rd7')}",
    "where a loop that data ends has come to": LOOP.replace("BODY", "add.s64 %rd4, %rd4, 4;")
    + STORE,
    "as a predicate of one side says": "setp.lt.u32 %p4, %r4, 9;\n@%p1 bra ON;\n"
    f"setp.lt.u32 %p4, %r4, 5;\nON:\n@%p4 {STORE}",
    "as a loop does whose length one side sets": "mov.u32 %r13, 2;\n@%p1 bra ON;\n"
    "mov.u32 %r13, 4;\nON:\nmov.u32 %r12, 0;\nLOOP:\n"
    f"{STORE}\nadd.s32 %r12, %r12, 1;\nsetp.lt.u32 %p3, %r12, %r13;\n@%p3 bra LOOP;",
    "as a choice that data makes": "selp.b64 %rd6, %rd4, %rd1, %p1;\n"
    f"{STORE.replace('%rd4', '%rd6')}",
    "in a loop that is assumed to end at once": "WAIT:\nld.volatile.global.u32 %r12, [%rd5];\n"
    f"setp.eq.u32 %p3, %r12, 0;\n@%p3 bra ON;\n{STORE}\nbra WAIT;\nON:",
    "by an atomic on one side": "@%p1 bra ON;\nred.global.add.u32 [%rd4], 1;\nON:",
    "and shared memory, too": f"@%p1 st.shared.u32 [%r5], %r4;\nbar.sync 0;\n"
    f"ld.shared.u32 %r11, [%r5];\n{STORE}",
}  # fmt: skip


def doubt_of(body: str) -> str:
    module = module_of(f"{HEAD}{body}\nEND:\nret;\n", PARAMETERS)
    kernel = module.kernels[0]
    run = run_closed(module, kernel, launch_of(kernel, 64, 128), Pins())
    return Work(run, 1024).doubt


@pytest.mark.parametrize("body", FIRM.values(), ids=FIRM)
def test_what_data_does_not_sway_is_known(body: str) -> None:
    assert doubt_of(body) == ""


@pytest.mark.parametrize("body", SWAYED.values(), ids=SWAYED)
def test_what_data_may_sway_is_not(body: str) -> None:
    assert doubt_of(body).startswith("data decides")
