"""One turn as it was measured, and the row that it becomes."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ptxenergy.measure.campaign.bench import Bench, Idle, launches_for
from ptxenergy.measure.device.sensor import Attributes, State
from ptxenergy.measure.device.window import Timing, Window, observe
from ptxenergy.measure.planning.order import Turn
from ptxenergy.measure.planning.point import Point
from ptxenergy.measure.rows.quality import is_ok, throttle_reasons
from ptxenergy.measure.rows.row import Row


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen of one point. `halves_s`: seconds a launch in each half of the queue."""

    started_utc: str
    before: State
    window: Window
    halves_s: tuple[float, float]
    after: State
    launches: int
    launch_mode: str
    attributes: Attributes

    @property
    def time_s(self) -> float:
        """Seconds of one launch."""
        return statistics.fmean(self.halves_s)

    @property
    def split_rel(self) -> float:
        """How far the halves are apart, over their mean."""
        return abs(self.halves_s[0] - self.halves_s[1]) / self.time_s


@dataclass(frozen=True, slots=True)
class Standing:
    """What a row says of its campaign, and what was thought of it."""

    campaign_id: str
    gpu: str
    idle: Idle
    timing: Timing
    anchor_scale: float
    flags: tuple[str, ...]


def measure(bench: Bench, point: Point) -> Measured:
    """Fill the queue with a point and watch the meters. Raises DeviceError where it cannot run."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    job = bench.device.prepare(point)
    launches = launches_for(job, bench.timing.queue_s)
    before = bench.sensor.state()
    launches = job.start(launches)
    window = observe(job, bench.sensor, bench.clock, bench.timing)
    halves_s = job.finish()
    return Measured(
        started,
        before,
        window,
        halves_s,
        bench.sensor.state(),
        launches,
        job.launch_mode(),
        bench.device.attributes(point),
    )


def row_of(turn: Turn, measured: Measured, standing: Standing) -> Row:
    """The row of a turn."""
    values: dict[str, Any] = {
        "is_anchor": turn.is_anchor,
        "replicate_of": turn.replicate_of,
        **_launched(turn.point),
        **_timed(measured),
        **_metered(measured.window),
        **_standing(measured, standing),
    }
    return Row(**values)


def _launched(point: Point) -> dict[str, object]:
    return {
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
        **_extents("grid", point.grid),
        **_extents("block", point.block),
    }


def _extents(name: str, extents: Iterable[int]) -> dict[str, int]:
    return {f"{name}_{axis}": extent for axis, extent in zip("xyz", extents, strict=True)}


def _timed(measured: Measured) -> dict[str, object]:
    return {
        "launch_mode": measured.launch_mode,
        "launches": measured.launches,
        "time_s": measured.time_s,
        "time_split_rel": measured.split_rel,
        "temperature_before_c": measured.before.temperature_c,
        "temperature_after_c": measured.after.temperature_c,
        "started_utc": measured.started_utc,
        **asdict(measured.attributes),
    }


def _metered(window: Window) -> dict[str, object]:
    clocks = [state.sm_clock_mhz for state in window.states] or [math.nan]
    return {
        "window_s": window.seconds,
        "ticks": len(window.ticks),
        "gap_fraction": 0.0 if window.was_full else 1.0,
        "power_w": window.power_w,
        "power_sd_w": window.power_sd_w,
        "power_instant_w": statistics.fmean(window.instant_w) if window.instant_w else math.nan,
        "memory_power_w": statistics.fmean(window.memory_w) if window.memory_w else None,
        "sm_clock_mhz_min": min(clocks),
        "sm_clock_mhz_mean": statistics.fmean(clocks),
        "sm_clock_mhz_max": max(clocks),
        "memory_clock_mhz": window.states[-1].memory_clock_mhz if window.states else math.nan,
        "throttle_reasons": throttle_reasons(window),
    }


def _standing(measured: Measured, standing: Standing) -> dict[str, object]:
    power_w, time_s = measured.window.power_w, measured.time_s
    return {
        "campaign_id": standing.campaign_id,
        "gpu": standing.gpu,
        "energy_j": power_w * time_s,
        "energy_dynamic_j": (power_w - standing.idle.cold_w) * time_s,
        "idle_cold_w": standing.idle.cold_w,
        "idle_active_w": standing.idle.active_w,
        "anchor_scale": standing.anchor_scale,
        "settle_s": standing.timing.settle_s,
        "tick_period_s": standing.timing.tick_period_s,
        "flags": ";".join(standing.flags),
        "ok": is_ok(standing.flags),
    }
