"""What was found in a data set, as frozen values.

Ratios are above 1 (1.05: 5 % more), relative spreads are fractions. A `…_low` is the lower end of
a simultaneous 95 % interval of its ratio (`noise.py`), None where nothing was measured twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ptxenergy.measure.kernels.families import GENERATED, group_of


class Goal(Struct, frozen=True):
    """One thing that was asked for. `reached` is None where it cannot be judged yet.

    `found` then says what is missing; `command` is what makes the figure.
    """

    name: str
    asked: str
    found: str
    reached: bool | None
    command: str


class WindowSpread(Struct, frozen=True):
    """Relative spread of power over repeats of the probe's points, for one window."""

    window_s: float
    median: float
    worst: float


class Probe(Struct, frozen=True):
    """What the probe found of the meters; None where the meter did not answer.

    `coverage_spread`: (max - min) / mean of the power of a square wave over its phases.
    """

    tick_s: float | None
    tick_sd_s: float | None
    call_s: float | None
    settle_s: float | None
    coverage_spread: float | None
    counter_over_instant: float | None
    idle_w: float | None
    windows: tuple[WindowSpread, ...]
    chosen_settle_s: float
    chosen_window_s: float


class Range(Struct, frozen=True):
    """Median, and the quantiles of 5 % and 95 %."""

    median: float
    low: float
    high: float


class Cap(Struct, frozen=True):
    """What the power limit did. `rows` and `good` count all families, the rest are of open ones.

    Clocks are of the SMs: median and least of the capped rows, median of those not capped.
    """

    rows: int
    good: int
    limit_w: float | None
    power_w: Range | None
    clock_mhz: float | None
    clock_lowest_mhz: float | None
    free_clock_mhz: float | None


class Meters(Struct, frozen=True):
    """What the probe, the campaigns and the rows say of the instruments. Watts are board power.

    Idle powers are medians over campaigns: before (cold), under the smallest launch (active) and
    after. `seconds_per_row` is from one start to the next. `anchor_drift` is relative.
    `tied_rows` had their power tied to the first campaign's anchors, by `largest_correction` (a
    fraction) at most.
    """

    probe: Probe | None
    gpus: tuple[str, ...]
    drivers: tuple[str, ...]
    cards: int
    campaigns: int
    idle_cold_w: float | None
    idle_active_w: float | None
    idle_after_w: float | None
    counter_over_instant: Range | None
    seconds_per_row: float | None
    anchor_drift: float | None
    tied_rows: int
    largest_correction: float
    cap: Cap


class Noise(Struct, frozen=True):
    """Relative standard deviation of one measurement, pooled over points measured again.

    None where no point was. `of` names these points, `points` counts them, `degrees` are the
    degrees of freedom: measurements less points.
    """

    energy: float | None
    time: float | None
    points: int
    degrees: int
    of: str


class KernelShapes(Struct, frozen=True):
    """One kernel at equal work in many block shapes; blocks are written `32x8`.

    `worst`, `fastest` and `picked` (by the occupancy heuristic) are energies over the least one;
    `slower` is the time of the shape of least energy over that of the fastest. All are of the
    geometric means of a shape's measurements; `relative` has every shape's energy over the least.
    """

    kernel: str
    family: str
    size: str
    measurements: int
    best_block: str
    fastest_block: str
    picked_block: str | None
    worst: float
    worst_low: float | None
    fastest: float
    fastest_low: float | None
    slower: float
    slower_low: float | None
    picked: float | None
    picked_low: float | None
    relative: Mapping[str, float]

    @property
    def is_generated(self) -> bool:
        """Whether the kernel was made from the template."""
        return group_of(self.family) == GENERATED


class Exceeding(Struct, frozen=True):
    """How many kernels exceed a limit (a fraction): as measured, and beyond noise."""

    limit: float
    measured: int
    beyond_noise: int | None


class Regrets(Struct, frozen=True):
    """Energy of a rule's pick over the best, less 1, over the kernels that can be judged."""

    kernels: int
    mean: float
    median: float
    p90: float
    worst: float
    within_5: float


class Shapes(Struct, frozen=True):
    """What block shape changes at equal work.

    `locked`: kernels of locked families, counted and not looked into. `few`: open kernels with
    fewer than five shapes. `trade_offs`: kernels whose fastest shape takes more energy, and whose
    shape of least energy takes more time, both beyond noise. `regrets`: by rule, best and picks
    from different measurements.
    """

    noise: Noise
    kernels: tuple[KernelShapes, ...]
    locked: int
    few: int
    generated_left_out: int
    worst: tuple[Exceeding, ...]
    fastest: tuple[Exceeding, ...]
    picked: tuple[Exceeding, ...]
    other_fastest: int
    trade_offs: int | None
    judged: int
    regrets: Mapping[str, Regrets]


class Findings(Struct, frozen=True):
    """Everything that rows, campaigns, probe and counters say without a predictor."""

    name: str
    simulated: bool
    rows: int
    good: int
    kernels: int
    families: int
    goals: tuple[Goal, ...]
    meters: Meters
    shapes: Shapes
