"""What a launch asks of a GPU, taken apart into what a change of the program can change.

Two kinds of parts. Each group of instructions (barriers, divisions, loads, integer arithmetic, …)
asks for amounts that add up over groups. Patterns are quotients on top of them: bytes that each
level of memory moves a request, passes a shared request, how far latencies overlap, occupancy.
From all groups and patterns of one launch `assembly` makes the very bound of that launch; from some
of one version and some of another, the bound of what was changed by those alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import MemoryTraffic
from ptxenergy.launch.profile import InstructionProfile
from ptxenergy.model.latency import cost_on
from ptxenergy.model.prediction import Placement, Prediction
from ptxenergy.model.traffic import SECTOR_BYTES, Asked
from ptxenergy.model.work import work_of

Key: TypeAlias = tuple[str, str]
Amounts: TypeAlias = Mapping[Key, float]
Patterns: TypeAlias = Mapping[str, float | None]

EXPANDED: Final = 8
"""An opcode that becomes so many machine instructions is a group of its own: a division, a root."""

LOADS, STORES, SHARED = "global loads", "global stores", "shared memory"
LOCAL, ATOMICS, BARRIERS, TENSOR = "local memory", "atomics", "barriers", "tensor"
EXPANDED_MARK = "expanded:"

_GLOBAL = frozenset({"global", "generic"})
_SHARED = frozenset({"shared", "cluster"})
_NAMED = {"int": "integer", "memory": "parameters and constants", "barrier": "fences and waits"}


class Side(Struct, frozen=True):
    """One version of a kernel, taken apart.

    `amounts`: by group. `patterns`: of `load`, `store`, `shared` and `overlap` parts by name, None
    where nothing has that pattern. `instructions`: by group, those that were issued.
    """

    prediction: Prediction
    instructions: Mapping[str, tuple[InstructionProfile, ...]]
    amounts: Mapping[str, Amounts]
    patterns: Mapping[str, Patterns]

    @property
    def placement(self) -> Placement:
        """How the launch lies on the GPU."""
        return self.prediction.bound.placement


def side_of(prediction: Prediction, gpu: Gpu) -> Side:
    """Take a prediction's bound apart."""
    groups: dict[str, list[InstructionProfile]] = defaultdict(list)
    for item in prediction.inspection.profile.instructions:
        if item.warp:
            groups[group_of(item)].append(item)
    amounts = {name: _amounts(prediction, items, gpu) for name, items in groups.items()}
    return Side(
        prediction,
        {name: tuple(items) for name, items in groups.items()},
        amounts,
        _patterns(prediction, summed(amounts.values())),
    )


def group_of(item: InstructionProfile) -> str:
    """The group of an instruction that was issued."""
    opcode = item.opcode
    if opcode.root in ("bar", "barrier"):
        return BARRIERS
    if opcode.category in ("atomic", "tensor"):
        return ATOMICS if opcode.category == "atomic" else TENSOR
    if opcode.expansion >= EXPANDED:
        return f"{EXPANDED_MARK}{opcode.root}"
    ways = set(item.traffic) or {(access.space, access.direction) for access in opcode.accesses}
    spaces = {space for space, _ in ways}
    if "local" in spaces:
        return LOCAL
    if spaces & _GLOBAL:
        loads = any(space in _GLOBAL and way == "load" for space, way in ways)
        return LOADS if loads else STORES
    if "texture" in spaces:
        return "textures"
    if spaces & _SHARED:
        return SHARED
    return _NAMED.get(opcode.category, opcode.category)


def summed(parts: Iterable[Amounts]) -> dict[Key, float]:
    """Amounts added up, key by key."""
    total: dict[Key, float] = defaultdict(float)
    for part in parts:
        for key, value in part.items():
            total[key] += value
    return total


