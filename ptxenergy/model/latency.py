"""What one warp of a launch waits for: static chains, weighted by how often each block ran."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

from ptxenergy.errors import EvaluationError
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection, MemoryTraffic
from ptxenergy.launch.profile import LaunchProfile, Traffic
from ptxenergy.model.prediction import Chain, Placement
from ptxenergy.model.work import pipe_of, pipe_rate, rate_name
from ptxenergy.program.chains import Chains, Cost, chains
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Function, Module

LEVELS = ("l1", "l2", "dram")
"""The scenarios of the static analysis: where every load from memory finds its data."""

_WARP = 32
# A line holds four sectors; a request that misses rarely misses in one of them alone.
_SECTORS_PER_LINE, _SECTOR_BYTES = 4, 32
_FROM_MEMORY = frozenset({"global", "generic", "local", "texture"})
_KERNELS_KEPT = 64


def kernel_chains(module: Module, kernel: Function, gpu: Gpu) -> Chains:
    """The chains of a kernel at a GPU's latencies; kept, so that a second call costs nothing."""
    key = (id(kernel), id(gpu))
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key][-1]
    found = chains(module, kernel, cost_on(gpu))
    # Kernel and GPU are kept beside, or their ids could come to name others.
    _kept[key] = (kernel, gpu, found)
    if len(_kept) > _KERNELS_KEPT:
        _kept.popitem(last=False)
    return found


_kept: OrderedDict[tuple[int, int], tuple[Function, Gpu, Chains]] = OrderedDict()


def chain_of(inspection: Inspection, placement: Placement, gpu: Gpu) -> Chain:
    """What the average warp of an inspected launch waits for, at the boost clock.

    Raises EvaluationError where the chains are of another kernel.
    """
    profile, static = inspection.profile, inspection.chains
    start = gpu.latency_cycles["block_start"]
    if static is None:
        return Chain(start_cycles=start)
    if static.size != len(profile.instructions):
        raise EvaluationError(f"{profile.kernel}: its chains are not those of the profile")
    totals = static.totals([item.warp for item in profile.instructions])
    levels = tuple(float(cycles) / placement.warps for cycles in totals.chained)
    one_by_one = tuple(float(cycles) / placement.warps for cycles in totals.serial)
    latencies = [gpu.latency_cycles[level] for level in LEVELS]
    loads = _loads(profile)
    l2_share, dram_share = _miss_shares(inspection.memory, loads)
    trips = (levels[2] - levels[1]) / (latencies[2] - latencies[1])
    waits = placement.warps_per_block * gpu.latency_cycles["barrier_warp"]
    cycles = mixed(levels, l2_share, dram_share)
    return Chain(
        cycles=cycles,
        serial_cycles=mixed(one_by_one, l2_share, dram_share),
        parallelism=max(1.0, mixed(one_by_one, l2_share, dram_share) / cycles) if cycles else 1.0,
        memory_trips=trips,
        load_cycles=mixed(tuple(latencies), l2_share, dram_share),
        flight_bytes=loads.bytes / _WARP / placement.warps / trips if trips else 0.0,
        level_cycles=(levels[0], levels[1], levels[2]),
        l2_share=l2_share,
        dram_share=dram_share,
        issue_cycles=totals.issuing / placement.warps,
        barrier_cycles=_barriers(profile) / placement.warps * waits,
        start_cycles=start,
    )


def mixed(levels: tuple[float, ...], l2_share: float, dram_share: float) -> float:
    """The mean over loads of which `l2_share` miss L1 and `dram_share` miss L2, too."""
    at_l1, at_l2, at_dram = levels
    return at_l1 + l2_share * (at_l2 - at_l1) + dram_share * (at_dram - at_l2)


