"""The measuring kit without the command line's packages: `python -m ptxenergy.measure …`.

Runs from a bare copy of the tree with CuPy, NumPy and nvidia-ml-py only. `all` verifies the
kernels, probes and measures: one command for a lent machine.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from ptxenergy.errors import PtxEnergyError
from ptxenergy.measure.campaign.bench import Bench
from ptxenergy.measure.campaign.guarded_campaign import run_guarded
from ptxenergy.measure.campaign.guarded_verify import verify_guarded
from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.campaign.runner import Failure, Progress
from ptxenergy.measure.campaign.session import (
    bench_for,
    cupy_device,
    measured_folders,
    planned,
    real_bench,
    run_campaign,
    run_probe,
)
from ptxenergy.measure.campaign.verdicts import known_right, noted
from ptxenergy.measure.device.counters import PROFILED, not_counted, record
from ptxenergy.measure.device.doctor import examine
from ptxenergy.measure.device.nvml import NvmlSensor
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.planning.point import BadPlanError, read_plan
from ptxenergy.measure.rows.row import Row

_VERIFY_SHARE = 0.35
DATASETS = Path(__file__).resolve().parents[2] / "datasets"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, 2 if it was refused, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except PtxEnergyError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; every finished row is on disk\n")
        return 130


def _bench(options: argparse.Namespace) -> Bench:
    return bench_for(DATASETS, is_simulated=options.simulated, seed=options.seed)


def _doctor(options: argparse.Namespace) -> int:
    findings = examine()
    sys.stdout.write("".join(f"{finding}\n" for finding in findings))
    return 0 if all(f.is_found for f in findings if f.is_needed) else 2


def _probe(options: argparse.Namespace) -> None:
    result = run_probe(_bench(options), options.plan, options.out)
    sys.stdout.write("".join(f"{line}\n" for line in result.lines()))


def _run(options: argparse.Namespace) -> None:
    # What it took to start counts, too: a lent machine stops by its own clock.
    left_s = options.seconds - (time.monotonic() - options.started)
    done = measured_folders(DATASETS)
    request = Request(options.plan, options.out, left_s, options.seed, done)
    request = replace(request, probes_first=options.probe_first)
    progress = Progress(on_row=_report, on_failure=_report_failure)
    if options.simulated:
        run_campaign(_bench(options), request, progress)
    else:
        run_guarded(partial(real_bench, DATASETS), request, progress)
    sys.stdout.write(f"{progress}\n")


def _report(row: Row) -> None:
    mark = "" if row.ok else f"  {row.flags}"
    sys.stderr.write(
        f"{row.kernel} {row.block_x}x{row.block_y}x{row.block_z}: {row.power_w:.0f} W, "
        f"{row.time_s * 1e6:.2f} us, {row.energy_j * 1e6:.2f} uJ{mark}\n"
    )


def _report_failure(failure: Failure) -> None:
    sys.stderr.write(f"{failure.why}\n")


def _counters(options: argparse.Namespace) -> None:
    folders = (options.out, *measured_folders(DATASETS))
    points = not_counted(options.plan, folders)
    count = sum(1 for _ in record(points, options.plan, options.out, options.seconds))
    sys.stdout.write(f"{count} launches profiled\n")


def _profile(options: argparse.Namespace) -> None:
    """Launch points, each once as a profiler is to see it, and say so."""
    known = {point.point_id: point for point in read_plan(options.plan)}
    device = cupy_device(DATASETS)
    for point_id in options.points.split(","):
        if point_id not in known:
            raise BadPlanError(f"{options.plan} has no point {point_id!r}")
        try:
            device.prepare(known[point_id]).profile()
        except DeviceError as error:
            if device.is_lost():
                raise
            sys.stderr.write(f"{error}\n")
        else:
            sys.stdout.write(f"{PROFILED} {point_id}\n")
            sys.stdout.flush()


def _verify(options: argparse.Namespace, until_s: float = math.inf) -> int:
    """Check the plan's kernels but for launches known to be right, and keep what was found.

    Stops when `time.monotonic()` says so; what is left is for the next time.
    """
    entries = planned(DATASETS, options.plan)
    identity = NvmlSensor().identity()
    folders = (options.out, *measured_folders(DATASETS))
    right = known_right(folders, entries, identity)
    checks = verify_guarded(partial(planned, DATASETS, options.plan), known=right)
    count = faults = 0
    for check in noted(checks, options.out, entries, identity):
        count += 1
        if check.fault:
            faults += 1
            sys.stdout.write(f"{check.kernel} {check.block}: {check.fault}\n")
            sys.stdout.flush()
        if time.monotonic() > until_s:
            sys.stdout.write("not all kernels were verified in the time there is\n")
            break
    sys.stdout.write(
        f"{count - faults} of {count} launches are right; {len(right)} were known to be\n"
    )
    return 2 if faults else 0


def _all(options: argparse.Namespace) -> None:
    """Check, probe, measure. Kernels that are wrong or not yet checked are left out, and said."""
    if not options.simulated:
        _verify(options, options.started + _VERIFY_SHARE * options.seconds)
    _run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ptxenergy.measure", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run, text in (
        ("doctor", _doctor, "what this machine can measure with"),
        ("verify", _verify, "launch each kernel once and compare with NumPy"),
        ("probe", _probe, "find tick period, settle time and window"),
        ("run", _run, "measure what the plan still lacks"),
        ("all", _all, "verify, probe, then measure"),
        ("counters", _counters, "Nsight Compute's counters, two launches a kernel"),
        ("profile", _profile, "launch points, for a profiler"),
    ):
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run, probe_first=name == "all", started=time.monotonic())
        command.add_argument("--plan", type=Path, default=DATASETS / "plan.jsonl")
        command.add_argument("--out", type=Path, default=Path("out"), help="where results go")
        command.add_argument("--seconds", type=float, default=540.0, help="stop by then")
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--points", default="", help="point_ids of the plan, comma-separated")
        command.add_argument("--simulated", action="store_true", help="without a GPU")
    return parser


if __name__ == "__main__":
    sys.exit(main())
