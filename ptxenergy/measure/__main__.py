"""The measuring kit without the command line's packages: `python -m ptxenergy.measure …`.

Runs from a bare copy of the tree with CuPy, NumPy and nvidia-ml-py only. `all` probes and then
measures: one command for a lent machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ptxenergy.measure.counters import as_line, collect
from ptxenergy.measure.doctor import examine
from ptxenergy.measure.point import read_plan
from ptxenergy.measure.row import Row
from ptxenergy.measure.runner import Bench
from ptxenergy.measure.sensor import DeviceError
from ptxenergy.measure.session import (
    Request,
    real_bench,
    run_campaign,
    run_probe,
    simulated_bench,
)

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, 2 if the machine cannot do it."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except DeviceError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; every finished row is on disk\n")
        return 130


def _bench(options: argparse.Namespace) -> Bench:
    return simulated_bench(options.seed) if options.simulated else real_bench(DATASETS)


def _doctor(options: argparse.Namespace) -> int:
    findings = examine()
    for finding in findings:
        mark = "ok " if finding.is_found else "NO " if finding.is_needed else "-  "
        sys.stdout.write(f"{mark} {finding.name}: {finding.detail}\n")
    return 0 if all(f.is_found for f in findings if f.is_needed) else 2


def _probe(options: argparse.Namespace) -> None:
    result = run_probe(_bench(options), options.plan, options.out)
    sys.stdout.write(f"{result}\n")


def _run(options: argparse.Namespace) -> None:
    bench = _bench(options)
    if options.probe_first:
        run_probe(bench, options.plan, options.out)
    started = time.monotonic()
    left_s = options.seconds - (started - options.started)
    request = Request(options.plan, options.out, left_s, options.seed, (DATASETS / "h200",))
    progress = run_campaign(bench, request, _report)
    sys.stdout.write(
        f"{progress.rows} rows, {progress.good} good, {progress.failed} points that did not run\n"
    )


def _report(row: Row) -> None:
    mark = "" if row.ok else f"  {row.flags}"
    sys.stderr.write(
        f"{row.kernel} {row.block_x}x{row.block_y}x{row.block_z}: {row.power_w:.0f} W, "
        f"{row.time_s * 1e6:.2f} us, {row.energy_j * 1e6:.2f} uJ{mark}\n"
    )


def _counters(options: argparse.Namespace) -> None:
    points = [point for point in read_plan(options.plan) if point.study == "breadth"]
    firsts = {point.kernel: point for point in reversed(points)}
    options.out.mkdir(parents=True, exist_ok=True)
    end = options.started + options.seconds
    with (options.out / "counters.jsonl").open("a", encoding="utf-8") as file:
        for counters in collect(firsts.values(), options.plan):
            file.write(as_line(counters) + "\n")
            file.flush()
            if time.monotonic() > end:
                break


def _launch(options: argparse.Namespace) -> None:
    """Launch one point a few times, for a profiler to watch."""
    point = next(p for p in read_plan(options.plan) if p.point_id == options.point)
    job = real_bench(DATASETS).device.prepare(point)
    job.start(2)
    job.finish()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ptxenergy.measure", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run, text in (
        ("doctor", _doctor, "what this machine can measure with"),
        ("probe", _probe, "find tick period, settle time and window"),
        ("run", _run, "measure what the plan still lacks"),
        ("all", _run, "probe, then measure"),
        ("counters", _counters, "Nsight Compute's counters, one launch a kernel"),
        ("launch", _launch, "launch one point, for a profiler"),
    ):
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run, probe_first=name == "all", started=time.monotonic())
        command.add_argument("--plan", type=Path, default=DATASETS / "plan.jsonl")
        command.add_argument("--out", type=Path, default=Path("out"), help="where results go")
        command.add_argument("--seconds", type=float, default=540.0, help="stop by then")
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--point", default="", help="a point_id of the plan")
        command.add_argument("--simulated", action="store_true", help="without a GPU")
    return parser


if __name__ == "__main__":
    sys.exit(main())
