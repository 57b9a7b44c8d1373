"""How long each resource of a GPU is busy with a launch, at any clock. Formulas: docs/bound.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.latency import mixed
from ptxenergy.model.prediction import Chain, Placement
from ptxenergy.model.work import WAVEFRONT_BYTES, Work, pipe_rate

OVERLAP_EXPONENT = 3.0
"""How well waiting hides behind work: time = (work³ + waiting³)^(1/3).

Where both take equally long a launch takes 1.26 times either. Fitted to the bandwidth of one load
a thread at four occupancies on H100 PCIe and GH200 (te42kyfo/gpu-benches): 2 fits the one, 4 the
other.
"""

_WARP = 32
_SECTOR_BYTES = 32
_INTEGER = ("int", "logic", "shift", "compare")
_INTEGER_MULTIPLY = ("int_mul", "dp4a")
_NAME_OF_PIPE = {
    **dict.fromkeys(_INTEGER, "integer"),
    **dict.fromkeys(_INTEGER_MULTIPLY, "integer multiply"),
    **dict.fromkeys(("conversion", "conversion_narrow", "conversion64"), "conversion"),
    "memory": "load/store",
    "redux": "vote",
}


class Demand(Struct, frozen=True):
    """What a launch asks of a GPU, so that its time at a clock is a few operations away.

    `cycles`: by resource, of the core's clock. `seconds`: of what has a clock of its own.
    `chain_cycles`, `chain_seconds`: the warps of the busiest SM, turn after turn, in both; of
    them the warps do something in `issue_cycles`. `trip_cycles`, `trip_seconds`: to memory alone.
    """

    cycles: Mapping[str, float]
    seconds: Mapping[str, float]
    chain_cycles: float
    chain_seconds: float
    issue_cycles: float
    trip_cycles: float
    trip_seconds: float
    gap_s: float

    def time_s(self, clock_mhz: float) -> float:
        """Seconds from one launch to the next at this clock, whatever the power limit."""
        clock_hz = clock_mhz * 1e6
        cycles_s = max(self.cycles.values(), default=0.0) / clock_hz
        working_s = max((cycles_s, *self.seconds.values()))
        chain_s = self.chain_cycles / clock_hz + self.chain_seconds
        waiting_s = max(0.0, chain_s - self.issue_cycles / clock_hz)
        return max(chain_s, overlapped(working_s, waiting_s)) + self.gap_s

    def times_s(self, clock_mhz: float) -> dict[str, float]:
        """Seconds of each resource as if it were the only cost; those that have any."""
        clock_hz = clock_mhz * 1e6
        times = {name: cycles / clock_hz for name, cycles in self.cycles.items()}
        times |= self.seconds
        times["latency"] = self.chain_cycles / clock_hz + self.chain_seconds
        times["memory latency"] = self.trip_cycles / clock_hz + self.trip_seconds
        times["launch gap"] = self.gap_s
        return {name: time for name, time in times.items() if time > 0}


def overlapped(working_s: float, waiting_s: float) -> float:
    """The time of work and of waiting that hide behind each other as far as they do."""
    longer = max(working_s, waiting_s)
    if not longer:
        return 0.0
    shares = (working_s / longer) ** OVERLAP_EXPONENT + (waiting_s / longer) ** OVERLAP_EXPONENT
    return float(longer * shares ** (1 / OVERLAP_EXPONENT))


def demand_of(work: Work, chain: Chain, placement: Placement, gpu: Gpu) -> Demand:
    """What a launch asks of each resource."""
    share, turns = placement.busiest_share, placement.turns
    cycles = {name: busy * share for name, busy in _sm_cycles(work, gpu).items()}
    cycles |= _chip_cycles(work, gpu)
    per_barrier = gpu.latency_cycles["barrier"]
    per_barrier += placement.warps_per_block * gpu.latency_cycles["barrier_warp"]
    cycles["barriers"] = work.barriers / placement.warps * per_barrier * turns
    dram_s = work.dram_bytes / (gpu.dram_bytes_per_s * gpu.dram_efficiency)
    on_chip, beyond = _split(chain.level_cycles, chain)
    latency = gpu.latency_cycles
    trip, trip_beyond = _split((latency["l1"], latency["l2"], latency["dram"]), chain)
    boost_hz = gpu.clock_boost_mhz * 1e6
    return Demand(
        cycles=cycles,
        seconds={"DRAM": dram_s},
        chain_cycles=turns * (on_chip + chain.barrier_cycles + chain.start_cycles),
        chain_seconds=turns * beyond / boost_hz,
        issue_cycles=turns * chain.issue_cycles,
        trip_cycles=turns * min(on_chip, chain.memory_trips * trip),
        trip_seconds=turns * chain.memory_trips * trip_beyond / boost_hz,
        gap_s=gpu.launch_gap_us * 1e-6,
    )


def _split(levels: tuple[float, float, float], chain: Chain) -> tuple[float, float]:
    """Of cycles by level, those of the core's clock, and those beyond L2, at the boost clock."""
    on_chip = mixed(levels, chain.l2_share, 0.0)
    return on_chip, chain.dram_share * (levels[2] - levels[1])


