"""A campaign: heat up, take turns until the time is up, write each row as it is measured."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from ptxenergy.measure.device.sensor import Clock, Device, DeviceError, Job, Sensor
from ptxenergy.measure.device.window import Timing, Window, observe
from ptxenergy.measure.planning.order import Turn
from ptxenergy.measure.planning.point import Point
from ptxenergy.measure.rows.quality import flags_of, is_ok, ratio_to_instant, throttle_reasons
from ptxenergy.measure.rows.row import Row, RowWriter

PREHEAT_S = 20.0
_CALIBRATION_S = 0.02
_RATIOS_NEEDED = 10
_MOST_FAILURES_IN_A_ROW = 20


@dataclass(frozen=True, slots=True)
class Bench:
    """What a campaign measures with."""

    clock: Clock
    sensor: Sensor
    device: Device
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True)
class Idle:
    """Power without load: cold (nothing runs) and active (clocks up, one tiny block)."""

    cold_w: float
    active_w: float


@dataclass(slots=True)
class Progress:
    """How far a campaign is; `on_row` is called after each row, `failures` are what did not run."""

    total: int = 0
    rows: int = 0
    good: int = 0
    failures: list[str] = field(default_factory=list)
    on_row: Callable[[Row], None] = lambda row: None

    @property
    def failed(self) -> int:
        """How many points did not run."""
        return len(self.failures)

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.good} good, {self.failed} points that did not run"


class Campaign:
    """Measures turns one after another and appends a row for each."""

    def __init__(self, bench: Bench, writer: RowWriter, campaign_id: str, idle: Idle) -> None:
        self._bench = bench
        self._writer = writer
        self._campaign_id = campaign_id
        self._idle = idle
        self._ratios: list[float] = []
        self._anchor_power_w: dict[str, float] = {}
        self._anchor_scale = 1.0
        self._failed_in_a_row = 0

    def run(self, turns: Sequence[Turn], until_s: float, progress: Progress) -> None:
        """Take turns until they or the time are used up; bad points once more at the end.

        `until_s` is on the bench's clock. A turn is begun only if it can end in time. Raises
        DeviceError where 20 points in a row do not run: then the device itself has failed.
        """
        again: list[Turn] = []
        for turn in turns:
            if not self._can_take_one(until_s):
                return
            row = self._take(turn, progress)
            if row is not None and not row.ok and not turn.is_anchor:
                again.append(replace(turn, replicate_of=turn.point.point_id))
        for turn in again:
            if not self._can_take_one(until_s):
                return
            self._take(turn, progress)

    def _can_take_one(self, until_s: float) -> bool:
        return self._bench.clock.now_s() + 1.5 * self._bench.timing.queue_s < until_s

    def _take(self, turn: Turn, progress: Progress) -> Row | None:
        try:
            row = self._measure(turn)
        except DeviceError as error:
            progress.failures.append(f"{turn.point.point_id}: {error}")
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= _MOST_FAILURES_IN_A_ROW:
                raise DeviceError(
                    f"{self._failed_in_a_row} points in a row did not run, the last: {error}"
                ) from error
            return None
        self._failed_in_a_row = 0
        self._writer.write(row)
        progress.rows += 1
        progress.good += row.ok
        progress.on_row(row)
        return row

    def _measure(self, turn: Turn) -> Row:
        bench = self._bench
        started = datetime.now(UTC).isoformat(timespec="seconds")
        job = bench.device.prepare(turn.point)
        launches = launches_for(job, bench.timing.queue_s)
        before = bench.sensor.state()
        job.start(launches)
        window = observe(job, bench.sensor, bench.clock, bench.timing)
        halves = job.finish()
        after = bench.sensor.state()
        split_rel = abs(halves[0] - halves[1]) / statistics.fmean(halves)
        flags = flags_of(window, split_rel, self._median_ratio())
        if is_ok(flags):
            self._ratios.append(ratio_to_instant(window))
        if turn.is_anchor and is_ok(flags):
            self._note_anchor(turn.point, window.power_w)
        return _row(
            turn,
            _Measured(window, statistics.fmean(halves), split_rel, launches, job.launch_mode()),
            {
                "campaign_id": self._campaign_id,
                "gpu": bench.sensor.identity().gpu,
                "idle_cold_w": self._idle.cold_w,
                "idle_active_w": self._idle.active_w,
                "anchor_scale": self._anchor_scale,
                "temperature_before_c": before.temperature_c,
                "temperature_after_c": after.temperature_c,
                "settle_s": bench.timing.settle_s,
                "tick_period_s": bench.timing.tick_period_s,
                "started_utc": started,
                "flags": ";".join(flags),
                "ok": is_ok(flags),
                **asdict(bench.device.attributes(turn.point)),
            },
            self._idle.cold_w,
        )

    def _median_ratio(self) -> float | None:
        known = [ratio for ratio in self._ratios if math.isfinite(ratio)]
        return statistics.median(known) if len(known) >= _RATIOS_NEEDED else None

    def _note_anchor(self, anchor: Point, power_w: float) -> None:
        first = self._anchor_power_w.setdefault(anchor.point_id, power_w)
        self._anchor_scale = power_w / first


def launches_for(job: Job, seconds: float) -> int:
    """How many launches fill the queue for that long, by timing a few."""
    launches = 2
    while True:
        job.start(launches)
        per_launch_s = statistics.fmean(job.finish())
        if per_launch_s * launches >= _CALIBRATION_S or launches >= 1 << 16:
            return max(10, math.ceil(seconds / per_launch_s))
        launches *= 4


def preheat(bench: Bench, point: Point, seconds: float = PREHEAT_S) -> None:
    """Run one kernel for a while, so that the first rows are as warm as the last."""
    job = bench.device.prepare(point)
    job.start(launches_for(job, seconds))
    job.finish()


def idle_power_w(bench: Bench, seconds: float) -> float:
    """Mean counter power over `seconds` with nothing enqueued by us, between observed ticks."""
    first = _next_tick(bench)
    end_s = first[0] + seconds
    last = first
    while last[0] < end_s:
        last = _next_tick(bench)
    return (last[1] - first[1]) / (last[0] - first[0])


def _next_tick(bench: Bench) -> tuple[float, float]:
    start_s, before_j = bench.clock.now_s(), bench.sensor.energy_j()
    while (energy_j := bench.sensor.energy_j()) == before_j:
        if bench.clock.now_s() - start_s > 5.0:
            raise DeviceError(
                "the energy counter has not moved for 5 s: it cannot be measured with"
            )
        bench.clock.sleep(0.0005)
    return bench.clock.now_s(), energy_j


@dataclass(frozen=True, slots=True)
class _Measured:
    window: Window
    time_s: float
    split_rel: float
    launches: int
    launch_mode: str


def _row(turn: Turn, measured: _Measured, known: dict[str, object], idle_cold_w: float) -> Row:
    point, window = turn.point, measured.window
    clocks = [state.sm_clock_mhz for state in window.states] or [math.nan]

    instant_w = statistics.fmean(window.instant_w) if window.instant_w else math.nan
    values: dict[str, object] = {
        "point_id": point.point_id,
        "kernel": point.kernel,
        "family": point.family,
        "study": point.study,
        "source_sha256": point.source_sha256,
        "ptx_path": point.ptx_path,
        "ptx_sha256": point.ptx_sha256,
        "entry": point.entry,
        "compile_options": " ".join(point.compile_options),
        "size": json.dumps(dict(point.size), sort_keys=True),
        "args": json.dumps({str(k): v for k, v in point.scalars.items()}, sort_keys=True),
        "pins": json.dumps([dict(pin) for pin in point.pins], sort_keys=True),
        "dynamic_shared_bytes": point.dynamic_shared_bytes,
        "footprint_bytes": point.footprint_bytes,
        "buffer_sets": point.buffer_sets,
        "cache_mode": point.cache_mode,
        "data_kind": point.data.kind,
        "data_seed": point.data.seed,
        "launch_mode": measured.launch_mode,
        "launches": measured.launches,
        "time_s": measured.time_s,
        "time_split_rel": measured.split_rel,
        "window_s": window.seconds,
        "ticks": len(window.ticks),
        "gap_fraction": 0.0 if window.was_full else 1.0,
        "power_w": window.power_w,
        "power_sd_w": window.power_sd_w,
        "power_instant_w": instant_w,
        "memory_power_w": statistics.fmean(window.memory_w) if window.memory_w else None,
        "energy_j": window.power_w * measured.time_s,
        "energy_dynamic_j": (window.power_w - idle_cold_w) * measured.time_s,
        "sm_clock_mhz_min": min(clocks),
        "sm_clock_mhz_mean": statistics.fmean(clocks),
        "sm_clock_mhz_max": max(clocks),
        "memory_clock_mhz": window.states[-1].memory_clock_mhz if window.states else math.nan,
        "throttle_reasons": throttle_reasons(window),
        "is_anchor": turn.is_anchor,
        "replicate_of": turn.replicate_of,
        **_extents("grid", point.grid),
        **_extents("block", point.block),
        **known,
    }
    return Row(**values)  # type: ignore[arg-type]


def _extents(name: str, extents: Iterable[int]) -> dict[str, int]:
    return {f"{name}_{axis}": extent for axis, extent in zip("xyz", extents, strict=True)}