def _amounts(prediction: Prediction, items: list[InstructionProfile], gpu: Gpu) -> Amounts:
    """What a group asks for. Bytes of memory are patterns times its requests."""
    profile = prediction.inspection.profile
    alone = replace(profile, instructions=tuple(items))
    work = work_of(alone, MemoryTraffic())
    found: dict[Key, float] = defaultdict(float)
    for kind, by_name in (
        ("warps", work.pipe_warps),
        ("lanes", work.pipe_lanes),
        ("macs", work.tensor_macs),
        ("mma", work.mma_macs),
        ("turns", work.atomic_turns),
        ("atomic sectors", work.atomic_sectors),
    ):
        found |= {(kind, name): value for name, value in by_name.items()}
    found["operand bytes", ""] = work.operand_bytes
    found["barriers", ""] = work.barriers
    cost = cost_on(gpu)
    for item in items:
        one = cost(item.opcode)
        found["slots", ""] += item.warp * one.issue_cycles
        for level, latency in enumerate(one.latency_cycles):
            found["serial", str(level)] += item.warp * max(latency, one.issue_cycles)
    for (space, way), traffic in alone.traffic().items():
        if space in _GLOBAL:
            found["requests", way] += traffic.requests
        elif space in _SHARED:
            found["requests", "shared"] += traffic.requests
        elif space in ("local", "texture"):
            found["own sectors", way] += traffic.sectors
            found["own requests", way] += traffic.requests
    return found


def _patterns(prediction: Prediction, total: Amounts) -> dict[str, Patterns]:
    inspection = prediction.inspection
    profile, memory = inspection.profile, inspection.memory
    asked = Asked.of(profile)
    loads = total.get(("requests", "load"), 0.0)
    stores, atomics = (total.get(("requests", way), 0.0) for way in ("store", "atomic"))
    own_loads = SECTOR_BYTES * total.get(("own sectors", "load"), 0.0)
    own_stores = SECTOR_BYTES * total.get(("own sectors", "store"), 0.0)
    work = work_of(profile, memory)
    shared = total.get(("requests", "shared"), 0.0)
    sectors = _sectors(prediction)
    return {
        "load": {
            "sectors": _quotient(sectors["load"], loads),
            "l1": _quotient(SECTOR_BYTES * asked.loads, loads),
            "l2": _quotient(memory.l2_read_bytes - own_loads, loads),
            "dram": _quotient(memory.dram_read_bytes, loads or stores + atomics),
        },
        "store": {
            "sectors": _quotient(sectors["store"] + sectors["atomic"], stores + atomics),
            "l1": _quotient(SECTOR_BYTES * (asked.stores + asked.atomics), stores + atomics),
            "l2": _quotient(memory.l2_write_bytes - own_stores, stores + atomics),
            "dram": _quotient(memory.dram_write_bytes, stores + atomics),
        },
        "shared": {
            "wavefronts": _quotient(work.shared_wavefronts, shared),
            "bytes": _quotient(work.shared_bytes, shared),
        },
        "overlap": _overlap(prediction, total),
    }


def _sectors(prediction: Prediction) -> dict[str, float]:
    found: dict[str, float] = {"load": 0.0, "store": 0.0, "atomic": 0.0}
    for (space, way), traffic in prediction.inspection.profile.traffic().items():
        if space in _GLOBAL:
            found[way] += traffic.sectors
    return found


def _overlap(prediction: Prediction, total: Amounts) -> Patterns:
    """How far instructions overlap: latencies in a row over those of the chain, by what loads add
    at each level; and what issuing takes over the issued instructions."""
    chain, warps = prediction.bound.chain, prediction.bound.placement.warps
    serial = [total.get(("serial", str(level)), 0.0) for level in range(3)]
    chained = [cycles * warps for cycles in chain.level_cycles]
    return {
        "l1": _quotient(serial[0], chained[0]),
        "l2": _quotient(serial[1] - serial[0], chained[1] - chained[0]),
        "dram": _quotient(serial[2] - serial[1], chained[2] - chained[1]),
        "issue": _quotient(chain.issue_cycles * warps, total.get(("slots", ""), 0.0)),
    }


def _quotient(amount: float, by: float) -> float | None:
    return amount / by if by > 0 else None
