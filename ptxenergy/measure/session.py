"""What a command asks of the kit, done with real or simulated instruments: probe, run, counters."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ptxenergy._version import __version__
from ptxenergy.measure.catalog import catalog
from ptxenergy.measure.order import in_order
from ptxenergy.measure.point import Point, read_plan
from ptxenergy.measure.probe import ProbeResult, probe
from ptxenergy.measure.row import Row, RowWriter, complete_lines
from ptxenergy.measure.runner import (
    Bench,
    Campaign,
    Idle,
    Progress,
    idle_power_w,
    launches_for,
    preheat,
)
from ptxenergy.measure.window import Timing, observe

SCHEMA = "ptxenergy.campaign/1"


@dataclass(frozen=True, slots=True)
class Request:
    """A campaign to run. `out` receives `rows/`, `campaigns/`; `done` holds earlier data sets."""

    plan: Path
    out: Path
    seconds: float
    seed: int = 1
    done: tuple[Path, ...] = ()
    preheat_s: float = 20.0
    timing: Timing | None = None


def real_bench(datasets: Path) -> Bench:
    """NVML and CuPy on GPU 0. Raises DeviceError where either is missing."""
    from ptxenergy.measure.cupy_device import CupyDevice
    from ptxenergy.measure.nvml import NvmlSensor, SystemClock

    entries = {entry.kernel.name: entry for entry in catalog(datasets)}
    return Bench(SystemClock(), NvmlSensor(), CupyDevice(entries))


def simulated_bench(seed: int = 1) -> Bench:
    """The simulation of both, with its own time."""
    from ptxenergy.measure.simulated import SimulatedClock, SimulatedGpu

    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, seed=seed)
    return Bench(clock, gpu, gpu)


def run_probe(bench: Bench, plan: Path, out: Path, repeats: int = 5) -> ProbeResult:
    """Probe with nine points of the plan and write the result to `out/probe.json`."""
    points = list(read_plan(plan))
    anchors = [point for point in points if point.study == "anchor"]
    chosen = (anchors + [point for point in points if point.study == "breadth"])[:9]
    result = probe(bench, chosen, repeats)
    out.mkdir(parents=True, exist_ok=True)
    _write_json(out / "probe.json", {"gpu": asdict(bench.sensor.identity()), **result.as_dict()})
    return result


def run_campaign(
    bench: Bench, request: Request, on_row: Callable[[Row], None] = lambda row: None
) -> Progress:
    """Measure what the plan still lacks until the time is up; rows are flushed one by one."""
    started_s = bench.clock.now_s()
    points = list(read_plan(request.plan))
    anchors = [point for point in points if point.study == "anchor"]
    measured = [point for point in points if point.study != "anchor"]
    campaign_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{request.seed}"
    turns = in_order(measured, anchors, _done(request), request.seed)
    bench = _with_timing(bench, request)
    cold_w = idle_power_w(bench, 2.0)
    warm = anchors[0] if anchors else points[0]
    preheat(bench, warm, min(request.preheat_s, request.seconds / 10))
    idle = Idle(cold_w, _active_idle_w(bench, points))
    progress = Progress(len(turns), on_row=on_row)
    meta = _metadata(bench, request, campaign_id, idle)
    _write_json(request.out / "campaigns" / f"{campaign_id}.json", meta)
    with RowWriter(request.out / "rows" / f"{campaign_id}.csv") as writer:
        campaign = Campaign(bench, writer, campaign_id, idle)
        campaign.run(turns, started_s + request.seconds, progress)
    after = {**meta, "idle_after_w": idle_power_w(bench, 1.0), "rows": progress.rows}
    _write_json(request.out / "campaigns" / f"{campaign_id}.json", {**after, "good": progress.good})
    return progress


def _with_timing(bench: Bench, request: Request) -> Bench:
    """The timing asked for, else the probe's in `out/probe.json`, else the defaults."""
    timing = request.timing
    probed = request.out / "probe.json"
    if timing is None and probed.exists():
        timing = Timing(**json.loads(probed.read_text(encoding="utf-8"))["timing"])
    return Bench(bench.clock, bench.sensor, bench.device, timing or Timing())


def _active_idle_w(bench: Bench, points: list[Point]) -> float:
    """Power while the smallest launch of the plan runs again and again."""
    smallest = min(points, key=lambda point: point.grid.volume * point.block.volume)
    job = bench.device.prepare(smallest)
    job.start(launches_for(job, bench.timing.queue_s))
    window = observe(job, bench.sensor, bench.clock, bench.timing)
    job.finish()
    return window.power_w


def _done(request: Request) -> Iterator[str]:
    """Ids of good points in this data set and in the ones named."""
    for folder in (request.out, *request.done):
        for path in sorted((folder / "rows").glob("*.csv")):
            yield from (row["point_id"] for row in complete_lines(path) if row["ok"] == "true")


def _metadata(bench: Bench, request: Request, campaign_id: str, idle: Idle) -> dict[str, Any]:
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
        "idle": asdict(idle),
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


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
