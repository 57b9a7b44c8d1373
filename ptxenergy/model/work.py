"""What a launch asks of a GPU's units: the profile's counts, summed by pipe and memory level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import MemoryTraffic
from ptxenergy.launch.profile import InstructionProfile, LaunchProfile
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes.tensorwork import shape_of
from ptxenergy.ptx.syntax import Instruction, Vector

_PIPE_OF_CATEGORY = {
    "fp32": "fp32",
    "fp64": "fp64",
    "fp16": "fp16",
    "int": "int",
    "sfu": "sfu",
    "conversion": "conversion",
    "move": "move",
    "control": "control",
    "memory": "memory",
    "atomic": "memory",
    "barrier": "control",
    "other": "int",
}
_PIPE_OF_ROOT = {
    **dict.fromkeys(("mul", "mad", "mul24", "mad24", "madc"), "int_mul"),
    **dict.fromkeys(("dp4a", "dp2a"), "dp4a"),
    **dict.fromkeys(("and", "or", "xor", "not", "cnot", "lop3"), "logic"),
    **dict.fromkeys(("shl", "shr", "shf"), "shift"),
    **dict.fromkeys(("set", "setp", "min", "max"), "compare"),
    **dict.fromkeys(("popc", "clz", "brev", "bfind", "fns"), "bit"),
    **dict.fromkeys(("shfl", "movmatrix"), "shuffle"),
    **dict.fromkeys(("vote", "match", "activemask", "elect"), "vote"),
    "redux": "redux",
}
_NARROW_TYPES = frozenset(("s8", "u8", "s16", "u16"))
_WIDE_TYPES = frozenset(("f64", "s64", "u64", "b64"))
WAVEFRONT_BYTES = 128

# Matrix instructions that feed themselves from shared memory and reach the units' peak.
_BY_THEMSELVES = frozenset({"wgmma", "tcgen05"})
_ELEMENT_BYTES = {
    **dict.fromkeys(("f16", "bf16"), 2.0),
    **dict.fromkeys(("f8", "s8"), 1.0),
    "tf32": 4.0,
    "f64": 8.0,
    "f4": 0.5,
    "b1": 0.125,
}
# An atomic on shared memory that expands to as much as this is a compare-and-swap loop (the
# opcode table); each round loads and swaps.
_LOOP_EXPANSION, _LOOP_STEPS = 6, 2


class Work(Struct, frozen=True):
    """Totals over the launch.

    `pipe_warps` and `pipe_lanes`: machine instructions (PTX instructions × expansion) by pipe, of
    warps and of lanes. By kind, dense multiply-accumulates (a sparse one counts half, as its
    zeros are skipped): `tensor_macs` of `wgmma` and `tcgen05`, `mma_macs` of `mma` and `wmma`.
    `operand_bytes`: what matrix instructions read from shared memory by themselves.
    `shared_bytes`: what the banks deliver, a word read by many lanes once. `l1_bytes`, `l2_bytes`,
    `dram_bytes`: what each level moves. By space, `atomic_turns`: atomics that must be done one
    after the other; `atomic_sectors`: sectors (shared: wavefronts) that atomics touch.
    """

    pipe_warps: Mapping[str, float]
    pipe_lanes: Mapping[str, float]
    tensor_macs: Mapping[str, float]
    mma_macs: Mapping[str, float]
    operand_bytes: float
    shared_wavefronts: float
    shared_bytes: float
    l1_bytes: float
    l2_bytes: float
    dram_bytes: float
    atomic_turns: Mapping[str, float]
    atomic_sectors: Mapping[str, float]
    barriers: float

    @property
    def warp_instructions(self) -> float:
        """Machine instructions that the schedulers issue."""
        return sum(self.pipe_warps.values())


def pipe_of(opcode: Opcode) -> str:
    """The execution pipe of an opcode, named as in `Gpu.lanes_per_clock`; `tensor` for matrices.

    A pipe that a GPU does not have (`redux`, `dp4a`) is one of `pipe_rate`'s stand-ins.
    """
    if opcode.category == "tensor":
        return "tensor"
    if opcode.category in ("int", "other"):
        return _PIPE_OF_ROOT.get(opcode.root, "int")
    if opcode.category == "conversion" and _WIDE_TYPES.intersection(opcode.types):
        return "conversion64"
    if opcode.category == "conversion" and _NARROW_TYPES.intersection(opcode.types):
        return "conversion_narrow"
    return _PIPE_OF_CATEGORY[opcode.category]


def pipe_rate(pipe: str, gpu: Gpu) -> float:
    """Lanes per clock per SM of a pipe; what a GPU lacks runs on integer multipliers or votes."""
    rates = gpu.lanes_per_clock
    return rates.get(pipe) or rates["int_mul" if pipe == "dp4a" else "vote"]


def work_of(profile: LaunchProfile, memory: MemoryTraffic) -> Work:
    """Sum a profile by pipe and by unit; `memory` is what its accesses come to."""
    pipe_warps: dict[str, float] = defaultdict(float)
    pipe_lanes: dict[str, float] = defaultdict(float)
    for item in profile.instructions:
        if item.warp:
            pipe = pipe_of(item.opcode)
            pipe_warps[pipe] += item.warp * item.opcode.expansion
            pipe_lanes[pipe] += item.thread * item.opcode.expansion
    matrices = [i for i in profile.instructions if i.opcode.tensor is not None and i.warp]
    atomics = [i for i in profile.instructions if i.opcode.category == "atomic" and i.warp]
    traffic = profile.traffic()
    shared = [t for (space, _), t in traffic.items() if space in ("shared", "cluster")]
    return Work(
        pipe_warps=pipe_warps,
        pipe_lanes=pipe_lanes,
        tensor_macs=_macs(matrices, by_themselves=True),
        mma_macs=_macs(matrices, by_themselves=False),
        operand_bytes=sum(i.warp * operand_bytes(i.instruction, i.opcode) for i in matrices),
        shared_wavefronts=sum(t.wavefronts for t in shared),
        shared_bytes=sum(min(t.bytes, WAVEFRONT_BYTES * t.wavefronts) for t in shared),
        l1_bytes=memory.l1_bytes,
        l2_bytes=memory.l2_bytes,
        dram_bytes=memory.dram_bytes,
        atomic_turns=_atomic_turns(atomics, profile.footprint.write.launch),
        atomic_sectors={
            space: t.sectors + t.wavefronts
            for (space, way), t in traffic.items()
            if way == "atomic"
        },
        barriers=sum(i.warp for i in profile.instructions if i.opcode.root in ("bar", "barrier")),
    )


def _macs(matrices: Iterable[InstructionProfile], *, by_themselves: bool) -> dict[str, float]:
    macs: dict[str, float] = defaultdict(float)
    for item in matrices:
        shape = item.opcode.tensor
        if shape is not None and (item.opcode.root in _BY_THEMSELVES) == by_themselves:
            kept = item.warp * shape.macs / shape.warps / (2 if shape.is_sparse else 1)
            macs[rate_name(item.opcode)] += kept
    return macs


def rate_name(opcode: Opcode) -> str:
    """The rate of `Gpu.tensor_macs_per_clock` that a matrix instruction runs at."""
    kind = opcode.tensor.kind if opcode.tensor is not None else ""
    is_half = kind == "f16" and opcode.types[:1] == ("f16",)
    return "f16_half_accumulate" if is_half else kind


def operand_bytes(instruction: Instruction, opcode: Opcode) -> float:
    """One warp's share of what a `wgmma` reads from shared memory: B, and A unless in registers.

    PTX ISA 9.7.15: m64nNkK multiplies A (m × k) with B (k × n); a sparse A is stored halved.
    """
    shape = shape_of(opcode.modifiers)
    if opcode.root != "wgmma" or shape is None or opcode.tensor is None:
        return 0.0
    m, n, k = shape
    elements = float(n * k)
    if not isinstance(instruction.operands[1], Vector):
        elements += m * k / (2 if opcode.tensor.is_sparse else 1)
    return elements * _ELEMENT_BYTES[opcode.tensor.kind] / opcode.tensor.warps


def _atomic_turns(
    atomics: Iterable[InstructionProfile], written_sectors: float
) -> dict[str, float]:
    """By space, atomics that are done one after the other; global ones on the fullest sector, if
    they are spread evenly over all that the launch writes to, which is the least there can be.

    A reduction that returns nothing is joined within its warp first. A shared one that the
    hardware lacks (fp32, 64 bits) is a loop of loads and compare-and-swaps.
    """
    turns: dict[str, float] = defaultdict(float)
    for item in atomics:
        for (space, way), traffic in item.traffic.items():
            if way != "atomic":
                continue
            if space in ("shared", "cluster"):
                rounds = _LOOP_STEPS if item.opcode.expansion >= _LOOP_EXPANSION else 1
                turns["shared"] += rounds * traffic.same_address_sum
            else:
                met = traffic.same_address_sum if item.opcode.destinations else traffic.requests
                turns["global"] += met / max(1.0, written_sectors)
    return turns
