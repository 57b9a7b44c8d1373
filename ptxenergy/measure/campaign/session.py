"""What a command asks of the kit, done with real or simulated instruments: probe and campaign."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ptxenergy._version import __version__
from ptxenergy.measure.campaign.probe import REPEATS, ProbeResult, probe, repeats_within
from ptxenergy.measure.campaign.runner import (
    Bench,
    Campaign,
    Idle,
    Progress,
    idle_power_w,
    launches_for,
    preheat,
)
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.device.window import Timing, observe
from ptxenergy.measure.kernels.catalog import catalog
from ptxenergy.measure.planning.order import in_order
from ptxenergy.measure.planning.point import Point, read_plan
from ptxenergy.measure.rows.row import RowWriter, complete_lines

SCHEMA = "ptxenergy.campaign/1"
SIMULATED = "simulated"
_PROBED_POINTS = 9
_PROBE_SHARE = 0.4
_ENDING_S = 1.5


@dataclass(frozen=True, slots=True)
class Request:
    """A campaign to run. `out` receives `rows/`, `campaigns/`; `done` holds earlier data sets.

    Where `probes_first` is set, the probe takes at most four tenths of `seconds`, unless three
    repeats take longer. `preheat_s` is cut to a tenth of what is left.
    """

    plan: Path
    out: Path
    seconds: float
    seed: int = 1
    done: tuple[Path, ...] = ()
    preheat_s: float = 20.0
    timing: Timing | None = None
    probes_first: bool = False


def bench_for(datasets: Path, *, is_simulated: bool, seed: int = 1) -> Bench:
    """The real instruments or the simulated ones. Raises DeviceError where the real are missing."""
    return simulated_bench(seed) if is_simulated else real_bench(datasets)


def measured_folders(datasets: Path) -> tuple[Path, ...]:
    """The data sets that hold rows already."""
    return tuple(sorted(rows.parent for rows in datasets.glob("*/rows")))


def real_bench(datasets: Path) -> Bench:
    """NVML and CuPy on GPU 0. Raises DeviceError where either is missing."""
    from ptxenergy.measure.device.cupy_device import CupyDevice
    from ptxenergy.measure.device.nvml import NvmlSensor, SystemClock

    entries = {entry.kernel.name: entry for entry in catalog(datasets)}
    return Bench(SystemClock(), NvmlSensor(), CupyDevice(entries))


def simulated_bench(seed: int = 1) -> Bench:
    """The simulation of both, with its own time."""
    from ptxenergy.measure.device.simulated import SimulatedClock, SimulatedGpu

    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, seed=seed)
    return Bench(clock, gpu, gpu)


def run_probe(bench: Bench, plan: Path, out: Path, repeats: int = REPEATS) -> ProbeResult:
    """Probe with nine points of the plan and write the result to `out/probe.json`."""
    _keep_apart(bench, out)
    points = list(read_plan(plan))
    anchors = [point for point in points if point.study == "anchor"]
    chosen = (anchors + [point for point in points if point.study == "breadth"])[:_PROBED_POINTS]
    result = probe(bench, chosen, repeats)
    out.mkdir(parents=True, exist_ok=True)
    _write_json(out / "probe.json", {"gpu": asdict(bench.sensor.identity()), **result.as_dict()})
    return result


def run_campaign(bench: Bench, request: Request, progress: Progress | None = None) -> Progress:
    """Measure what the plan still lacks until the time is up; rows are flushed one by one.

    `progress` is filled in and returned. An interrupt leaves a data set that is whole: rows,
    and in `campaigns/` what is known of them. Raises DeviceError, BadPlanError.
    """
    _keep_apart(bench, request.out)
    until_s = bench.clock.now_s() + request.seconds
    if request.probes_first:
        share_s = _PROBE_SHARE * request.seconds
        repeats = repeats_within(share_s, _PROBED_POINTS, bench.timing)
        run_probe(bench, request.plan, request.out, repeats)
    progress = progress or Progress()
    points = list(read_plan(request.plan))
    anchors = [point for point in points if point.study == "anchor"]
    measured = [point for point in points if point.study != "anchor"]
    done = _done(request, bench.sensor.identity().gpu)
    turns = in_order(measured, anchors, done, request.seed)
    progress.total = len(turns)
    bench = _with_timing(bench, request)
    idle = _warmed(bench, request, points, until_s)
    campaign_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{request.seed}"
    path = request.out / "campaigns" / f"{campaign_id}.json"
    meta = _metadata(bench, request, campaign_id, idle)
    meta["anchors"] = {anchor.point_id: anchor.kernel for anchor in anchors}
    _write_json(path, meta)
    rows = request.out / "rows" / f"{campaign_id}.csv"
    try:
        with RowWriter(rows) as writer:
            Campaign(bench, writer, campaign_id, idle).run(turns, until_s - _ENDING_S, progress)
        meta["idle_after_w"] = idle_power_w(bench, 1.0)
    finally:
        _write_json(path, {**meta, **_outcome(progress, rows)})
    return progress


def _keep_apart(bench: Bench, out: Path) -> None:
    """Simulated rows go into folders named `simulated`, and no others do."""
    is_simulated = bench.sensor.identity().gpu == SIMULATED
    if is_simulated != (out.resolve().name == SIMULATED):
        raise DeviceError(
            f"{out} must be a folder named `simulated`: these rows are"
            if is_simulated
            else f"{out} is for simulated rows: choose a folder of another name"
        )


def _warmed(bench: Bench, request: Request, points: list[Point], until_s: float) -> Idle:
    """Measure idle power, heat up between, and give both."""
    cold_w = idle_power_w(bench, 2.0)
    warm = next((point for point in points if point.study == "anchor"), points[0])
    left_s = until_s - bench.clock.now_s()
    preheat(bench, warm, max(0.0, min(request.preheat_s, left_s / 10)))
    return Idle(cold_w, _active_idle_w(bench, points))


def _outcome(progress: Progress, rows: Path) -> dict[str, Any]:
    """What a campaign's metadata says of its end; the hash lets `dataset check` see edits.

    Rows are counted on disk: an interrupt may come between a row and its being counted.
    """
    written = complete_lines(rows)
    return {
        "rows": len(written),
        "good": sum(row["ok"] == "true" for row in written),
        "failures": progress.failures,
        "rows_sha256": hashlib.sha256(rows.read_bytes()).hexdigest() if rows.exists() else "",
    }


def _with_timing(bench: Bench, request: Request) -> Bench:
    """The timing asked for, else the probe's of this GPU in `out/probe.json`, else the defaults."""
    timing, known = request.timing, _probed(bench, request)
    if timing is None and known is not None:
        timing = Timing(**known["timing"])
    return Bench(bench.clock, bench.sensor, bench.device, timing or Timing())


def _probed(bench: Bench, request: Request) -> dict[str, Any] | None:
    """What the probe of this GPU wrote, if one did."""
    path = request.out / "probe.json"
    if not path.exists():
        return None
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return known if known["gpu"] == asdict(bench.sensor.identity()) else None


def _active_idle_w(bench: Bench, points: list[Point]) -> float:
    """Power while the smallest launch of the plan runs again and again."""
    smallest = min(points, key=lambda point: point.grid.volume * point.block.volume)
    job = bench.device.prepare(smallest)
    job.start(launches_for(job, bench.timing.queue_s))
    window = observe(job, bench.sensor, bench.clock, bench.timing)
    job.finish()
    return window.power_w


def _done(request: Request, gpu: str) -> Iterator[str]:
    """Ids of good points on this kind of GPU, in this data set and in the ones named."""
    for folder in (request.out, *request.done):
        for path in sorted((folder / "rows").glob("*.csv")):
            for row in complete_lines(path):
                if row["ok"] == "true" and row["gpu"] == gpu:
                    yield row["point_id"]


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
        "probe": _probed(bench, request),
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
