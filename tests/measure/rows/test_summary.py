"""The summary says what is in the rows, and the picture says when they are simulated."""

from pathlib import Path

import pytest

from ptxenergy.measure.rows.summary import plot, rows_of, summarise


def test_the_summary_counts_what_the_rows_hold(folder: Path) -> None:
    rows = rows_of(folder)
    summary = summarise(rows)
    assert (summary.rows, summary.points) == (len(rows), 8)
    assert summary.good == sum(row["ok"] == "true" for row in rows)
    assert summary.gpus == ("simulated",)
    assert summary.repeats == len(rows) - 8
    assert summary.counter_over_instant == pytest.approx(1 / 1.04, rel=0.01)
    assert any("median spread" in line for line in summary.lines())


def test_no_rows_give_no_numbers() -> None:
    summary = summarise([])
    assert summary.rows == 0
    assert summary.repeat_spread_median is None
    assert summary.time_range_s is None


def test_the_picture_says_when_its_rows_are_simulated(folder: Path, tmp_path: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        plot(rows_of(folder), tmp_path / "summary.svg")
    drawn = (tmp_path / "summary.svg").read_text(encoding="utf-8")
    assert "SIMULATED rows" in drawn
    assert "power / W" in drawn
