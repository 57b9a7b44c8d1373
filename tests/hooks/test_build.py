"""A build's log becomes rows, and limits hold only launches that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ptxenergy.report
from ptxenergy._version import __version__
from ptxenergy.hooks.build import Limits, report_build, text_for
from ptxenergy.hooks.store import Store
from ptxenergy.model.artifact import save
from ptxenergy.model.prediction import Prediction
from ptxenergy.ptx.names import short_name
from ptxenergy.report.build import build_json
from ptxenergy.report.json import PREDICTION_SCHEMA, dump
from tests.compare.models import as_if_measured
from tests.compare.versions import path

ROOT = Path(__file__).resolve().parent.parent.parent
ENTRY = (
    '[[tool.ptxenergy.kernel]]\nmatch = "transpose"\nblock = "%s"\ngrid = [8, 8]\n'
    "args = { 2 = 256, 3 = 256 }\n"
)


def schema(name: str) -> Any:
    path = Path(ptxenergy.report.__file__).parent / "schemas" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / ".ptxenergy")
    store.create()
    digest = store.keep((ROOT / "examples" / "transpose.ptx").read_bytes())
    record = {"directory": str(tmp_path), "sources": ["t.cu"], "output": "t.o", "note": ""}
    store.append(record | {"ptx": [{"name": "t.ptx", "digest": digest}]})
    store.append(record | {"sources": ["u.cu"], "ptx": [], "note": "no PTX"})
    return Path(store.directory)


def test_the_project_says_the_launch(log: Path) -> None:
    (log.parent / "ptxenergy.toml").write_text(ENTRY % "32x8", encoding="utf-8")
    report = report_build(log, "h200", None, Limits(energy_j=1e-12))
    (row,) = report.rows
    assert (row.source, row.launched.source.block, row.assumed) == ("t.cu", "project", False)
    assert row.prediction.inspection.profile.launch.block == (32, 8, 1)
    assert len(report.broken) == 1
    assert report.missing == (("u.cu", "no PTX"),)
    document = json.loads(dump(build_json(report)))
    jsonschema.validate(document, schema("build"))
    (kernel,) = document["kernels"]
    predicted = {"schema": PREDICTION_SCHEMA, "tool_version": __version__, "skipped": []}
    jsonschema.validate(predicted | {"results": [kernel["prediction"]]}, schema("prediction"))
    assert kernel["prediction"]["calibrated"] is False


def kernel(name: str, target: str = "sm_90") -> bytes:
    text = (ROOT / "examples" / "transpose.ptx").read_text(encoding="utf-8")
    return (
        text.replace("9transpose", f"{len(name)}{name}")
        .replace(".target sm_75", f".target {target}")
        .encode()
    )


def test_every_source_of_one_command_has_its_rows(log: Path) -> None:
    """nvcc names the PTX after the source; where one has none, that is said of it."""
    store = Store(log)
    texts = {
        "a.compute_80.ptx": kernel("a", "sm_80"),
        "a.compute_90.ptx": kernel("a"),
        "b.ptx": kernel("b"),
    }
    ptx = [{"name": name, "digest": store.keep(text)} for name, text in texts.items()]
    sources = {"sources": ["a.cu", "sub/b.cu", "c.cu"], "output": "program"}
    store.append({"directory": str(log.parent), "ptx": ptx, "note": ""} | sources)
    report = report_build(log, "a100", None, Limits())
    assert ("a.cu", "a") in {(row.source, short_name(row.kernel)) for row in report.rows}
    report = report_build(log, "h200", None, Limits())
    rows = {(row.source, short_name(row.kernel)) for row in report.rows}
    assert rows == {("t.cu", "transpose"), ("a.cu", "a"), ("sub/b.cu", "b")}
    assert dict(report.missing)["c.cu"] == "no PTX of it was kept"


def test_objects_of_one_source_are_told_apart_in_whatever_order_they_are_made(log: Path) -> None:
    store = Store(log)
    record = {"directory": str(log.parent), "sources": ["m.cu"], "note": ""}
    before, others = log.parent / "before.jsonl", {("t.cu", "transpose")}
    for outputs in (("1.o", "2.o", "3.o"), ("3.o", "1.o", "2.o")):
        for output in outputs:
            text = kernel(f"of_{output[0]}")
            ptx = [{"name": "m.ptx", "digest": store.keep(text)}]
            store.append(record | {"output": output, "ptx": ptx})
        found = report_build(log, "h200", None, Limits()).rows
        assert {(row.source, short_name(row.kernel)) for row in found} - others == {
            (f"m.cu ({number}.o)", f"of_{number}") for number in (1, 2, 3)
        }
        if not before.exists():
            before.write_bytes((log / "log.jsonl").read_bytes())
            (log / "log.jsonl").unlink()
    rows = report_build(log, "h200", before, Limits()).rows
    assert [row.change for row in rows] == [0, 0, 0]


def test_an_assumed_launch_fails_nothing_unless_told(log: Path) -> None:
    report = report_build(log, "h200", None, Limits(energy_j=1e-12))
    assert report.rows[0].assumed
    assert report.broken == ()
    assert len(report.excused) == 1
    assert report_build(log, "h200", None, Limits(1e-12, None, True)).broken


def test_observers_are_told_of_the_build_at_hand(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Prediction] = []
    monkeypatch.setattr("ptxenergy.hooks.build.tell_observers", seen.extend)
    report = report_build(log, "h200", log, Limits())
    assert seen == [row.prediction for row in report.rows] != []


def test_entries_are_those_of_the_project_one_works_in(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the log lies, and from any directory of the project."""
    inside = log.parent / "project" / "src"
    inside.mkdir(parents=True)
    (inside.parent / "pyproject.toml").write_text(ENTRY % "8x32", encoding="utf-8")
    monkeypatch.chdir(inside)
    (row,) = report_build(log, "h200", None, Limits()).rows
    assert row.launched.source.block == "project"
    assert row.prediction.inspection.profile.launch.block == (8, 32, 1)


