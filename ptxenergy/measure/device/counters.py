"""Nsight Compute's counters of a kernel's launches: the truth that static counts are held against.

They are never features. `ncu` is told to leave the clocks alone. It watches a process that
launches a dozen points, and of each only the launch that the process marks.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.planning.point import Point, read_plan

# Column of the counters file → metric of Nsight Compute (sums over the launch).
METRICS: Mapping[str, str] = {
    "warp_instructions": "smsp__inst_executed.sum",
    "thread_instructions": "smsp__thread_inst_executed_pred_on.sum",
    "global_load_requests": "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum",
    "global_load_sectors": "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",
    "global_store_requests": "l1tex__t_requests_pipe_lsu_mem_global_op_st.sum",
    "global_store_sectors": "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum",
    "local_load_sectors": "l1tex__t_sectors_pipe_lsu_mem_local_op_ld.sum",
    "local_store_sectors": "l1tex__t_sectors_pipe_lsu_mem_local_op_st.sum",
    "shared_load_wavefronts": "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum",
    "shared_store_wavefronts": "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum",
    "l2_read_sectors": "lts__t_sectors_op_read.sum",
    "l2_write_sectors": "lts__t_sectors_op_write.sum",
    "dram_read_bytes": "dram__bytes_read.sum",
    "dram_write_bytes": "dram__bytes_write.sum",
    "occupancy_percent": "sm__warps_active.avg.pct_of_peak_sustained_active",
    "registers_per_thread": "launch__registers_per_thread",
    "duration_ns": "gpu__time_duration.sum",
}
PROFILED = "profiled"
"""What the profiled process says, with the point's id, once it has run one."""

