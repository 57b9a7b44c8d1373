"""Goals and meters of rows made by hand, and what the command says of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import msgspec
import pytest

import ptxenergy.report
from ptxenergy.findings.data_set import DataSetError, read_data_set
from ptxenergy.findings.finding import find, findings_of
from ptxenergy.findings.pictures import findings_pictures
from ptxenergy.findings.sentences import guesses, meter_lines
from ptxenergy.measure.rows.row import Row
from tests.cli.commands import outcome
from tests.findings.planted import BLOCKS, LOCKED, PROBE, flat, noisy, row, study, written

SCHEMA = Path(ptxenergy.report.__file__).parent / "schemas" / "findings.json"


def rows() -> list[Row]:
    """Two open kernels, one measured twice and one capped; a locked one; an anchor."""
    first = study("open_kernel", flat())
    capped = [
        replace(one, flags="power-capped", power_w=690.0, energy_j=690.0 * one.time_s)
        for one in study("capped_kernel", flat(), minute=40, family="other_family")
    ]
    slow = [replace(one, sm_clock_mhz_mean=1500.0, sm_clock_mhz_min=1400.0) for one in capped]
    secret = study("secret_kernel", flat(0.7), minute=60, family=LOCKED, flags="power-capped")
    hidden = [replace(one, sm_clock_mhz_min=1.0, sm_clock_mhz_mean=1.0) for one in secret]
    anchor = row("anchor_kernel", "256", 1e-3, 400.0, 80, is_anchor=True, study="anchor")
    return [*first, *noisy(first, 20, 0.01), *slow, *hidden, anchor]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path, rows())


def test_goals_count_what_they_say(folder: Path) -> None:
    goals = {goal.name: goal for goal in find(folder, folder.parent).goals}
    assert goals["good rows"].found == "40"
    assert goals["good rows"].reached is False
    assert goals["kernels"].found == goals["real families"].found == "3"
    assert goals["the shape study"].found == "30 launches; 3 kernels whole"
    assert goals["the shape study"].reached is True
    assert goals["repeats"].found.startswith("0.5 % over 10 points")
    assert goals["repeats"].reached is True
    assert goals["counters by ncu"].reached is None
    assert "measure counters" in goals["counters by ncu"].found


def test_a_study_that_lacks_a_launch_is_not_whole(tmp_path: Path) -> None:
    known = [one for one in rows() if one.block_x != 1024]
    goals = {g.name: g for g in find(written(tmp_path, known), tmp_path).goals}
    assert goals["the shape study"].found == "27 launches; 0 kernels whole"
    assert goals["the shape study"].reached is False


def test_kernels_with_counters_are_counted(folder: Path) -> None:
    lines = [{"point_id": str(n), "kernel": f"k{n % 70}", "family": "f"} for n in range(140)]
    (folder / "counters.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    goals = {goal.name: goal for goal in find(folder, folder.parent).goals}
    assert goals["counters by ncu"].found == "70 kernels"
    assert goals["counters by ncu"].reached is True


def test_the_cap_is_of_open_families_and_counted_of_all(folder: Path) -> None:
    cap = find(folder, folder.parent).meters.cap
    assert (cap.rows, cap.good) == (20, 20)
    assert cap.limit_w == 700.0
    assert cap.power_w is not None
    assert cap.power_w.median == 690.0
    assert (cap.clock_mhz, cap.clock_lowest_mhz, cap.free_clock_mhz) == (1500.0, 1400.0, 1980.0)


def test_the_meters_are_what_probe_and_campaign_wrote(folder: Path) -> None:
    meters = find(folder, folder.parent).meters
    said = "\n".join(meter_lines(meters))
    for part in ("50 ms", "the counter sees all", "75 W before", "112 W under", "80 W after"):
        assert part in said
    assert "1 card, driver 1.2" in said
    assert {of for of, _, _ in guesses(meters)} >= {"time to settle", "time of a point"}


def test_rows_of_locked_families_change_nothing_but_counts(tmp_path: Path, folder: Path) -> None:
    open_rows = [one for one in rows() if one.family != LOCKED]
    found = find(folder, folder.parent)
    without = find(written(tmp_path / "open", open_rows), tmp_path / "open")
    assert found.shapes.locked == 1
    assert msgspec.structs.replace(found.shapes, locked=0) == without.shapes
    counted = {"rows": 10, "good": 10}
    assert found.meters.cap == msgspec.structs.replace(
        without.meters.cap,
        **{name: getattr(without.meters.cap, name) + more for name, more in counted.items()},
    )
    assert found.meters.counter_over_instant == without.meters.counter_over_instant


def test_rows_of_several_gpus_are_refused(tmp_path: Path) -> None:
    mixed = [*study("k", flat()), *study("other", flat(), gpu="NVIDIA H200")]
    with pytest.raises(DataSetError, match="several GPUs"):
        find(written(tmp_path, mixed), tmp_path)


def test_a_window_without_ticks_is_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kit writes NaN where it saw no tick; JSON has no such number."""
    silent = {"window_s": 0.2, "spread_median": float("nan"), "spread_worst": float("nan")}
    known = {**PROBE, "settle_s": float("nan"), "repeatability": [silent, *PROBE["repeatability"]]}
    (folder / "probe.json").write_text(json.dumps(known))
    words = ("dataset", "findings", str(folder), "--datasets", str(folder.parent), "--json")
    probe = json.loads(outcome(capsys, *words).out)["meters"]["probe"]
    assert [one["window_s"] for one in probe["windows"]] == [0.4]
    assert probe["settle_s"] is None


