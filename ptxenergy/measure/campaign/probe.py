"""What the meters of this card can do, found out before a campaign: ticks, settling, coverage.

About 3.8 minutes on a real GPU with nine points and ten repeats (`seconds_for` estimates it). The
result is stored with the campaign and sets its timing.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from ptxenergy.measure.campaign.bench import Bench, idle_power_w, launches_for
from ptxenergy.measure.device.sensor import Clock, DeviceError, Job, Sensor
from ptxenergy.measure.device.window import Tick, Timing, observe
from ptxenergy.measure.planning.point import Point

WINDOWS_S = (0.2, 0.4, 0.8, 1.6)
PHASES = 8
REPEATS, LEAST_REPEATS = 10, 3
_FIXED_S = 30.0
_PREPARE_S = 1.0
_SPREAD_WANTED = 0.01
_SETTLED_WITHIN = 0.02
_APART_S, _LEAST_SETTLE_S = 0.095, 0.1


@dataclass(frozen=True, slots=True)
class Ticks:
    """The energy counter's rhythm. `call_latency_s` is the median time of one read."""

    period_s: float
    period_sd_s: float
    step_j_min: float
    call_latency_s: float


@dataclass(frozen=True, slots=True)
class Repeatability:
    """Relative spread of power over repeats of the same points, by window."""

    window_s: float
    spread_median: float
    spread_worst: float


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """All findings. `coverage_spread` is how much the power of a square wave at the tick period
    depends on its phase: near 0 the counter sees everything; `counter_over_instant` is the gain
    between the two meters under steady load."""

    ticks: Ticks
    settle_s: float
    coverage_spread: float
    counter_over_instant: float
    idle_cold_w: float
    repeatability: tuple[Repeatability, ...]
    timing: Timing

    def as_dict(self) -> dict[str, object]:
        """For the campaign's JSON file."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The findings as lines of text."""
        yield f"ticks of {self.ticks.period_s * 1e3:.1f} ms ± {self.ticks.period_sd_s * 1e3:.1f} ms"
        yield f"one read takes {self.ticks.call_latency_s * 1e6:.0f} us"
        yield f"settles in {self.settle_s * 1e3:.0f} ms; idle power {self.idle_cold_w:.0f} W"
        yield f"power of a square wave depends on its phase by {self.coverage_spread:.1%}"
        yield f"counter over instant power: {self.counter_over_instant:.3f}"
        for found in self.repeatability:
            yield (
                f"window {found.window_s} s: spread {found.spread_median:.2%} in the median, "
                f"{found.spread_worst:.2%} at the worst"
            )
        yield f"chosen: {self.timing.settle_s:.2f} s to settle, {self.timing.window_s} s of window"


def find_ticks(sensor: Sensor, clock: Clock, seconds: float = 3.0) -> Ticks:
    """Watch the counter under load: when it changes and by how much."""
    changes: list[tuple[float, float]] = []
    calls: list[float] = []
    end_s = clock.now_s() + seconds
    last_j = sensor.energy_j()
    while clock.now_s() < end_s:
        before_s = clock.now_s()
        energy_j = sensor.energy_j()
        calls.append(clock.now_s() - before_s)
        if energy_j != last_j:
            changes.append((clock.now_s(), energy_j - last_j))
            last_j = energy_j
        clock.sleep(0.0002)
    periods = [b[0] - a[0] for a, b in pairwise(changes)]
    if len(periods) < 2:
        return Ticks(math.nan, math.nan, math.nan, statistics.median(calls))
    return Ticks(
        statistics.median(periods),
        statistics.pstdev(periods),
        min(step for _, step in changes[1:]),
        statistics.median(calls),
    )


def settle_time_s(bench: Bench, job: Job, seconds: float = 2.0) -> float:
    """From idle to load: when the power between ticks stays within 2 % of its end."""
    launches = launches_for(job, seconds)
    bench.clock.sleep(1.0)
    start_s = bench.clock.now_s()
    job.start(launches)
    timing = replace(bench.timing, settle_s=0.0, window_s=0.7 * seconds)
    window = observe(job, bench.sensor, bench.clock, timing)
    job.finish()
    return settled_after_s(window.ticks, start_s) + bench.timing.tick_period_s


