"""A prediction: joules, seconds and watts, each with an interval and its reasons."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from ptxenergy.launch.inspection import Inspection

TIME_NAMES: tuple[str, ...] = (
    *("issue", "fp32", "fp64", "fp16", "integer", "integer multiply", "fp32 + integer"),
    *("bit", "sfu", "conversion", "move", "control", "load/store", "shuffle", "vote"),
    *("tensor", "tensor operands", "shared memory", "L1", "L2", "DRAM", "latency"),
    "memory latency",
    *("barriers", "atomics", "shared atomics", "launch gap"),
)
"""Every resource that `Bound.times_s` may name."""


class Quantity(Struct, frozen=True):
    """A value with the interval that should hold it with probability `level` (0–1)."""

    value: float
    low: float
    high: float
    level: float


class Contribution(Struct, frozen=True):
    """A named part of the energy, in joules; the parts of one prediction add up to it."""

    name: str
    energy_j: float


class Placement(Struct, frozen=True):
    """How a launch lies on a GPU.

    `busiest_share`: the busiest SM's share of all blocks. `resident_warps`: warps on that SM at
    once, which is the most there is to hide latency. `warps`: of the whole launch. `turns`: how
    often that SM is filled with blocks until it has had all of its own. `tail_share`: the part of
    all SMs' time that they stand idle because blocks do not divide evenly among them (0 to 1).
    `occupancy`: resident warps of a full SM over the most it can hold. `waves`: blocks of the grid
    over those that the whole GPU holds at once.
    """

    busiest_share: float
    resident_warps: float
    warps: float
    turns: float = 1.0
    tail_share: float = 0.0
    warps_per_block: float = 1.0
    occupancy: float = 0.0
    waves: float = 0.0


class Chain(Struct, frozen=True):
    """What one warp waits for, on average over the launch's warps; clock cycles.

    `cycles`: from a warp's first instruction to its last, if it had the SM to itself.
    `serial_cycles`: the same if no instruction overlapped another. `parallelism`: their quotient,
    the instruction-level parallelism. `memory_trips`: loads from memory that wait for each other.
    `load_cycles`: latency of a load as its hits and misses make it. `flight_bytes`: bytes from
    memory that one thread keeps in flight during a trip. `level_cycles`: `cycles` if all loads
    hit L1, L2, or went to DRAM. `l2_share`, `dram_share`: load requests that miss L1, and L2.
    `issue_cycles`: the part of `cycles` in which the warp does something; the rest it waits.
    `barrier_cycles`: what barriers take on top for the warps of a block. `start_cycles`: until a
    block's place is taken by the next.
    """

    cycles: float = 0.0
    serial_cycles: float = 0.0
    parallelism: float = 1.0
    memory_trips: float = 0.0
    load_cycles: float = 0.0
    flight_bytes: float = 0.0
    level_cycles: tuple[float, float, float] = (0.0, 0.0, 0.0)
    l2_share: float = 0.0
    dram_share: float = 0.0
    issue_cycles: float = 0.0
    barrier_cycles: float = 0.0
    start_cycles: float = 0.0


class Bound(Struct, frozen=True):
    """The physical bound, and every term that it was made of.

    `times_s` names each resource's time as if it were the only cost (`TIME_NAMES` are all there
    can be); `limiter` is the largest of them and `utilisation` each one's share of `time_s`.
    `contributions` are the energies by event; they add up to `energy_j`. `traffic_bytes` has what
    passes `l1`, `l2` and `dram`. `is_power_limited`: the power limit keeps the clock down.
    """

    energy_j: float
    time_s: float
    power_w: float
    clock_mhz: float
    times_s: Mapping[str, float]
    contributions: tuple[Contribution, ...]
    limiter: str = ""
    utilisation: Mapping[str, float] = field(default_factory=dict)
    chain: Chain = Chain()
    placement: Placement = Placement(1.0, 1.0, 1.0)
    traffic_bytes: Mapping[str, float] = field(default_factory=dict)
    is_power_limited: bool = False

    @property
    def occupancy(self) -> float:
        """Resident warps of a full SM over the most that it can hold."""
        return self.placement.occupancy

    @property
    def waves(self) -> float:
        """Blocks of the grid over those that the whole GPU holds at once."""
        return self.placement.waves


class Conditions(Struct, frozen=True):
    """Under what the prediction holds.

    `clock_mhz`: that it runs at. `locked_clock_mhz`: what the clock was locked at, None where it
    was free. `data`: the kind of values assumed in memory.
    """

    clock_mhz: float
    power_limit_w: float
    cache: str
    data: str
    locked_clock_mhz: float | None = None


class Prediction(Struct, frozen=True):
    """The prediction of one launch on one GPU.

    `calibrated` is false without measured rows, and where a flag says why they do not tell.
    `distance` from training, where a model was used: 1 is typical of a family that it never saw.
    """

    inspection: Inspection
    energy_j: Quantity
    time_s: Quantity
    power_w: Quantity
    bound: Bound
    calibrated: bool
    conditions: Conditions
    contributions: tuple[Contribution, ...]
    model_id: str | None = None
    feature_version: str | None = None
    distance: float | None = None
    flags: tuple[str, ...] = ()