def _sm_cycles(work: Work, gpu: Gpu) -> dict[str, float]:
    """Cycles of what each SM has, as if one SM did the whole launch."""
    cycles: dict[str, float] = defaultdict(float)
    fp32, integer = work.pipe_warps.get("fp32", 0.0), 0.0
    for pipe, warps in work.pipe_warps.items():
        if pipe == "tensor":
            continue
        cycles[_NAME_OF_PIPE.get(pipe, pipe)] += warps * _WARP / pipe_rate(pipe, gpu)
        if pipe in _INTEGER or pipe in _INTEGER_MULTIPLY:
            integer += warps
    # Of one kind alone its own lanes are said already: they are no more than both kinds have.
    if fp32 and integer:
        cycles["fp32 + integer"] = (fp32 + integer) * _WARP / gpu.lanes_per_clock["fp32_and_int"]
    cycles["issue"] = work.warp_instructions * _WARP / gpu.lanes_per_clock["issue"]
    cycles["tensor"] = sum(macs / _rate(gpu, kind) for kind, macs in work.tensor_macs.items())
    cycles["tensor"] += sum(
        macs / (_rate(gpu, kind) * mma_share(gpu, kind)) for kind, macs in work.mma_macs.items()
    )
    cycles["tensor operands"] = work.operand_bytes / gpu.shared_bytes_per_clock
    delivered = work.shared_wavefronts * WAVEFRONT_BYTES + work.operand_bytes
    cycles["shared memory"] = delivered / gpu.shared_bytes_per_clock
    cycles["L1"] = work.l1_bytes / gpu.l1_bytes_per_clock
    turns = work.atomic_turns.get("shared", 0.0)
    cycles["shared atomics"] = turns * gpu.latency_cycles["shared_atomic"]
    return cycles


def _chip_cycles(work: Work, gpu: Gpu) -> dict[str, float]:
    """Cycles of what all SMs share. Atomics: by sector, or in a row where they meet."""
    sectors_per_clock = gpu.l2_bytes_per_clock / _SECTOR_BYTES * gpu.atomic_l2_share
    by_sector = work.atomic_sectors.get("global", 0.0) / sectors_per_clock
    in_a_row = work.atomic_turns.get("global", 0.0) / gpu.same_address_per_clock
    return {
        "L2": work.l2_bytes / gpu.l2_bytes_per_clock,
        "atomics": max(by_sector, in_a_row),
    }


def mma_share(gpu: Gpu, kind: str) -> float:
    """The share of the peak that `mma` reaches; fp64 has no other instruction (PTX ISA 9.7.15)."""
    return 1.0 if kind == "f64" else gpu.mma_share


def _rate(gpu: Gpu, kind: str) -> float:
    """Multiply-accumulates per clock per SM; a kind without a matrix unit runs on the lanes."""
    lanes = gpu.lanes_per_clock["fp64" if kind == "f64" else "fp32"]
    return gpu.tensor_macs_per_clock.get(kind, lanes)