def _miss_shares(memory: MemoryTraffic, loads: Traffic) -> tuple[float, float]:
    """Of the load requests that reach memory, those that miss L1, and L2: 0 to 1.

    A request waits for the slowest of its sectors: misses are spread over requests by lines.
    """
    lines = min(loads.sectors, _SECTORS_PER_LINE * loads.requests) * _SECTOR_BYTES
    if not lines:
        return 0.0, 0.0
    l2_share = min(1.0, memory.l2_read_bytes / lines)
    return l2_share, min(l2_share, memory.dram_read_bytes / lines)


def _loads(profile: LaunchProfile) -> Traffic:
    found = [
        traffic
        for (space, way), traffic in profile.traffic().items()
        if way == "load" and space in _FROM_MEMORY
    ]
    return sum(found, Traffic())


def _barriers(profile: LaunchProfile) -> float:
    return sum(i.warp for i in profile.instructions if i.opcode.root in ("bar", "barrier"))


def cost_on(gpu: Gpu) -> Callable[[Opcode], Cost]:
    """What each opcode costs a warp on a GPU, in the scenarios of `LEVELS`."""

    @lru_cache(maxsize=4096)
    def cost(opcode: Opcode) -> Cost:
        return Cost(_latencies(opcode, gpu), opcode.expansion, *_unit(opcode, gpu))

    return cost


def _latencies(opcode: Opcode, gpu: Gpu) -> tuple[float, ...]:
    """Cycles until an opcode's results can be read; docs/bound.md has the rules."""
    cycles, weight = gpu.latency_cycles, opcode.expansion
    further = max(0.0, weight - 1) * cycles["alu"]
    if opcode.category in ("memory", "atomic"):
        return tuple(level + further for level in _memory_latencies(opcode, gpu))
    if opcode.category == "tensor":
        base = cycles.get("tensor", cycles["sfu"])
    elif opcode.root in ("bar", "barrier"):
        among = "cluster_barrier" if "cluster" in opcode.modifiers else "barrier"
        base = cycles.get(among, cycles["barrier"])
    else:
        pipe = pipe_of(opcode)
        if pipe in ("fp64", "shuffle"):
            base = cycles[pipe]
        elif pipe_rate(pipe, gpu) <= gpu.lanes_per_clock["sfu"]:
            base = cycles["sfu"]
        else:
            base = cycles["alu"]
        further = max(0.0, weight - 1) * (base if pipe == "fp64" else cycles["alu"])
    return (base * min(1.0, weight) + further,) * len(LEVELS)


def _memory_latencies(opcode: Opcode, gpu: Gpu) -> tuple[float, ...]:
    cycles = gpu.latency_cycles
    spaces = {access.space: access.direction for access in opcode.accesses}
    if opcode.category == "atomic":
        name = "shared" if "shared" in spaces or "cluster" in spaces else "atomic"
        return (cycles[name] if opcode.destinations else 0.0,) * len(LEVELS)
    loads = {space for space, direction in spaces.items() if direction == "load"}
    if "local" in loads:
        return (cycles["l1"],) * len(LEVELS)
    if loads & _FROM_MEMORY:
        return tuple(cycles[level] for level in LEVELS)
    return (cycles["shared"] if loads else 0.0,) * len(LEVELS)


def _unit(opcode: Opcode, gpu: Gpu) -> tuple[str, float]:
    """The unit that executes an opcode, and for how long one warp keeps its own part of it."""
    schedulers = gpu.limits.schedulers_per_sm
    pipe = pipe_of(opcode)
    if opcode.tensor is not None:
        rate = gpu.tensor_macs_per_clock.get(rate_name(opcode))
        macs = opcode.tensor.macs / opcode.tensor.warps
        return pipe, macs * schedulers / rate if rate else 0.0
    if pipe == "tensor":
        return pipe, 0.0
    lanes = pipe_rate(pipe, gpu)
    # The paths to memory and between lanes are one a SM, the rest is divided among schedulers.
    parts = 1 if pipe in ("memory", "shuffle") else min(schedulers, lanes)
    return pipe, opcode.expansion * _WARP / (lanes / parts)
