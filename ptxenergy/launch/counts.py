"""Adds up a launch profile into the counts that are reported, in NVIDIA's terms."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ptxenergy.launch.profile import InstructionProfile, LaunchProfile, Traffic
from ptxenergy.program.opcode import CATEGORIES

TENSOR_KINDS: tuple[str, ...] = ("f16", "bf16", "tf32", "f8", "f4", "s8", "f64")
SPACES: tuple[str, ...] = ("global", "shared", "local", "constant", "texture", "cluster")
DIRECTIONS: tuple[str, ...] = ("load", "store", "atomic")

# An address whose space could not be resolved is charged to the space it most often is.
_REPORTED_SPACE = {"generic": "global"}
# One-bit matrix products run on the integer pipe and are counted with the other integers.
_REPORTED_KIND = {"b1": "s8"}
_BARRIER_ROOTS = frozenset({"bar", "barrier"})
# Issued by one elected lane for the whole block or cluster (PTX ISA, tcgen05.mma).
_SINGLE_LANE_ROOTS = frozenset({"tcgen05"})


class Counts(Struct, frozen=True):
    """What a launch executes, added up over the whole launch.

    `warp_instructions` and `thread_instructions` are keyed by category, with a `total`.
    `barriers`: times a warp issued `bar` or `barrier`. `tensor_macs`: multiply-accumulates by
    kind; `sparse` is the part of them (m × n × k, zeros counted) issued as sparse. `memory` is
    keyed by space, then direction, all of them always present.
    """

    warp_instructions: Mapping[str, float]
    thread_instructions: Mapping[str, float]
    mean_active_lanes: float
    barriers: float
    tensor_macs: Mapping[str, float]
    memory: Mapping[str, Mapping[str, Traffic]]


def count(profile: LaunchProfile) -> Counts:
    """The reported counts of a profile; sums only, so they are exact wherever the profile is."""
    return Counts(
        warp_instructions=_by_category(profile, "warp"),
        thread_instructions=_by_category(profile, "thread"),
        mean_active_lanes=profile.mean_active_lanes(),
        barriers=sum(p.warp for p in profile.instructions if p.opcode.root in _BARRIER_ROOTS),
        tensor_macs=_tensor_macs(profile),
        memory=_memory(profile),
    )


def _by_category(profile: LaunchProfile, measure: str) -> dict[str, float]:
    totals: dict[str, float] = {"total": 0, **dict.fromkeys(CATEGORIES, 0)}
    for instruction in profile.instructions:
        value: float = getattr(instruction, measure)
        totals["total"] += value
        totals[instruction.opcode.category] += value
    return totals


def _tensor_macs(profile: LaunchProfile) -> dict[str, float]:
    totals: dict[str, float] = dict.fromkeys((*TENSOR_KINDS, "sparse"), 0)
    for instruction in profile.instructions:
        shape = instruction.opcode.tensor
        if shape is None:
            continue
        macs = shape.macs * _executions(instruction) / shape.warps
        kind = _REPORTED_KIND.get(shape.kind, shape.kind)
        totals[kind] += macs
        if shape.is_sparse:
            totals["sparse"] += macs
    return totals


def _executions(instruction: InstructionProfile) -> float:
    """Warp issues whose guard held: a matrix instruction skipped by its guard multiplies nothing.

    A matrix instruction needs the whole warp, so that the share of lanes whose guard held is the
    share of warps; a tcgen05 one is issued by a single lane.
    """
    if instruction.opcode.root in _SINGLE_LANE_ROOTS:
        return min(instruction.warp, instruction.thread)
    if instruction.thread == instruction.active:
        return instruction.warp
    return instruction.warp * instruction.thread / instruction.active


def _memory(profile: LaunchProfile) -> dict[str, dict[str, Traffic]]:
    totals = {space: dict.fromkeys(DIRECTIONS, Traffic()) for space in SPACES}
    for (space, direction), traffic in profile.traffic().items():
        by_direction = totals[_REPORTED_SPACE.get(space, space)]
        by_direction[direction] += traffic
    return totals
