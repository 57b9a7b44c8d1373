"""Nsight Compute's counters of a kernel's launches: the truth that static counts are held against.

They are never features. `ncu` is told to leave the clocks alone.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
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
_UNIT_SCALES = {
    "Kbyte": 1e3, "Mbyte": 1e6, "Gbyte": 1e9, "us": 1e3, "usecond": 1e3, "ms": 1e6,
    "msecond": 1e6, "s": 1e9, "second": 1e9,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of one launch; a metric that this GPU or ncu does not know is absent."""

    point: Point
    values: Mapping[str, float]


def collect(points: Iterable[Point], plan: Path, seconds_each: float = 60.0) -> Iterator[Counters]:
    """Profile one launch of each point, one process each, so that a failure costs one point.

    Raises DeviceError where `ncu` is not on PATH. A point whose profile fails is left out.
    """
    ncu = _ncu()
    for point in points:
        try:
            ran = subprocess.run(
                command(ncu, point, plan),
                capture_output=True,
                text=True,
                timeout=seconds_each,
                env=os.environ | {"PYTHONPATH": _search_path()},
            )
        except subprocess.TimeoutExpired:
            continue
        values = parse(ran.stdout, point.entry)
        if values:
            yield Counters(point, values)


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


def record(plan: Path, out: Path, seconds: float) -> int:
    """Append the counters of each kernel's first and last plain launch to `out/counters.jsonl`.

    What the file holds already is left out. Stops after `seconds`; gives how many were recorded.
    Raises DeviceError where there is no `ncu`.
    """
    end_s = time.monotonic() + seconds
    _ncu()
    plain = [point for point in read_plan(plan) if point.study == "breadth"]
    chosen = {point.kernel: point for point in reversed(plain)}.values()
    others = {point.kernel: point for point in plain}.values()
    path = out / "counters.jsonl"
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done = {json.loads(line)["point_id"] for line in known}
    points = {point.point_id: point for point in (*chosen, *others) if point.point_id not in done}
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("a", encoding="utf-8") as file:
        for counters in collect(points.values(), plan):
            file.write(as_line(counters) + "\n")
            file.flush()
            count += 1
            if time.monotonic() > end_s:
                break
    return count


def command(ncu: str, point: Point, plan: Path) -> list[str]:
    """The command line that profiles the second launch of a point (the first warms it up)."""
    return [
        *(ncu, "--csv", "--page", "raw", "--clock-control", "none", "--cache-control", "none"),
        *("--kernel-name", point.entry, "--launch-skip", "1", "--launch-count", "1"),
        *("--metrics", ",".join(METRICS.values())),
        *(sys.executable, "-m", "ptxenergy.measure", "launch", "--plan", str(plan)),
        *("--point", point.point_id),
    ]


def parse(output: str, entry: str) -> dict[str, float]:
    """The counters in ncu's CSV output: a header, a line of units, a line a launch."""
    lines = [line for line in output.splitlines() if line.startswith('"')]
    table = list(csv.DictReader(io.StringIO("\n".join(lines))))
    if len(table) < 2:
        return {}
    units, *launches = table
    row = next((launch for launch in launches if launch.get("Kernel Name", "") == entry), None)
    if row is None:
        return {}
    return {
        column: float(row[metric].replace(",", "")) * _UNIT_SCALES.get(units[metric], 1.0)
        for column, metric in METRICS.items()
        if row.get(metric)
    }


def as_line(counters: Counters) -> str:
    """One line of the counters file (JSON lines)."""
    point = counters.point
    known = {"point_id": point.point_id, "kernel": point.kernel, "family": point.family}
    return json.dumps({**known, **counters.values})
