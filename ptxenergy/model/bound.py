"""The physical bound: the least time the launch's busiest resource needs, and what it costs.

Time: each resource is given the time it would need if it were the only cost; the launch takes the
largest of them plus the gap between queued launches. Energy: constant power over that time plus
energy per event. Where static power plus events over time exceeds the power limit, the clock comes
down until it fits. Constants come from the GPU's description, where each carries its source;
those that belong to no GPU stand at the head of this file.
"""

from __future__ import annotations

from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.request import Launch
from ptxenergy.model.prediction import Bound, Contribution, Placement
from ptxenergy.model.work import Work

# Independent instructions of one warp in flight. Estimated; measured rows will replace it.
_INSTRUCTIONS_IN_FLIGHT = 2.0
# Of L2, the share that holds data read by all SMs: half of it is far from each SM (measured
# bandwidth falls from 50-60 % of the capacity on A100 and H100).
_L2_SHARE_KEPT = 0.55
# Energy per event against clock: e(f) = e(boost) · (0.6 + 0.4 · f / boost)². Estimated.
_FLAT_VOLTAGE, _SLOPE_VOLTAGE = 0.6, 0.4
_LOWEST_CLOCK_SHARE = 0.2
_PICOJOULE = 1e-12


def placement_of(launch: Launch, occupancy: Occupancy, gpu: Gpu) -> Placement:
    """Blocks go to SMs in turn, as many at once as fit."""
    blocks = launch.grid.volume
    busiest = -(-blocks // gpu.sm_count)
    at_once = min(busiest, occupancy.blocks_per_sm)
    return Placement(
        busiest_share=busiest / blocks,
        resident_warps=float(at_once * launch.warps_per_block),
        warps=float(blocks * launch.warps_per_block),
        turns=float(-(-busiest // at_once)),
        tail_share=1 - blocks / (busiest * gpu.sm_count),
        warps_per_block=float(launch.warps_per_block),
    )


def physical_bound(work: Work, placement: Placement, gpu: Gpu) -> Bound:
    """The bound of one launch, at the highest clock at which it stays within the power limit."""
    clock_mhz = gpu.clock_boost_mhz
    bound = _at_clock(work, placement, gpu, clock_mhz)
    if bound.power_w <= gpu.power_limit_w:
        return bound
    low, high = _LOWEST_CLOCK_SHARE * gpu.clock_boost_mhz, gpu.clock_boost_mhz
    for _ in range(40):
        clock_mhz = (low + high) / 2
        bound = _at_clock(work, placement, gpu, clock_mhz)
        if bound.power_w > gpu.power_limit_w:
            high = clock_mhz
        else:
            low = clock_mhz
    return _at_clock(work, placement, gpu, low)


def dram_bytes(work: Work, gpu: Gpu) -> float:
    """Bytes that DRAM moves when the same buffers are used by launch after launch.

    What fits in L2 stays there; a footprint beyond it is streamed whole; between, in proportion.
    """
    kept = _L2_SHARE_KEPT * gpu.l2_bytes
    missing = (work.footprint_bytes - kept) / kept if kept else 1.0
    return work.footprint_bytes * min(1.0, max(0.0, missing))


def _at_clock(work: Work, placement: Placement, gpu: Gpu, clock_mhz: float) -> Bound:
    times_s = _times(work, placement, gpu, clock_mhz)
    time_s = max(times_s.values(), default=0.0) + gpu.launch_gap_us * 1e-6
    voltage = _FLAT_VOLTAGE + _SLOPE_VOLTAGE * clock_mhz / gpu.clock_boost_mhz
    events = _event_energies(work, gpu, core_scale=voltage**2)
    contributions = (Contribution("static", gpu.constant_power_w * time_s), *events)
    energy_j = sum(part.energy_j for part in contributions)
    return Bound(energy_j, time_s, energy_j / time_s, clock_mhz, times_s, contributions)


def _times(work: Work, placement: Placement, gpu: Gpu, clock_mhz: float) -> dict[str, float]:
    """Seconds of each resource as if it were the only cost."""
    clock_hz = clock_mhz * 1e6
    busiest_s = placement.busiest_share / clock_hz
    times = {
        f"{pipe} pipe": warps * 32 / gpu.lanes_per_clock[pipe] * busiest_s
        for pipe, warps in work.pipe_warps.items()
        if pipe != "tensor" and warps
    }
    times |= {
        f"tensor {kind}": macs / _tensor_rate(gpu, kind) * busiest_s
        for kind, macs in work.tensor_macs.items()
        if macs
    }
    both = sum(work.pipe_warps.get(pipe, 0.0) for pipe in _FP32_OR_INT)
    times["fp32 + integer"] = both * 32 / gpu.lanes_per_clock["fp32_and_int"] * busiest_s
    times["issue"] = work.warp_instructions / gpu.limits.schedulers_per_sm * busiest_s
    times["latency"] = _latency_cycles(work, placement, gpu) / clock_hz
    times["shared memory"] = work.shared_wavefronts * 128 / gpu.shared_bytes_per_clock * busiest_s
    times["L1"] = work.l1_bytes / gpu.l1_bytes_per_clock * busiest_s
    times["L2"] = work.l2_bytes / gpu.l2_bytes_per_clock / clock_hz
    times["DRAM"] = dram_bytes(work, gpu) / (gpu.dram_bytes_per_s * gpu.dram_efficiency)
    times["atomics"] = work.atomic_lanes.get("global", 0.0) / clock_hz
    times["shared atomics"] = work.atomic_lanes.get("shared", 0.0) * busiest_s
    return {name: time_s for name, time_s in times.items() if time_s > 0}


def _latency_cycles(work: Work, placement: Placement, gpu: Gpu) -> float:
    """Cycles of the busiest SM's warps run one after another, as many at once as are resident."""
    latency = gpu.latency_cycles
    stall = work.warp_instructions * latency["alu"]
    stall += work.load_requests * latency["l1"]
    stall += work.barriers * latency["barrier"]
    per_warp = stall / max(1.0, placement.warps)
    turns = placement.warps * placement.busiest_share / max(1.0, placement.resident_warps)
    return per_warp * max(1.0, turns) / _INSTRUCTIONS_IN_FLIGHT


def _tensor_rate(gpu: Gpu, kind: str) -> float:
    """Multiply-accumulates per clock per SM; a kind without a matrix unit runs on the lanes."""
    lanes = gpu.lanes_per_clock["fp64" if kind == "f64" else "fp32"]
    return gpu.tensor_macs_per_clock.get(kind, lanes)


def _event_energies(work: Work, gpu: Gpu, core_scale: float) -> list[Contribution]:
    """Joules of all events, by name; DRAM's own clock does not follow the core's."""
    energy = gpu.energy_pj
    parts = {
        "instruction issue": work.warp_instructions * energy["warp_instruction"],
        "shared memory": work.shared_bytes * energy["shared_byte"],
        "L1": work.l1_bytes * energy["l1_byte"],
        "L2": work.l2_bytes * energy["l2_byte"],
        "atomics": sum(work.atomic_sectors.values()) * energy["atomic_sector"],
        "barriers": work.barriers * energy["barrier"],
    }
    for pipe, lanes in work.pipe_lanes.items():
        if pipe in _LANE_ENERGY:
            name = _LANE_NAME.get(pipe, pipe)
            parts[name] = parts.get(name, 0.0) + lanes * energy[_LANE_ENERGY[pipe]]
    parts["tensor"] = sum(
        macs * energy.get(f"tensor_{kind}_mac", energy["fp32_lane"])
        for kind, macs in work.tensor_macs.items()
    )
    scaled = {name: value * core_scale for name, value in parts.items()}
    scaled["DRAM"] = dram_bytes(work, gpu) * energy["dram_byte"]
    return [Contribution(name, value * _PICOJOULE) for name, value in scaled.items() if value > 0]


_FP32_OR_INT = ("fp32", "int", "int_mul", "logic", "shift", "compare")
_LANE_ENERGY = {
    "fp32": "fp32_lane",
    "fp64": "fp64_lane",
    "fp16": "fp16_lane",
    "int": "int_lane",
    "logic": "int_lane",
    "shift": "int_lane",
    "compare": "int_lane",
    "bit": "int_lane",
    "move": "move_lane",
    "int_mul": "int_mul_lane",
    "sfu": "sfu_lane",
    "conversion": "conversion_lane",
    "conversion64": "conversion_lane",
    "shuffle": "move_lane",
    "vote": "move_lane",
    "control": "move_lane",
    "memory": "move_lane",
}
_LANE_NAME = {
    "logic": "integer",
    "shift": "integer",
    "compare": "integer",
    "bit": "integer",
    "int": "integer",
    "int_mul": "integer",
    "conversion64": "conversion",
    "memory": "address and control",
    "control": "address and control",
    "vote": "shuffle",
}