_FILE = "counters.jsonl"
_BATCH, _STARTING_S, _EACH_S = 12, 60.0, 15.0
_UNIT_SCALES = {
    "Kbyte": 1e3, "Mbyte": 1e6, "Gbyte": 1e9, "us": 1e3, "usecond": 1e3, "ms": 1e6,
    "msecond": 1e6, "s": 1e9, "second": 1e9,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of one launch; a metric that this GPU or ncu does not know is absent."""

    point: Point
    values: Mapping[str, float]


def collect(points: Iterable[Point], plan: Path, until_s: float) -> Iterator[Counters]:
    """Profile one launch of each point, a dozen to a process, until `time.monotonic()` says so.

    Where a process does not come to its end, its points are profiled one by one; one whose profile
    fails is left out. Raises DeviceError where `ncu` is not on PATH or profiles none of the first
    dozen: most likely it may not read counters here, and would not read any.
    """
    ncu = _ncu()
    took_s = 0.0
    listed = tuple(points)
    for start in range(0, len(listed), _BATCH):
        batch = listed[start : start + _BATCH]
        begin_s = time.monotonic()
        if begin_s + took_s > until_s:
            return
        said: list[str] = []
        found = _profiled(ncu, batch, plan, said)
        if found is None and len(batch) > 1:
            alone = ((ncu, (point,), plan, said) for point in batch if time.monotonic() < until_s)
            found = [one for asked in alone for one in _profiled(*asked) or ()]
        if start == 0 and not found:
            raise DeviceError(f"ncu profiled none of {len(batch)} launches: {said[-1]}")
        yield from found or ()
        took_s = time.monotonic() - begin_s


def _profiled(
    ncu: str, points: Sequence[Point], plan: Path, said: list[str]
) -> list[Counters] | None:
    """The counters of each point that ran; None where it cannot be told what is whose.

    What ncu gives as its reason is added to `said`.
    """
    process = subprocess.Popen(
        command(ncu, points, plan),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": _search_path()},
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=_STARTING_S + _EACH_S * len(points))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        said.append("it did not come to its end in time")
        return None
    known = {point.point_id: point for point in points}
    lines = output.splitlines()
    ran = [known[line.split()[1]] for line in lines if line.startswith(f"{PROFILED} ")]
    rows = parse(output)
    if [point.entry for point in ran] != [name for name, _ in rows] or not ran:
        lines += errors.splitlines()
        reasons = [line for line in lines if line.startswith("==ERROR==")]
        said.append(" ".join(reasons or lines[-1:]) or "it said nothing")
        return None
    return [Counters(point, values) for point, (_, values) in zip(ran, rows, strict=True)]


def _ncu() -> str:
    path = shutil.which("ncu")
    if path is None:
        raise DeviceError("ncu (NVIDIA Nsight Compute) is not on PATH")
    return path


def _search_path() -> str:
    """So that a profiled process finds this package from a bare copy, wherever it is started."""
    known = os.environ.get("PYTHONPATH")
    root = str(Path(__file__).resolve().parents[3])
    return f"{root}{os.pathsep}{known}" if known else root


def not_counted(plan: Path, folders: Iterable[Path]) -> list[Point]:
    """Each kernel's first and last plain launch, but for those whose counters data sets hold.

    All first ones come first.
    """
    plain = [point for point in read_plan(plan) if point.study == "breadth"]
    firsts = {point.kernel: point for point in reversed(plain)}.values()
    lasts = {point.kernel: point for point in plain}.values()
    done = {json.loads(line)["point_id"] for folder in folders for line in _lines(folder)}
    points = {point.point_id: point for point in (*firsts, *lasts)}
    return [point for point_id, point in points.items() if point_id not in done]


def _lines(folder: Path) -> list[str]:
    """The whole lines of a counters file; a kill may have cut off the last."""
    path = folder / _FILE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


def record(points: Sequence[Point], plan: Path, out: Path, seconds: float) -> Iterator[Counters]:
    """Append the counters of points to `out/counters.jsonl`, and give them as they come.

    Stops after `seconds`. Raises DeviceError where there is no `ncu`.
    """
    end_s = time.monotonic() + seconds
    _ncu()
    out.mkdir(parents=True, exist_ok=True)
    whole = "".join(f"{line}\n" for line in _lines(out))
    (out / _FILE).write_text(whole, encoding="utf-8")
    with (out / _FILE).open("a", encoding="utf-8") as file:
        for counters in collect(points, plan, end_s):
            file.write(as_line(counters) + "\n")
            file.flush()
            yield counters


def command(ncu: str, points: Iterable[Point], plan: Path) -> list[str]:
    """The command line that profiles one launch of each point, after others that warm it up."""
    return [
        *(ncu, "--csv", "--page", "raw", "--print-units", "base", "--print-kernel-base", "mangled"),
        *("--clock-control", "none", "--cache-control", "none", "--profile-from-start", "off"),
        *("--metrics", ",".join(METRICS.values())),
        *(sys.executable, "-m", "ptxenergy.measure", "profile", "--plan", str(plan)),
        *("--points", ",".join(point.point_id for point in points)),
    ]


def parse(output: str) -> list[tuple[str, dict[str, float]]]:
    """(kernel, counters) of each launch in ncu's CSV output: a header, one line of units, and a
    line a launch, in the order of the launches."""
    lines = [line for line in output.splitlines() if line.startswith('"')]
    table = list(csv.DictReader(io.StringIO("\n".join(lines))))
    if len(table) < 2:
        return []
    units, *launches = table
    return [(row.get("Kernel Name", ""), _values(row, units)) for row in launches]


def _values(row: Mapping[str, str], units: Mapping[str, str]) -> dict[str, float]:
    """The counters of one line; what is no number was not counted."""
    found = {}
    for column, metric in METRICS.items():
        try:
            value = float(row.get(metric, "").replace(",", ""))
        except ValueError:
            continue
        found[column] = value * _UNIT_SCALES.get(units[metric], 1.0)
    return found


def as_line(counters: Counters) -> str:
    """One line of the counters file (JSON lines)."""
    point = counters.point
    known = {"point_id": point.point_id, "kernel": point.kernel, "family": point.family}
    return json.dumps({**known, **counters.values})