def test_a_counter_that_samples_is_told(folder: Path) -> None:
    (folder / "probe.json").write_text(json.dumps({**PROBE, "coverage_spread": 0.9}))
    assert "samples" in "\n".join(meter_lines(find(folder, folder.parent).meters))


def test_without_a_probe_that_is_said(tmp_path: Path) -> None:
    found = find(written(tmp_path, rows(), probe=False), tmp_path)
    assert "not probed" in {seen for _, _, seen in guesses(found.meters)}
    assert "missing" in "\n".join(meter_lines(found.meters))


def test_a_locked_family_appears_nowhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("dataset", "findings", str(folder), "--datasets", str(folder.parent))
    plots = folder.parent / "figures"
    told = outcome(capsys, *words)
    document = outcome(capsys, *words, "--json", "--plots", str(plots))
    assert (told.code, document.code) == (0, 0), told.err + document.err
    drawn = [path.read_text(encoding="utf-8") for path in plots.glob("*.svg")]
    assert len(drawn) == 4
    for text in (told.out, document.out, *drawn):
        assert "secret" not in text
        assert "anchor_kernel" not in text
    jsonschema.validate(json.loads(document.out), json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert "SIMULATED" in told.out
    assert all("SIMULATED" in text for text in drawn)


def test_it_fits_eighty_columns(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ("dataset", "findings", str(folder), "--datasets", str(folder.parent))
    assert max(map(len, outcome(capsys, *words).out.splitlines())) <= 80


def test_same_rows_give_same_pictures(folder: Path) -> None:
    known = read_data_set(folder, folder.parent)
    first = findings_pictures(known, findings_of(known))
    assert first == findings_pictures(known, findings_of(known))
    assert "energy over the shape of least energy / %" in first["shapes.svg"]
    assert all(text.startswith("<svg") for text in first.values())


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("probe.json", "{}", "measure probe"),
        ("probe.json", "nonsense", "cannot be read"),
        ("campaigns/c.json", "[]", "no file of the measuring kit"),
        ("counters.jsonl", "{}\n", "measure counters"),
    ],
)
def test_a_damaged_file_is_one_line(
    file: str, text: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / file).write_text(text)
    done = outcome(capsys, "dataset", "findings", str(folder), "--datasets", str(folder.parent))
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.startswith("error: ")


def test_few_rows_of_a_few_blocks_make_no_picture_of_shapes(tmp_path: Path) -> None:
    known = read_data_set(written(tmp_path, study("k", dict.fromkeys(BLOCKS[:3], 0.3))), tmp_path)
    assert set(findings_pictures(known, findings_of(known))) == {"meters.svg"}
