"""What a command asks of the kit, done with real or simulated instruments: probe and campaign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ptxenergy.measure.campaign.bench import Bench, idle_power_w
from ptxenergy.measure.campaign.earlier import earlier_rows
from ptxenergy.measure.campaign.probe import REPEATS, ProbeResult, probe, repeats_within
from ptxenergy.measure.campaign.ready import made_ready, probed
from ptxenergy.measure.campaign.record import Record, lost_points, write_json
from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.campaign.runner import Campaign, Failure, Progress
from ptxenergy.measure.campaign.verdicts import found_right
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.kernels.catalog import Entry, catalog
from ptxenergy.measure.planning.deciding import deciding
from ptxenergy.measure.planning.order import Turn, in_order
from ptxenergy.measure.planning.point import Point, read_plan
from ptxenergy.measure.rows.row import RowWriter

if TYPE_CHECKING:
    from ptxenergy.measure.device.cupy_device import CupyDevice

SIMULATED = "simulated"
_PROBED_POINTS = 9
_PROBE_SHARE = 0.4
_ENDING_S = 1.5


def bench_for(datasets: Path, *, is_simulated: bool, seed: int = 1) -> Bench:
    """The real instruments or the simulated ones. Raises DeviceError where the real are missing."""
    return simulated_bench(seed) if is_simulated else real_bench(datasets)


def measured_folders(datasets: Path) -> tuple[Path, ...]:
    """The data sets that hold rows already."""
    return tuple(sorted(rows.parent for rows in datasets.glob("*/rows")))


def planned(datasets: Path, plan: Path) -> tuple[Entry, ...]:
    """The kernels that a plan has launches of."""
    names = {point.kernel for point in read_plan(plan)}
    return tuple(entry for entry in catalog(datasets) if entry.kernel.name in names)


def real_bench(datasets: Path) -> Bench:
    """NVML and CuPy on GPU 0. Raises DeviceError where either is missing."""
    from ptxenergy.measure.device.nvml import NvmlSensor, SystemClock

    return Bench(SystemClock(), NvmlSensor(), cupy_device(datasets))


def cupy_device(datasets: Path) -> CupyDevice:
    """GPU 0 with the kernels of the data sets. Raises DeviceError where CuPy is missing."""
    from ptxenergy.measure.device.cupy_device import CupyDevice

    return CupyDevice({entry.kernel.name: entry for entry in catalog(datasets)})


def simulated_bench(seed: int = 1) -> Bench:
    """The simulation of both, with its own time."""
    from ptxenergy.measure.device.simulated import SimulatedClock, SimulatedGpu

    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, seed=seed)
    return Bench(clock, gpu, gpu)


def run_probe(
    bench: Bench, plan: Path, out: Path, repeats: int = REPEATS, done: tuple[Path, ...] = ()
) -> ProbeResult:
    """Probe with nine points of the plan and write the result to `out/probe.json`.

    Kernels that `out` or the data sets `done` do not know to be right are left out, where any were
    verified.
    """
    _keep_apart(bench, out)
    points = _worth_measuring(bench, plan, (out, *done))
    anchors = [point for point in points if point.study == "anchor"]
    chosen = (anchors + [point for point in points if point.study == "breadth"])[:_PROBED_POINTS]
    result = probe(bench, chosen, repeats)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "probe.json", {"gpu": asdict(bench.sensor.identity()), **result.as_dict()})
    return result


def run_campaign(bench: Bench, request: Request, progress: Progress | None = None) -> Progress:
    """Measure what the plan still lacks until the time is up; rows are flushed one by one.

    `progress` is filled in and returned. An interrupt leaves a data set that is whole: rows,
    and in `campaigns/` what is known of them. Raises DeviceError, BadPlanError.
    """
    _keep_apart(bench, request.out)
    until_s = bench.clock.now_s() + request.seconds
    if request.probes_first and probed(bench, request) is None:
        share_s = _PROBE_SHARE * request.seconds
        repeats = repeats_within(share_s, _PROBED_POINTS, bench.timing)
        run_probe(bench, request.plan, request.out, repeats, request.done)
    progress = progress or Progress()
    points = _worth_measuring(bench, request.plan, request.folders)
    turns = _turns(bench, request, points)
    progress.total = len(turns)
    record = Record(request.out, request.campaign_id or new_id(request.seed))
    bench, idle = made_ready(bench, request, points, record, until_s)
    noted = progress.on_failure

    def note_failure(failure: Failure) -> None:
        record.note_failure(failure)
        noted(failure)

    progress.on_failure = note_failure
    try:
        with RowWriter(record.rows) as writer:
            campaign = Campaign(bench, writer, record.campaign_id, idle)
            campaign.run(turns, until_s - _ENDING_S, progress)
        record.note({"idle_after_w": idle_power_w(bench, 1.0)})
    finally:
        record.end()
    return progress


def new_id(seed: int) -> str:
    """The name of a campaign that begins now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{seed}"


def _turns(bench: Bench, request: Request, points: list[Point]) -> list[Turn]:
    """What is still to be measured on this kind of GPU, in order."""
    earlier = earlier_rows(request.folders, bench.sensor.identity().gpu)
    lost = frozenset(lost_points(request.folders))
    return in_order(
        [point for point in points if point.study != "anchor"],
        [point for point in points if point.study == "anchor"],
        {point_id: len(rows) for point_id, rows in earlier.items()},
        request.seed,
        lost=lost,
        first=deciding(points, earlier, lost),
    )


def _worth_measuring(bench: Bench, plan: Path, folders: Iterable[Path]) -> list[Point]:
    """The points of a plan; where kernels were verified on this kind of GPU, of those found right.

    Raises DeviceError where there are none.
    """
    right = found_right(folders, bench.sensor.identity().gpu)
    points = [p for p in read_plan(plan) if right is None or p.ptx_sha256 in right]
    if not points:
        raise DeviceError(f"no kernel of {plan} was found right by `measure verify`")
    return points


def _keep_apart(bench: Bench, out: Path) -> None:
    """Simulated rows go into folders named `simulated`, and no others do."""
    is_simulated = bench.sensor.identity().gpu == SIMULATED
    if is_simulated != (out.resolve().name == SIMULATED):
        raise DeviceError(
            f"{out} must be a folder named `simulated`: these rows are"
            if is_simulated
            else f"{out} is for simulated rows: choose a folder of another name"
        )
