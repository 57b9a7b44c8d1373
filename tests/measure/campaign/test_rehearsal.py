"""A whole session with a GPU, by the very commands, where only CuPy, NVML and ncu are stand-ins.

Their rows are made up and stay in the test's folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ptxenergy.measure.campaign.record import write_json
from ptxenergy.measure.device.window import Timing
from ptxenergy.measure.planning.point import write_plan
from ptxenergy.measure.rows.row import complete_lines
from tests.measure.dataset import committed_plan, entries

ROOT = Path(__file__).resolve().parents[3]
STAND_INS = ROOT / "tests" / "measure" / "stand_ins"
NCU = """\
#!{python}
import csv, subprocess, sys
words = sys.argv[1:]
metrics = words[words.index("--metrics") + 1].split(",")
app = words[words.index("--metrics") + 2 :]
ran = subprocess.run(app, stdout=subprocess.PIPE, text=True)
print(ran.stdout, end="")
entries = {entries!r}
out = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL, lineterminator="\\n")
out.writerow(["ID", "Kernel Name", *metrics])
out.writerow(["", "", *("" for _ in metrics)])
for number, line in enumerate(ran.stdout.splitlines()):
    out.writerow([number, entries[line.split()[1]], *(1000 for _ in metrics)])
"""


def kit(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(map(str, (STAND_INS, ROOT)))
    environment = {"PYTHONPATH": places, "PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-m", "ptxenergy.measure", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """One small launch of some kernels, and an anchor."""
    sizes = {entry.kernel.name: entry.kernel.check_size for entry in entries()}
    points = {point.kernel: point for point in reversed(committed_plan())}
    chosen = [points[name] for name in ("vector_add", "vector_triad", "gen_int_popc")]
    anchor = next(point for point in committed_plan() if point.study == "anchor")
    small = [replace(point, size=sizes[point.kernel]) for point in (anchor, *chosen)]
    path = tmp_path / "plan.jsonl"
    write_plan([small[0], *(replace(point, study="breadth") for point in small[1:])], path)
    ncu = tmp_path / "bin" / "ncu"
    ncu.parent.mkdir()
    names = {point.point_id: point.entry for point in small}
    ncu.write_text(NCU.format(python=sys.executable, entries=names))
    ncu.chmod(0o755)
    return path


@pytest.mark.parametrize("probes", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_doctor_campaign_and_counters_in_a_row(plan: Path, tmp_path: Path, probes: bool) -> None:
    doctor = kit(tmp_path, "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "NVIDIA H200, driver 580.1" in doctor.stdout
    out = tmp_path / "h200"
    words = ("--plan", str(plan), "--out", str(out))
    if not probes:
        known = {"gpu": {"gpu": "NVIDIA H200", "driver": "580.1"}, "timing": asdict(Timing())}
        write_json(out / "probe.json", known)
    ran = kit(tmp_path, "all", *words, "--seconds", "150")
    assert ran.returncode == 0, ran.stderr
    (rows,) = (complete_lines(path) for path in out.glob("rows/*.csv"))
    measured = {row["kernel"] for row in rows if row["is_anchor"] == "false"}
    assert "vector_triad" in ran.stdout
    assert "6 of 8 launches are right" in ran.stdout
    assert measured == {"vector_add", "gen_int_popc"}
    (meta,) = (json.loads(path.read_text()) for path in out.glob("campaigns/*.json"))
    assert (meta["rows"], meta["failures"]) == (len(rows), [])
    assert (out / "probe.json").exists()
    assert meta["timing"]["tick_period_s"] == pytest.approx(0.05, rel=0.1)
    assert meta["idle"]["cold_w"] == pytest.approx(80, rel=0.05)
    for row in rows:
        assert float(row["power_w"]) == pytest.approx(400, rel=0.05), ran.stderr
        assert row["launch_mode"] == "graph"
        assert float(row["time_s"]) == pytest.approx(2e-4, rel=0.05)
    counted = kit(tmp_path, "counters", *words)
    assert "3 launches profiled" in counted.stdout, counted.stderr
