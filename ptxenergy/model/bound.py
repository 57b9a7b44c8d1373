"""The physical bound: the time of the busiest resource and what it costs, under a power limit.

Time and energy are monotone in all work, by construction: the clock is the one at which the larger
of two times is least, what the resources need (falls with the clock) and what the power limit
allows (rises with it, as voltage does). Where no clock is low enough, the lowest one is paused.
Every formula and constant: docs/bound.md.
"""

from __future__ import annotations

from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.request import Launch
from ptxenergy.model.board import Board
from ptxenergy.model.energies import Events, events_of
from ptxenergy.model.latency import chain_of
from ptxenergy.model.prediction import Bound, Chain, Contribution, Placement
from ptxenergy.model.times import Demand, demand_of
from ptxenergy.model.work import Work, work_of

# Halvings of the range of clocks: the clock is found to a thousandth of a hertz.
_HALVINGS = 44


def bound_of(inspection: Inspection, gpu: Gpu, board: Board) -> Bound:
    """The bound of an inspected launch."""
    profile = inspection.profile
    placement = placement_of(profile.launch, inspection.occupancy, gpu)
    chain = chain_of(inspection, placement, gpu)
    return physical_bound(work_of(profile, inspection.memory), chain, placement, gpu, board)


def placement_of(launch: Launch, occupancy: Occupancy, gpu: Gpu) -> Placement:
    """Blocks go to SMs in turn, as many at once as fit."""
    blocks = launch.grid.volume
    busiest = -(-blocks // gpu.sm_count)
    at_once = max(1, min(busiest, occupancy.blocks_per_sm))
    return Placement(
        busiest_share=busiest / blocks,
        resident_warps=float(at_once * launch.warps_per_block),
        warps=float(blocks * launch.warps_per_block),
        turns=float(-(-busiest // at_once)),
        tail_share=1 - blocks / (busiest * gpu.sm_count),
        warps_per_block=float(launch.warps_per_block),
        occupancy=occupancy.fraction,
        waves=blocks / max(1, occupancy.blocks_per_sm * gpu.sm_count),
    )


def physical_bound(work: Work, chain: Chain, placement: Placement, gpu: Gpu, board: Board) -> Bound:
    """The bound of a launch that is this much work, laid out so, on a board run so."""
    demand = demand_of(work, chain, placement, gpu)
    events = events_of(work, gpu)
    highest_mhz = board.clock_on(gpu)
    spare_w = board.limit_on(gpu) - gpu.constant_power_w
    clock_mhz = _clock_mhz(demand, events, gpu, highest_mhz, spare_w)
    energies_j = events.at(gpu.voltage(clock_mhz))
    # Of what the limit allows nothing is given away: a rounding error must not exceed it.
    time_s = max(demand.time_s(clock_mhz), sum(energies_j.values()) / spare_w)
    static = Contribution("static", gpu.constant_power_w * time_s)
    parts = (static, *(Contribution(name, value) for name, value in energies_j.items()))
    energy_j = sum(part.energy_j for part in parts)
    times_s = demand.times_s(clock_mhz)
    return Bound(
        energy_j=energy_j,
        time_s=time_s,
        power_w=energy_j / time_s,
        clock_mhz=clock_mhz,
        times_s=times_s,
        contributions=parts,
        limiter=max(times_s, key=lambda name: times_s[name]),
        utilisation={name: each_s / time_s for name, each_s in times_s.items()},
        chain=chain,
        placement=placement,
        traffic_bytes={"l1": work.l1_bytes, "l2": work.l2_bytes, "dram": work.dram_bytes},
        is_power_limited=clock_mhz < highest_mhz or time_s > demand.time_s(clock_mhz),
    )


def _clock_mhz(
    demand: Demand, events: Events, gpu: Gpu, highest_mhz: float, spare_w: float
) -> float:
    """The highest clock at which the time that the resources need covers the energy's power."""
    core_j, fixed_j = sum(events.core_j.values()), sum(events.fixed_j.values())

    def fits(clock_mhz: float) -> bool:
        energy_j = core_j * gpu.voltage(clock_mhz) ** 2 + fixed_j
        return energy_j <= spare_w * demand.time_s(clock_mhz)

    low, high = min(gpu.clock_min_mhz, highest_mhz), highest_mhz
    if fits(high):
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
