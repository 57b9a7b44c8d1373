"""`ptxenergy measure probe`, `run` and `counters`: what is done on a GPU."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptxenergy.cli.kit import DatasetsOption, refusing
from ptxenergy.cli.screen import progress, write

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from ptxenergy.measure.campaign.runner import Progress
    from ptxenergy.measure.rows.row import Row

PROBE_EXAMPLES = ("ptxenergy measure probe --out datasets/h200",)
RUN_EXAMPLES = (
    "ptxenergy measure run --out datasets/h200 --seconds 540",
    "ptxenergy measure run --out out/simulated --seconds 120 --simulated",
)
COUNTERS_EXAMPLES = ("ptxenergy measure counters --out datasets/h200 --seconds 1800",)

_Out = Annotated[
    Path, typer.Option("--out", help="The data set to write to; measured points are left out.")
]
_Plan = Annotated[
    Path | None, typer.Option("--plan", help="The plan [default: the datasets' plan.jsonl].")
]
_Seconds = Annotated[float, typer.Option("--seconds", min=1.0, help="Stop by then.")]
_Seed = Annotated[int, typer.Option("--seed", help="Shuffles the order; seeds the simulation.")]
_Simulated = Annotated[
    bool, typer.Option("--simulated", help="Measure a made-up GPU; OUT must end in `simulated`.")
]


def probe(
    out: _Out,
    plan: _Plan = None,
    datasets: DatasetsOption = Path("datasets"),
    seed: _Seed = 1,
    simulated: _Simulated = False,
) -> None:
    """Find tick period, settle time and window of this GPU's meters: about four minutes."""
    from ptxenergy.measure.campaign.session import bench_for, run_probe

    with refusing():
        bench = bench_for(datasets, is_simulated=simulated, seed=seed)
        result = run_probe(bench, plan or datasets / "plan.jsonl", out)
    write("".join(f"{line}\n" for line in result.lines()))


def run(
    out: _Out,
    plan: _Plan = None,
    seconds: _Seconds = 540.0,
    datasets: DatasetsOption = Path("datasets"),
    seed: _Seed = 1,
    simulated: _Simulated = False,
    probe_first: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Probe first, within the same seconds, where this kind of GPU was not yet probed.",
        ),
    ] = False,
) -> None:
    """Measure what the plan still lacks. Ctrl-C stops it; every finished row is on disk."""
    from ptxenergy.measure.campaign.guarded_campaign import run_guarded
    from ptxenergy.measure.campaign.request import Request
    from ptxenergy.measure.campaign.session import (
        measured_folders,
        real_bench,
        run_campaign,
        simulated_bench,
    )

    with refusing(), _shown(seconds) as progress:
        done = measured_folders(datasets)
        request = Request(plan or datasets / "plan.jsonl", out, seconds, seed, done)
        request = replace(request, probes_first=probe_first)
        if simulated:
            run_campaign(simulated_bench(seed), request, progress)
        else:
            run_guarded(partial(real_bench, datasets), request, progress)
    write(f"{progress} in {out}\n")


def counters(
    out: _Out,
    plan: _Plan = None,
    seconds: _Seconds = 1800.0,
    datasets: DatasetsOption = Path("datasets"),
) -> None:
    """Record Nsight Compute's counters of two launches of each kernel, where `ncu` works."""
    from ptxenergy.measure.campaign.session import measured_folders
    from ptxenergy.measure.device.counters import not_counted, record

    with refusing():
        path = plan or datasets / "plan.jsonl"
        points = not_counted(path, (out, *measured_folders(datasets)))
        recorded = record(points, path, out, seconds)
        count = len(list(progress(recorded, "profiling", len(points))))
    write(f"{count} launches profiled in {out / 'counters.jsonl'}\n")


@contextmanager
def _shown(seconds: float) -> Iterator[Progress]:
    """A campaign's progress, shown as a bar on standard error where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    from ptxenergy.measure.campaign.runner import Progress

    columns = (BarColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True)
    progress = Progress()
    if not console.is_terminal:
        yield progress
        return
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=seconds)
        progress.on_row = _Shower(bar, task, progress, time.monotonic() + seconds)
        yield progress


class _Shower:
    """Brings the bar up to date after a row."""

    def __init__(self, bar: Bar, task: TaskID, progress: Progress, until_s: float) -> None:
        self._bar = bar
        self._task = task
        self._progress = progress
        self._until_s = until_s

    def __call__(self, row: Row) -> None:
        left_s = max(0.0, self._until_s - time.monotonic())
        known = self._progress
        self._bar.update(
            self._task,
            total=max(1, known.total),
            completed=known.rows + known.failed,
            description=f"{known.rows} of {known.total} rows, {known.good} good, "
            f"{known.failed} failed, {int(left_s) // 60}:{int(left_s) % 60:02d} left",
        )
