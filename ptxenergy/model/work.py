"""What a launch asks of a GPU's units: the profile's counts, summed by pipe and memory level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ptxenergy.launch.profile import InstructionProfile, LaunchProfile
from ptxenergy.program.opcode import Opcode

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
    **dict.fromkeys(("mul", "mad", "mul24", "mad24", "madc", "dp4a", "dp2a"), "int_mul"),
    **dict.fromkeys(("and", "or", "xor", "not", "cnot", "lop3"), "logic"),
    **dict.fromkeys(("shl", "shr", "shf"), "shift"),
    **dict.fromkeys(("set", "setp", "min", "max"), "compare"),
    **dict.fromkeys(("popc", "clz", "brev", "bfind", "fns"), "bit"),
    **dict.fromkeys(("shfl", "movmatrix"), "shuffle"),
    **dict.fromkeys(("vote", "match", "activemask", "elect", "redux"), "vote"),
}
_WIDE_TYPES = frozenset(("f64", "s64", "u64", "b64"))
SECTOR_BYTES = 32
WAVEFRONT_BYTES = 128


@dataclass(frozen=True, slots=True)
class Work:
    """Totals over the launch.

    `pipe_warps` and `pipe_lanes`: machine instructions (PTX instructions × expansion) by pipe, of
    warps and of lanes. `tensor_macs` by kind. `shared_bytes`: what the banks deliver, a
    word read by many lanes once. `l1_bytes`: sectors × 32 that pass L1; `l2_bytes`:
    what is left after a perfect L1 within each block; `footprint_bytes`: distinct over the
    launch. By space, `atomic_lanes`: lanes of atomics that wait for one another;
    `atomic_sectors`: sectors (shared: wavefronts) that atomics touch.
    """

    pipe_warps: Mapping[str, float]
    pipe_lanes: Mapping[str, float]
    tensor_macs: Mapping[str, float]
    shared_wavefronts: float
    shared_bytes: float
    l1_bytes: float
    l2_bytes: float
    footprint_bytes: float
    atomic_lanes: Mapping[str, float]
    atomic_sectors: Mapping[str, float]
    barriers: float
    load_requests: float

    @property
    def warp_instructions(self) -> float:
        """Machine instructions that the schedulers issue."""
        return sum(self.pipe_warps.values())


def pipe_of(opcode: Opcode) -> str:
    """The execution pipe of an opcode, named as in `Gpu.lanes_per_clock`; `tensor` for matrices."""
    if opcode.category == "tensor":
        return "tensor"
    if opcode.category in ("int", "other"):
        return _PIPE_OF_ROOT.get(opcode.root, "int")
    if opcode.category == "conversion" and _WIDE_TYPES.intersection(opcode.types):
        return "conversion64"
    return _PIPE_OF_CATEGORY[opcode.category]


def work_of(profile: LaunchProfile) -> Work:
    """Sum a profile by pipe and memory level."""
    pipe_warps: dict[str, float] = defaultdict(float)
    pipe_lanes: dict[str, float] = defaultdict(float)
    tensor_macs: dict[str, float] = defaultdict(float)
    for item in profile.instructions:
        pipe = pipe_of(item.opcode)
        pipe_warps[pipe] += item.warp * item.opcode.expansion
        pipe_lanes[pipe] += item.thread * item.opcode.expansion
        if item.opcode.tensor is not None:
            tensor = item.opcode.tensor
            tensor_macs[tensor.kind] += item.warp * tensor.macs / tensor.warps
    traffic = profile.traffic()
    shared = [t for (space, _), t in traffic.items() if space in ("shared", "cluster")]
    cached_sectors = sum(
        t.sectors for (space, _), t in traffic.items() if space in ("global", "local", "texture")
    )
    local_and_texture_sectors = sum(
        t.sectors for (space, _), t in traffic.items() if space in ("local", "texture")
    )
    footprint = profile.footprint
    return Work(
        pipe_warps=pipe_warps,
        pipe_lanes=pipe_lanes,
        tensor_macs=tensor_macs,
        shared_wavefronts=sum(t.wavefronts for t in shared),
        shared_bytes=sum(min(t.bytes, WAVEFRONT_BYTES * t.wavefronts) for t in shared),
        l1_bytes=SECTOR_BYTES * cached_sectors,
        l2_bytes=SECTOR_BYTES * (footprint.any.block + local_and_texture_sectors),
        footprint_bytes=SECTOR_BYTES * footprint.any.launch,
        atomic_lanes={
            space: t.same_address_sum for (space, way), t in traffic.items() if way == "atomic"
        },
        atomic_sectors={
            space: t.sectors + t.wavefronts
            for (space, way), t in traffic.items()
            if way == "atomic"
        },
        barriers=_barriers(profile.instructions),
        load_requests=sum(t.requests for (_, way), t in traffic.items() if way == "load"),
    )


def _barriers(instructions: tuple[InstructionProfile, ...]) -> float:
    return sum(i.warp for i in instructions if i.opcode.root in ("bar", "barrier"))
