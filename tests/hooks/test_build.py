"""A build's log becomes rows, and limits hold only launches that are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptxenergy.hooks.build import Limits, report_build
from ptxenergy.hooks.store import Store
from ptxenergy.report.build import build_json

ROOT = Path(__file__).resolve().parent.parent.parent
ENTRY = (
    '[[tool.ptxenergy.kernel]]\nmatch = "transpose"\nblock = "%s"\ngrid = [8, 8]\n'
    "args = { 2 = 256, 3 = 256 }\n"
)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / ".ptxenergy")
    store.create()
    digest = store.keep((ROOT / "examples" / "transpose.ptx").read_bytes())
    record = {"directory": str(tmp_path), "sources": ["t.cu"], "output": "t.o", "note": ""}
    store.append(record | {"ptx": [{"name": "t.ptx", "digest": digest}]})
    store.append(record | {"sources": ["u.cu"], "ptx": [], "note": "no PTX"})
    return store.directory


def test_the_project_says_the_launch(log: Path) -> None:
    (log.parent / "ptxenergy.toml").write_text(ENTRY % "32x8", encoding="utf-8")
    report = report_build(log, "h200", None, Limits(energy_j=1e-12))
    (row,) = report.rows
    assert (row.source, row.block_source, row.assumed) == ("t.cu", "project", False)
    assert row.prediction.inspection.profile.launch.block == (32, 8, 1)
    assert len(report.broken) == 1
    assert report.missing == (("u.cu", "no PTX"),)
    assert build_json(report)["kernels"][0]["prediction"]["calibrated"] is False


def test_an_assumed_launch_fails_nothing_unless_told(log: Path) -> None:
    report = report_build(log, "h200", None, Limits(energy_j=1e-12))
    assert report.rows[0].assumed
    assert report.broken == ()
    assert len(report.excused) == 1
    assert report_build(log, "h200", None, Limits(1e-12, None, True)).broken


def test_a_text_that_the_gpu_cannot_run_is_missing(log: Path) -> None:
    report = report_build(log, "v100", None, Limits())
    assert report.rows == ()
    assert "v100" in report.missing[0][1]
