"""The commands of the measuring kit as people type them, on the simulated GPU."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ptxenergy.measure.kernels.families import read_families
from ptxenergy.measure.rows.row import complete_lines
from ptxenergy.measure.rows.summary import rows_of, summarise
from tests.cli.commands import ROOT, heed_interrupts, outcome

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "simulated"


def run(capsys: Captured, out: Path, *options: str, seconds: int = 60) -> str:
    words = ("measure", "run", "--out", str(out), "--seconds", str(seconds), "--simulated")
    done = outcome(capsys, *words, *options)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_a_campaign_goes_on_where_the_last_one_stopped(capsys: Captured, out: Path) -> None:
    said = run(capsys, out)
    first = {row["point_id"] for row in rows_of(out) if row["is_anchor"] == "false"}
    assert len(first) > 20
    assert said.startswith(f"{len(rows_of(out))} rows, ")
    run(capsys, out)
    both = [row["point_id"] for row in rows_of(out) if row["is_anchor"] == "false"]
    assert len(both) > 1.8 * len(first)
    assert len(set(both)) == len(both)


def test_probe_then_run_takes_the_timing_that_was_found(capsys: Captured, out: Path) -> None:
    done = outcome(capsys, "measure", "probe", "--out", str(out), "--simulated")
    assert done.code == 0
    assert "ticks of 100." in done.out
    timing = json.loads((out / "probe.json").read_text())["timing"]
    run(capsys, out)
    assert {float(row["settle_s"]) for row in rows_of(out)} == {timing["settle_s"]}


def test_probe_and_run_keep_to_the_seconds_together(capsys: Captured, out: Path) -> None:
    run(capsys, out, "--probe", seconds=200)
    (meta,) = (json.loads(path.read_text()) for path in out.glob("campaigns/*.json"))
    assert meta["rows"] == len(rows_of(out)) > 50
    assert (out / "probe.json").exists()


def test_check_and_summary_of_what_was_measured(capsys: Captured, out: Path) -> None:
    run(capsys, out)
    checked = outcome(capsys, "dataset", "check", str(out))
    assert (checked.code, checked.out) == (0, f"{len(rows_of(out))} rows, 0 faults\n")
    told = outcome(capsys, "dataset", "summary", str(out))
    assert told.code == 0
    assert f"{len(rows_of(out))} rows, " in told.out
    (path,) = out.glob("rows/*.csv")
    path.write_text(path.read_text().replace(",true,", ",yes,", 1))
    faulty = outcome(capsys, "dataset", "check", str(out))
    assert faulty.code == 2
    assert "neither true nor false" in faulty.out


def test_a_summary_shows_nothing_of_locked_families(capsys: Captured, out: Path) -> None:
    """Ranges are those of the open families alone."""
    run(capsys, out, seconds=200)
    locked = {n for n, f in read_families(ROOT / "datasets").items() if f.is_locked}
    rows = rows_of(out)
    assert any(row["family"] in locked for row in rows)
    open_rows = [row for row in rows if row["family"] not in locked]
    shown, alone = summarise(rows, locked), summarise(open_rows)
    assert shown.power_range_w == alone.power_range_w
    assert shown.time_range_s == alone.time_range_s
    assert shown.points > alone.points


def test_a_summary_is_drawn(capsys: Captured, out: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run(capsys, out)
    picture, text = tmp_path / "p.png", tmp_path / "p.txt"
    assert outcome(capsys, "dataset", "summary", str(out), "--plot", str(picture)).code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = outcome(capsys, "dataset", "summary", str(out), "--plot", str(text))
    assert refused.code == 2
    assert "txt" in refused.err


REFUSED = {
    "no rows": (("dataset", "check", "examples"), "no `rows/*.csv`"),
    "no summary": (("dataset", "summary", "examples"), "no `rows/*.csv`"),
    "real folder": (("measure", "run", "--out", "x", "--simulated"), "folder named `simulated`"),
    "no plan": (
        ("measure", "run", "--out", "simulated", "--simulated", "--plan", "missing.jsonl"),
        "missing.jsonl",
    ),
    "no time": (("measure", "run", "--out", "x", "--seconds", "0"), "--seconds"),
    "no out": (("measure", "run"), "--out"),
    "out is a file": (
        ("measure", "run", "--simulated", "--out", "README.md/simulated"),
        "README.md",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_one_line(capsys: Captured, name: str) -> None:
    words, part = REFUSED[name]
    done = outcome(capsys, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "fault of ptxenergy" not in done.err
    assert part in done.err


def test_without_a_gpu_every_command_that_needs_one_says_so(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pynvml", "cupy"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PATH", "")
    out = ("--out", str(tmp_path))
    for words in (("probe", *out), ("run", *out), ("counters", *out), ("verify",)):
        done = outcome(capsys, "measure", *words)
        assert done.code == 2
        assert re.search(r"not installed|not on PATH", done.err), words
    doctor = outcome(capsys, "doctor")
    assert doctor.code == 2
    assert "NO CuPy: not installed" in doctor.out
    assert doctor.out.endswith("cannot measure: NVIDIA driver (NVML), CuPy missing\n")


def test_help_ends_with_examples(capsys: Captured) -> None:
    for words in (
        *(("measure", name) for name in ("probe", "run", "counters", "plan", "compile", "verify")),
        *(("dataset", "check"), ("dataset", "summary"), ("doctor",), ("measure",), ("dataset",)),
    ):
        said = outcome(capsys, *words, "--help")
        assert said.code == 0
        assert f"ptxenergy {words[0]}" in said.out.partition("Examples")[2], words


def started(out: Path, error: int) -> subprocess.Popen[bytes]:
    words = ["measure", "run", "--simulated", "--out", str(out), "--seconds", "5000"]
    return subprocess.Popen(
        [sys.executable, "-m", "ptxenergy", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=error,
        env=os.environ | {"TERM": "xterm"},
        preexec_fn=heed_interrupts,
    )


def rows_seen(out: Path, least: int) -> None:
    """Wait until that many rows are on disk."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if sum(len(complete_lines(path)) for path in out.glob("rows/*.csv")) >= least:
            return
        time.sleep(0.05)
    pytest.fail("no rows appeared")


def test_an_interrupt_keeps_every_row(capsys: Captured, out: Path) -> None:
    child = started(out, subprocess.DEVNULL)
    rows_seen(out, 20)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130
    assert len(rows_of(out)) >= 20
    assert outcome(capsys, "dataset", "check", str(out)).code == 0
    (meta,) = (json.loads(path.read_text()) for path in out.glob("campaigns/*.json"))
    assert meta["rows"] == len(rows_of(out))


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_a_terminal_sees_how_far_the_campaign_is(out: Path) -> None:
    screen, terminal = os.openpty()
    child = started(out, terminal)
    os.close(terminal)
    seen = b""
    deadline = time.monotonic() + 60
    while b"failed" not in seen and time.monotonic() < deadline:
        seen += os.read(screen, 4096)
    child.send_signal(signal.SIGINT)
    shown = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen).decode(errors="replace")
    assert re.search(r"\d+ of \d+ rows, \d+ good, \d+ failed", shown)
    while child.poll() is None:
        try:
            os.read(screen, 4096)
        except OSError:
            break
    assert child.wait(30) == 130
    os.close(screen)
