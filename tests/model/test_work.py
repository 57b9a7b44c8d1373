"""Profiles are summed into work: by pipe, with expansion, and bytes that really move."""

from ptxenergy.gpu import available, load
from ptxenergy.launch.inspection import MemoryTraffic
from ptxenergy.launch.profile import (
    Exactness,
    Footprint,
    InstructionProfile,
    LaunchProfile,
    Reach,
    Traffic,
)
from ptxenergy.launch.request import Dim3, Launch
from ptxenergy.model.work import Work, pipe_of, pipe_rate, work_of
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Instruction, Location, Operand, Register, Vector


def profile(
    *items: tuple[str, float, dict[tuple[str, str], Traffic]],
    operands: tuple[Operand, ...] = (),
    written: float = 0,
) -> LaunchProfile:
    instructions = tuple(
        InstructionProfile(
            Instruction(opcode, operands, None, Location("k.ptx", line, 1)),
            describe(opcode),
            warp=warps,
            thread=32 * warps,
            active=32 * warps,
            traffic=traffic,
        )
        for line, (opcode, warps, traffic) in enumerate(items, start=1)
    )
    launch = Launch(Dim3(1), Dim3(32), 0, ())
    footprint = Footprint(write=Reach(launch=written))
    return LaunchProfile("k", launch, instructions, Exactness(True, True), 1, footprint)


def work(profile: LaunchProfile) -> Work:
    return work_of(profile, MemoryTraffic())


def test_an_opcode_works_on_the_pipe_that_executes_it() -> None:
    pipes = {
        "fma.rn.f32": "fp32", "add.f64": "fp64", "add.f16x2": "fp16", "add.s32": "int",
        "mad.lo.s32": "int_mul", "shl.b32": "shift", "lop3.b32": "logic", "setp.lt.s32": "compare",
        "popc.b32": "bit", "ex2.approx.f32": "sfu", "cvt.f64.s32": "conversion64",
        "cvt.rn.f32.s32": "conversion", "shfl.sync.bfly.b32": "shuffle", "mov.b32": "move",
        "ld.global.f32": "memory", "atom.global.add.u32": "memory", "bra": "control",
        "bar.sync": "control", "redux.sync.add.u32": "redux", "dp4a.s32.s32": "dp4a",
        "cvt.u32.u8": "conversion_narrow",
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32": "tensor",
    }  # fmt: skip
    assert {opcode: pipe_of(describe(opcode)) for opcode in pipes} == pipes


def test_every_pipe_has_a_rate_on_every_gpu() -> None:
    for id in available():
        gpu = load(id)
        assert all(pipe_rate(pipe, gpu) > 0 for pipe in ("redux", "dp4a", *gpu.lanes_per_clock))


def test_a_precise_division_weighs_what_it_expands_to() -> None:
    plain = work(profile(("add.f32", 100, {})))
    divided = work(profile(("div.rn.f32", 100, {})))
    weight = describe("div.rn.f32").expansion
    assert weight > 5
    assert divided.pipe_warps["fp32"] == weight * plain.pipe_warps["fp32"]


def test_a_broadcast_word_is_moved_once_and_a_conflict_many_times() -> None:
    broadcast = Traffic(requests=1, wavefronts=1, bytes=32 * 16)
    conflict = Traffic(requests=1, wavefronts=32, bytes=32 * 4)
    load = ("shared", "load")
    assert work(profile(("ld.shared.v4.f32", 1, {load: broadcast}))).shared_bytes == 128
    found = work(profile(("ld.shared.f32", 1, {load: conflict})))
    assert (found.shared_bytes, found.shared_wavefronts) == (128, 32)


WGMMA = "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16"


def test_matrix_work_is_shared_among_the_warps_that_issue_it_together() -> None:
    descriptors = tuple(Register(name, "b64") for name in "dab")
    found = work(profile((WGMMA, 4, {}), operands=descriptors))
    assert found.tensor_macs == {"f16": 64 * 64 * 16}
    assert found.operand_bytes == (64 * 16 + 16 * 64) * 2
    in_registers = (descriptors[0], Vector((Register("a0", "b32"),)), descriptors[2])
    assert work(profile((WGMMA, 4, {}), operands=in_registers)).operand_bytes == 16 * 64 * 2


def test_matrix_work_goes_by_instruction_and_by_accumulator_and_skips_zeros() -> None:
    mma = "mma.sync.aligned.m16n8k16.row.col.{0}.f16.f16.{0}"
    macs = 16 * 8 * 16
    assert work(profile((mma.format("f32"), 3, {}))).mma_macs == {"f16": 3 * macs}
    assert work(profile((mma.format("f16"), 3, {}))).mma_macs == {"f16_half_accumulate": 3 * macs}
    sparse = "mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32"
    assert describe(sparse).known
    assert work(profile((sparse, 3, {}))).mma_macs == {"f16": 3 * macs}


def test_atomics_take_turns_where_they_meet() -> None:
    met = {("global", "atomic"): Traffic(requests=10, sectors=10, bytes=1280, same_address_sum=320)}

    def turns(opcode: str, written: float) -> float:
        return work(profile((opcode, 10, met), written=written)).atomic_turns["global"]

    assert turns("red.global.add.u32", 1) == 10, "one a warp, after its lanes have been joined"
    assert turns("atom.global.add.u32", 1) == 320, "every lane wants its own result"
    assert turns("atom.global.add.u32", 32) == 10, "spread over 32 sectors"


def test_a_shared_atomic_that_the_hardware_lacks_is_a_loop() -> None:
    met = {("shared", "atomic"): Traffic(requests=1, wavefronts=1, bytes=128, same_address_sum=8)}
    native = work(profile(("atom.shared.add.u32", 1, met))).atomic_turns["shared"]
    loop = work(profile(("atom.shared.add.f32", 1, met))).atomic_turns["shared"]
    assert (native, loop) == (8, 16)
