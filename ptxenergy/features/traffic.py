"""Features of memory: how requests lie on sectors and banks, and what fits into the caches."""

from __future__ import annotations

import math

from ptxenergy.features.feature_set import Feature
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.profile import Traffic

SECTOR_BYTES = 32

FEATURES: tuple[Feature, ...] = (
    Feature("sectors_per_load", "sector/request", "global sectors of a load request"),
    Feature("sectors_per_store", "sector/request", "global sectors of a store request"),
    Feature("sectors_per_local", "sector/request", "sectors of a request to local memory"),
    Feature("sectors_block", "sector/request", "global sectors distinct in a block, a request"),
    Feature("sectors_wave", "sector/request", "the same of those distinct in a wave"),
    Feature("sectors_launch", "sector/request", "the same of those distinct in the launch"),
    Feature("lane_bytes", "B", "bytes that a lane moves with a global request"),
    Feature("write_share", "1", "global sectors that are written, of all touched"),
    Feature("partial_write_share", "1", "written sectors that are not written whole"),
    Feature("wavefronts_per_load", "wavefront/request", "shared passes of a load request"),
    Feature("wavefronts_per_store", "wavefront/request", "shared passes of a store request"),
    Feature("constant_words", "wavefront/request", "distinct words of a constant request"),
    Feature("l1_fill_log", "ln 1", "what the blocks of an SM touch over its L1 and shared memory"),
    Feature("l2_fill_log", "ln 1", "what the launch touches over the capacity of L2"),
    Feature("l2_wave_fill_log", "ln 1", "what a wave touches over the capacity of L2"),
    Feature("dram_share", "1", "bytes of DRAM over bytes of L2"),
    Feature("memory_share", "request/instruction", "memory requests of a warp instruction"),
    Feature("atomic_share", "request/instruction", "atomics of a warp instruction", {"time": 1}),
    Feature("atomic_contention", "lane/request", "lanes of an atomic on one address"),
)
_NONE = float("nan")


def values(inspection: Inspection, gpu: Gpu) -> dict[str, float]:
    """The features of a launch's memory traffic by name; NaN where there is no such request."""
    traffic = inspection.profile.traffic()
    return {
        **_requests(traffic),
        **_scopes(inspection, traffic),
        **_fills(inspection, gpu),
        **_frequency(inspection, traffic),
    }


def _requests(traffic: dict[tuple[str, str], Traffic]) -> dict[str, float]:
    global_ = _summed(traffic, ("global",), ("load", "store", "atomic"))
    local = _summed(traffic, ("local",), ("load", "store"))
    loads, stores = (_summed(traffic, ("global",), (way,)) for way in ("load", "store"))
    read, written = (_summed(traffic, ("shared", "cluster"), (way,)) for way in ("load", "store"))
    constant = _summed(traffic, ("constant",), ("load",))
    return {
        "sectors_per_load": _ratio(loads.sectors, loads.requests),
        "sectors_per_store": _ratio(stores.sectors, stores.requests),
        "sectors_per_local": _ratio(local.sectors, local.requests),
        "lane_bytes": _ratio(global_.bytes, 32 * global_.requests),
        "wavefronts_per_load": _ratio(read.wavefronts, read.requests),
        "wavefronts_per_store": _ratio(written.wavefronts, written.requests),
        "constant_words": _ratio(constant.wavefronts, constant.requests),
    }


def _scopes(inspection: Inspection, traffic: dict[tuple[str, str], Traffic]) -> dict[str, float]:
    """Distinct sectors for each request, at three scopes; a wave's over its share of requests."""
    requests = _summed(traffic, ("global",), ("load", "store", "atomic")).requests
    footprint = inspection.profile.footprint
    of_wave = requests / max(1.0, inspection.waves)
    return {
        "sectors_block": _ratio(footprint.any.block, requests),
        "sectors_wave": _ratio(footprint.any.wave, of_wave),
        "sectors_launch": _ratio(footprint.any.launch, requests),
        "write_share": _ratio(footprint.write.launch, footprint.any.launch),
        "partial_write_share": _ratio(footprint.partial_write_sectors, footprint.write.launch),
    }


def _fills(inspection: Inspection, gpu: Gpu) -> dict[str, float]:
    reach, grid = inspection.profile.footprint.any, inspection.profile.launch.grid.volume
    at_once = min(inspection.occupancy.blocks_per_sm, -(-grid // gpu.sm_count))
    of_sm = SECTOR_BYTES * reach.block / grid * at_once
    memory = inspection.memory
    return {
        "l1_fill_log": _log_ratio(of_sm, gpu.limits.l1_and_shared_bytes),
        "l2_fill_log": _log_ratio(SECTOR_BYTES * reach.launch, gpu.l2_bytes),
        "l2_wave_fill_log": _log_ratio(SECTOR_BYTES * reach.wave, gpu.l2_bytes),
        "dram_share": _ratio(memory.dram_bytes, memory.l2_bytes),
    }


def _frequency(inspection: Inspection, traffic: dict[tuple[str, str], Traffic]) -> dict[str, float]:
    issued = sum(item.warp for item in inspection.profile.instructions)
    atomics = [one for (_, way), one in traffic.items() if way == "atomic"]
    atomic_requests = sum(one.requests for one in atomics)
    return {
        "memory_share": sum(one.requests for one in traffic.values()) / issued if issued else 0.0,
        "atomic_share": atomic_requests / issued if issued else 0.0,
        "atomic_contention": _ratio(sum(one.same_address_sum for one in atomics), atomic_requests),
    }


def _summed(
    traffic: dict[tuple[str, str], Traffic], spaces: tuple[str, ...], ways: tuple[str, ...]
) -> Traffic:
    chosen = (one for (space, way), one in traffic.items() if space in spaces and way in ways)
    return sum(chosen, Traffic())


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else _NONE


def _log_ratio(part: float, whole: float) -> float:
    return math.log(part / whole) if part > 0 else _NONE
