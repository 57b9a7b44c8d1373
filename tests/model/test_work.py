"""Profiles are summed into work: by pipe, with expansion, and bytes that really move."""

from ptxenergy.launch.profile import Exactness, InstructionProfile, LaunchProfile, Traffic
from ptxenergy.launch.request import Dim3, Launch
from ptxenergy.model.work import pipe_of, work_of
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Instruction, Location


def profile(*items: tuple[str, float, dict[tuple[str, str], Traffic]]) -> LaunchProfile:
    instructions = tuple(
        InstructionProfile(
            Instruction(opcode, (), None, Location("k.ptx", line, 1)),
            describe(opcode),
            warp=warps,
            thread=32 * warps,
            active=32 * warps,
            traffic=traffic,
        )
        for line, (opcode, warps, traffic) in enumerate(items, start=1)
    )
    launch = Launch(Dim3(1), Dim3(32), 0, ())
    return LaunchProfile("k", launch, instructions, Exactness(True, True), 1)


def test_an_opcode_works_on_the_pipe_that_executes_it() -> None:
    pipes = {
        "fma.rn.f32": "fp32", "add.f64": "fp64", "add.f16x2": "fp16", "add.s32": "int",
        "mad.lo.s32": "int_mul", "shl.b32": "shift", "lop3.b32": "logic", "setp.lt.s32": "compare",
        "popc.b32": "bit", "ex2.approx.f32": "sfu", "cvt.f64.s32": "conversion64",
        "cvt.rn.f32.s32": "conversion", "shfl.sync.bfly.b32": "shuffle", "mov.b32": "move",
        "ld.global.f32": "memory", "atom.global.add.u32": "memory", "bra": "control",
        "bar.sync": "control", "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32": "tensor",
    }  # fmt: skip
    assert {opcode: pipe_of(describe(opcode)) for opcode in pipes} == pipes


def test_a_precise_division_weighs_what_it_expands_to() -> None:
    plain = work_of(profile(("add.f32", 100, {})))
    divided = work_of(profile(("div.rn.f32", 100, {})))
    weight = describe("div.rn.f32").expansion
    assert weight > 5
    assert divided.pipe_warps["fp32"] == weight * plain.pipe_warps["fp32"]


def test_a_broadcast_word_is_moved_once_and_a_conflict_many_times() -> None:
    broadcast = Traffic(requests=1, wavefronts=1, bytes=32 * 16)
    conflict = Traffic(requests=1, wavefronts=32, bytes=32 * 4)
    load = ("shared", "load")
    assert work_of(profile(("ld.shared.v4.f32", 1, {load: broadcast}))).shared_bytes == 128
    work = work_of(profile(("ld.shared.f32", 1, {load: conflict})))
    assert (work.shared_bytes, work.shared_wavefronts) == (128, 32)


def test_matrix_work_is_shared_among_the_warps_that_issue_it_together() -> None:
    opcode = "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16"
    work = work_of(profile((opcode, 4, {})))
    assert work.tensor_macs["f16"] == 64 * 64 * 16