def test_budgets_of_the_project_are_held(log: Path) -> None:
    settings = log.parent / "ptxenergy.toml"
    budget = "budget = { energy_j = 1e-12, time_s = 1, registers_per_thread = 255 }\n"
    settings.write_text(ENTRY % "32x8" + budget, encoding="utf-8")
    report = report_build(log, "h200", None, Limits())
    (row,) = report.rows
    assert [check.state for check in row.checks] == ["broken", "kept", "kept"]
    assert report.broken[0].startswith("transpose: energy_j: ")
    assert row.launched.source.entry == "ptxenergy.toml:1"
    settings.write_text("[budget]\nenergy_j = 1e-12\n", encoding="utf-8")
    assumed = report_build(log, "h200", None, Limits())
    assert (len(assumed.broken), len(assumed.excused)) == (0, 1)
    jsonschema.validate(json.loads(dump(build_json(report))), schema("build"))


def test_growth_is_over_the_earlier_build(log: Path) -> None:
    """The earlier build had two kernels of which one did less, at the launch of the project."""
    (log.parent / "ptxenergy.toml").write_text(
        '[[kernel]]\nmatch = "*"\nblock = 256\ngrid = 4096\n'
        "[budget]\nenergy_growth = 0.5\ntime_growth = 0.5\n",
        encoding="utf-8",
    )
    store, before = Store(log), log.parent / "before.jsonl"
    record = {"directory": str(log.parent), "sources": ["v.cu"], "output": "v.o", "note": ""}
    for version in ("old", "new"):
        digest = store.keep(path(version).read_bytes())
        store.append(record | {"ptx": [{"name": "v.ptx", "digest": digest}]})
        if version == "old":
            before.write_bytes((log / "log.jsonl").read_bytes())
    report = report_build(log, "h200", before, Limits(growth=0.05))
    found = {row.kernel: {c.limit: c.state for c in row.checks} for row in report.rows}
    # Nothing of `waiting` has to be assumed: it takes two pointers.
    assert found["_Z7waitingPfPKf"] == {"energy_growth": "broken", "time_growth": "kept"}
    assert found["_Z7spilledPfPKfPKii"]["energy_growth"] == "excused"
    changes = {row.kernel: row.change for row in report.rows}
    assert changes["_Z9unchangedPfPKfi"] == 0
    assert changes["_Z5addedPf"] is None
    assert "added: energy_growth: not held: the baseline does not have it" in report.open
    causes = {row.kernel: [c.code for c in row.causes] for row in report.rows}
    assert causes["_Z7waitingPfPKf"][0] == "barriers"
    assert causes["_Z9unchangedPfPKfi"] == causes["_Z5addedPf"] == []
    jsonschema.validate(json.loads(dump(build_json(report))), schema("build"))
    same = report_build(log, "h200", log, Limits(growth=0.0))
    assert same.broken == same.excused == same.open == ()


def test_a_model_that_is_shipped_corrects_the_bound(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is shipped yet: made-up rows stand for it, in a folder of this test."""
    models = tmp_path / "models"
    models.mkdir()
    model = as_if_measured("versions")
    save(model, models / "h200.npz")
    monkeypatch.setattr("ptxenergy.model.finding.shipped", lambda _: models)
    (log.parent / "ptxenergy.toml").write_text(ENTRY % "32x8", encoding="utf-8")
    (row,) = report_build(log, "h200", None, Limits()).rows
    assert row.prediction.model_id == model.header.model_id
    assert row.energy_j != row.prediction.bound.energy_j


@pytest.mark.parametrize(
    ("targets", "gpu", "chosen"),
    [
        (("sm_80", "sm_90"), "h200", "sm_90"),
        (("sm_80", "sm_90a"), "h200", "sm_90a"),
        (("sm_80", "sm_90a"), "b200", "sm_80"),
        (("sm_80", "sm_100f"), "b200", "sm_100f"),
        (("sm_90",), "a100", None),
        (("nonsense",), "a100", None),
    ],
)
def test_of_several_targets_the_highest_that_runs(
    log: Path, targets: tuple[str, ...], gpu: str, chosen: str | None
) -> None:
    store = Store(log)
    text = (ROOT / "examples" / "transpose.ptx").read_text(encoding="utf-8")
    texts = {one: text.replace(".target sm_75", f".target {one}").encode() for one in targets}
    ptx = [{"digest": store.keep(each)} for each in texts.values()]
    found = text_for(gpu, ptx, [store])
    assert found == (None if chosen is None else texts[chosen])


def test_a_text_that_the_gpu_cannot_run_is_missing(log: Path) -> None:
    report = report_build(log, "v100", None, Limits())
    assert report.rows == ()
    assert "v100" in report.missing[0][1]