def settled_after_s(ticks: Sequence[Tick], start_s: float) -> float:
    """When the power between ticks was last more than 2 % off its end, in seconds from the start.

    Ticks are taken at least 0.1 s apart, for a tick is seen half a millisecond late, and a power
    counts as off only if one beside it is off, too. NaN where there are fewer than four.
    """
    apart: list[Tick] = []
    for tick in ticks:
        if not apart or tick.at_s - apart[-1].at_s >= _APART_S:
            apart.append(tick)
    powers = [(b.energy_j - a.energy_j) / (b.at_s - a.at_s) for a, b in pairwise(apart)]
    if len(powers) < 4:
        return math.nan
    final_w = statistics.median(powers[len(powers) // 2 :])
    is_off = [abs(power / final_w - 1) > _SETTLED_WITHIN for power in powers]
    late = [
        apart[place + 1].at_s - start_s
        for place, off in enumerate(is_off)
        if off and (place == 0 or is_off[place - 1])
    ]
    return max(late, default=0.0)


def coverage_spread(bench: Bench, job: Job, tick_period_s: float) -> float:
    """Half a tick of load, half a tick of rest, at several phases: (max − min) / mean of power."""
    burst = launches_for(job, tick_period_s / 2)
    powers = []
    for phase in range(PHASES):
        _wait_for_tick(bench)
        bench.clock.sleep(phase / PHASES * tick_period_s)
        begin_s, begin_j = bench.clock.now_s(), bench.sensor.energy_j()
        for _ in range(10):
            cycle_s = bench.clock.now_s()
            job.start(burst)
            job.finish()
            rest_s = tick_period_s - (bench.clock.now_s() - cycle_s)
            bench.clock.sleep(max(0.0, rest_s))
        _wait_for_tick(bench)
        joules = bench.sensor.energy_j() - begin_j
        powers.append(joules / (bench.clock.now_s() - begin_s))
    return (max(powers) - min(powers)) / statistics.fmean(powers)


def repeatability(bench: Bench, points: Sequence[Point], repeats: int) -> tuple[Repeatability, ...]:
    """The spread of power over `repeats` of each point, by window.

    Only the longest window is measured: the shorter ones are its first ticks.
    """
    timing = replace(bench.timing, window_s=WINDOWS_S[-1])
    spreads: dict[float, list[float]] = {window_s: [] for window_s in WINDOWS_S}
    for point in points:
        job = bench.device.prepare(point)
        launches = launches_for(job, timing.queue_s)
        windows = []
        for _ in range(repeats):
            job.start(launches)
            windows.append(observe(job, bench.sensor, bench.clock, timing))
            job.finish()
        for window_s, found in spreads.items():
            powers = [window.first(window_s).power_w for window in windows]
            found.append(statistics.stdev(powers) / statistics.fmean(powers))
    return tuple(Repeatability(w, statistics.median(s), max(s)) for w, s in spreads.items())


def seconds_for(points: int, repeats: int, timing: Timing) -> float:
    """How long a probe takes about: its fixed part, and a full queue for each repeat."""
    each_s = replace(timing, window_s=WINDOWS_S[-1]).queue_s
    return _FIXED_S + points * (_PREPARE_S + repeats * each_s)


def repeats_within(seconds: float, points: int, timing: Timing) -> int:
    """The most repeats, from 3 to 10, with which a probe keeps to the seconds, if any do."""
    for repeats in range(REPEATS, LEAST_REPEATS, -1):
        if seconds_for(points, repeats, timing) <= seconds:
            return repeats
    return LEAST_REPEATS


def probe(bench: Bench, points: Sequence[Point], repeats: int = REPEATS) -> ProbeResult:
    """The whole probe. The first point is the steady load; the chosen window is the shortest whose
    median spread is at most 1 %, else the longest. Raises DeviceError where no tick is seen."""
    idle_cold_w = idle_power_w(bench, 2.0)
    job = bench.device.prepare(points[0])
    job.start(launches_for(job, 4.0))
    ticks = find_ticks(bench.sensor, bench.clock)
    job.finish()
    if math.isnan(ticks.period_s):
        raise DeviceError("the energy counter ticks fewer than three times in 3 s")
    bench = replace(bench, timing=replace(bench.timing, tick_period_s=ticks.period_s))
    settle_s = settle_time_s(bench, job)
    spread = coverage_spread(bench, job, ticks.period_s)
    found = repeatability(bench, points, repeats)
    chosen = next((r.window_s for r in found if r.spread_median <= _SPREAD_WANTED), WINDOWS_S[-1])
    enough_s = Timing().settle_s if math.isnan(settle_s) else max(_LEAST_SETTLE_S, settle_s)
    timing = Timing(enough_s, chosen, ticks.period_s)
    return ProbeResult(ticks, settle_s, spread, _gain(bench, job), idle_cold_w, found, timing)


def _gain(bench: Bench, job: Job) -> float:
    job.start(launches_for(job, bench.timing.queue_s))
    window = observe(job, bench.sensor, bench.clock, bench.timing)
    job.finish()
    return window.power_w / statistics.fmean(window.instant_w) if window.instant_w else math.nan


def _wait_for_tick(bench: Bench) -> None:
    before_j = bench.sensor.energy_j()
    end_s = bench.clock.now_s() + 2.0
    while bench.sensor.energy_j() == before_j and bench.clock.now_s() < end_s:
        bench.clock.sleep(0.0005)
