"""Features of execution: mix, divergence, occupancy, waves, and what a warp waits for."""

from __future__ import annotations

import math

import numpy as np

from ptxenergy.features.feature_set import Feature
from ptxenergy.features.terms import BoundTerms
from ptxenergy.launch.inspection import Inspection
from ptxenergy.program.opcode import CATEGORIES

FEATURES: tuple[Feature, ...] = (
    *(Feature(f"mix_{_c}", "1", f"{_c} of all warp instructions") for _c in CATEGORIES),
    Feature("expansion", "1", "machine instructions of a PTX instruction, by the opcode table"),
    Feature("active_lanes", "lane", "active lanes of a warp instruction"),
    Feature("guarded_lanes", "1", "lanes whose guard is true, of the active ones"),
    Feature("barriers_share", "1", "barriers of a warp instruction", {"time": 1}),
    Feature("tensor_macs", "MAC/instruction", "multiply-accumulates of a warp instruction"),
    Feature("registers", "1", "registers a thread, by the source that predicts"),
    Feature("block_warps", "warp", "warps of a block"),
    Feature("occupancy", "1", "resident warps of a full SM, of the most there can be"),
    Feature("resident_warps", "warp", "warps on the busiest SM at once", {"time": -1}),
    Feature("waves_log", "ln 1", "blocks of the grid over those that the GPU holds at once"),
    Feature("turns_log", "ln 1", "how often the busiest SM is filled"),
    Feature("tail_share", "1", "SM time that stands idle as blocks do not divide evenly"),
    Feature("warp_work_log", "ln instruction", "warp instructions of a warp"),
    Feature("chain_log", "ln cycle", "cycles from a warp's first instruction to its last"),
    Feature("parallelism", "1", "serial over chained cycles of a warp"),
    Feature("waiting_share", "1", "cycles in which a warp only waits"),
    Feature("memory_trips_log", "ln 1", "loads of a warp that wait for each other"),
    Feature("flight_bytes_log", "ln B", "bytes that a thread keeps in flight"),
    Feature("miss_share_l1", "1", "load requests that miss L1"),
    Feature("miss_share_l2", "1", "load requests that miss L2"),
    Feature("loop_chain_log", "ln cycle", "cycles of the hottest inner loop's body"),
    Feature("loop_parallelism", "1", "serial over chained cycles of that body"),
    Feature("loop_share", "1", "chained cycles spent in inner loops"),
    Feature("is_sampled", "1", "1 where the counts are estimates from a sample of blocks"),
    Feature("assumed", "1", "how much was assumed of branches, trips and accesses"),
)
_NONE = float("nan")


def values(inspection: Inspection, bound: BoundTerms) -> dict[str, float]:
    """The features of a launch's execution by name; NaN where there is no such thing."""
    return {
        **_mix(inspection),
        **_residency(inspection, bound),
        **_waiting(bound),
        **_loops(inspection),
        **_doubt(inspection),
    }


def _mix(inspection: Inspection) -> dict[str, float]:
    items = inspection.profile.instructions
    issued = sum(item.warp for item in items)
    active, thread = sum(i.active for i in items), sum(i.thread for i in items)
    by_category = dict.fromkeys(CATEGORIES, 0.0)
    macs = 0.0
    for item in items:
        by_category[item.opcode.category] += item.warp
        if item.opcode.tensor is not None:
            macs += item.warp * item.opcode.tensor.macs / item.opcode.tensor.warps
    barriers = sum(i.warp for i in items if i.opcode.root in ("bar", "barrier"))
    found = {f"mix_{c}": count / issued if issued else 0.0 for c, count in by_category.items()}
    return found | {
        "expansion": _ratio(sum(i.warp * i.opcode.expansion for i in items), issued),
        "active_lanes": _ratio(active, issued),
        "guarded_lanes": _ratio(thread, active),
        "barriers_share": barriers / issued if issued else 0.0,
        "tensor_macs": macs / issued if issued else 0.0,
    }


def _residency(inspection: Inspection, bound: BoundTerms) -> dict[str, float]:
    placement = bound.placement
    issued = sum(item.warp for item in inspection.profile.instructions)
    return {
        "registers": float(inspection.registers_per_thread),
        "block_warps": float(inspection.profile.launch.warps_per_block),
        "occupancy": inspection.occupancy.fraction,
        "resident_warps": placement.resident_warps,
        "waves_log": _log(inspection.waves),
        "turns_log": _log(placement.turns),
        "tail_share": placement.tail_share,
        "warp_work_log": _log(issued / placement.warps if placement.warps else 0.0),
    }


def _waiting(bound: BoundTerms) -> dict[str, float]:
    chain = bound.chain
    return {
        "chain_log": _log(chain.cycles),
        "parallelism": chain.parallelism,
        "waiting_share": 1 - _ratio(chain.issue_cycles, chain.cycles),
        "memory_trips_log": _log(chain.memory_trips),
        "flight_bytes_log": _log(chain.flight_bytes),
        "miss_share_l1": chain.l2_share,
        "miss_share_l2": chain.dram_share,
    }


def _loops(inspection: Inspection) -> dict[str, float]:
    """The innermost loop body in which most cycles pass, were all loads to hit L1."""
    nothing = {"loop_chain_log": _NONE, "loop_parallelism": _NONE, "loop_share": 0.0}
    chains, items = inspection.chains, inspection.profile.instructions
    if chains is None or chains.size != len(items) or not chains.starts:
        return nothing
    runs = np.array([items[start].warp for start in chains.starts], dtype=float)
    is_loop = np.array([sources is not None for sources in chains.entered_from])
    spent = runs * chains.steady[:, 0]
    in_loops = np.where(is_loop, spent, 0.0)
    if not in_loops.sum() > 0:
        return nothing
    hottest = int(in_loops.argmax())
    body, serial = float(chains.steady[hottest, 0]), float(chains.serial[hottest, 0])
    return {
        "loop_chain_log": _log(body),
        "loop_parallelism": _ratio(serial, body),
        "loop_share": float(in_loops.sum() / spent.sum()),
    }


def _doubt(inspection: Inspection) -> dict[str, float]:
    profile = inspection.profile
    steered = [a for a in profile.assumptions if a.code in ("branch", "trip", "access")]
    return {
        "is_sampled": float("sampled" in profile.flags),
        "assumed": math.log1p(len(steered)),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else _NONE


def _log(value: float) -> float:
    return math.log(value) if value > 0 else _NONE
