"""Making ready: timing by the probe, idle power, heating up, and what is known of all that."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from ptxenergy._version import __version__
from ptxenergy.measure.campaign.bench import Bench, Idle, idle_power_w, launches_for
from ptxenergy.measure.campaign.probe import find_ticks
from ptxenergy.measure.campaign.record import Record
from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.device.window import Timing, observe
from ptxenergy.measure.planning.point import Point

SCHEMA = "ptxenergy.campaign/1"
_WATCH_S, _LEAST_HEAT_S, _REHEAT_S = 3.0, 1.0, 3.0


def made_ready(
    bench: Bench, request: Request, points: list[Point], record: Record, until_s: float
) -> tuple[Bench, Idle]:
    """The bench with the tick period seen while heating up, and idle power; both on record.

    A campaign that is gone on with is as warm as it was, and its idle power is known.
    """
    known = record.read()
    bench = _with_timing(bench, request)
    cold_w = known["idle"]["cold_w"] if known else idle_power_w(bench, 2.0)
    warm = next((point for point in points if point.study == "anchor"), points[0])
    left_s = until_s - bench.clock.now_s()
    heating_s = min(request.preheat_s, left_s / 10, _REHEAT_S if known else math.inf)
    bench = _heated(bench, warm, max(_LEAST_HEAT_S, heating_s))
    if known:
        return bench, Idle(**known["idle"])
    idle = Idle(cold_w, _active_idle_w(bench, points))
    record.note(_metadata(bench, request, points, record.campaign_id, idle))
    return bench, idle


def _heated(bench: Bench, point: Point, seconds: float) -> Bench:
    """Run one kernel for a while, so that the first rows are as warm as the last, and watch the
    counter tick meanwhile. Raises DeviceError where it does not."""
    job = bench.device.prepare(point)
    job.start(launches_for(job, seconds))
    ticks = find_ticks(bench.sensor, bench.clock, min(_WATCH_S, 0.9 * seconds))
    job.finish()
    if math.isnan(ticks.period_s):
        raise DeviceError("the energy counter does not tick while a kernel runs")
    return replace(bench, timing=replace(bench.timing, tick_period_s=ticks.period_s))


def _with_timing(bench: Bench, request: Request) -> Bench:
    """The timing asked for, else that of a probe of this kind of GPU, else the defaults."""
    timing, known = request.timing, probed(bench, request)
    if timing is None and known is not None:
        timing = Timing(**known["timing"])
    return replace(bench, timing=timing or Timing())


def probed(bench: Bench, request: Request) -> dict[str, Any] | None:
    """What a probe of this kind of GPU with this driver found, if one did.

    Cards of a kind have the same meters; how often the counter ticks, each campaign sees itself.
    """
    wanted = bench.sensor.identity()
    for folder in request.folders:
        path = folder / "probe.json"
        if not path.exists():
            continue
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if (known["gpu"]["gpu"], known["gpu"]["driver"]) == (wanted.gpu, wanted.driver):
            return known
    return None


def _active_idle_w(bench: Bench, points: list[Point]) -> float:
    """Power while the smallest launch of the plan runs again and again."""
    smallest = min(points, key=lambda point: point.grid.volume * point.block.volume)
    job = bench.device.prepare(smallest)
    job.start(launches_for(job, bench.timing.queue_s))
    window = observe(job, bench.sensor, bench.clock, bench.timing)
    job.finish()
    return window.power_w


def _metadata(
    bench: Bench, request: Request, points: list[Point], campaign_id: str, idle: Idle
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "campaign_id": campaign_id,
        "tool_version": __version__,
        "started_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "gpu": asdict(bench.sensor.identity()),
        "python": platform.python_version(),
        "packages": _package_versions(),
        "seed": request.seed,
        "seconds": request.seconds,
        "plan_sha256": hashlib.sha256(request.plan.read_bytes()).hexdigest(),
        "timing": asdict(bench.timing),
        "probe": probed(bench, request),
        "idle": asdict(idle),
        "anchors": {p.point_id: p.kernel for p in points if p.study == "anchor"},
        "failures": [],
    }


def _package_versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("cupy-cuda13x", "cupy-cuda12x", "nvidia-ml-py", "numpy", "nvidia-cuda-nvrtc"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
