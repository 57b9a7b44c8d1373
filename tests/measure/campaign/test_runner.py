"""The runner on the simulated GPU: rows are right, flagged when they should be, and resumable."""

from itertools import pairwise
from pathlib import Path

import pytest

from ptxenergy.measure.campaign.probe import WINDOWS_S
from ptxenergy.measure.campaign.runner import (
    Bench,
    Campaign,
    Idle,
    Progress,
    idle_power_w,
    launches_for,
)
from ptxenergy.measure.device.sensor import GRAPH_BELOW_S
from ptxenergy.measure.device.simulated import IDLE_W, Faults, SimulatedClock, SimulatedGpu
from ptxenergy.measure.device.window import Timing, observe
from ptxenergy.measure.planning.order import ANCHOR_EVERY, in_order
from ptxenergy.measure.rows.quality import is_ok
from ptxenergy.measure.rows.row import RowWriter, complete_lines
from tests.measure.points import point, points


def bench(faults: Faults | None = None, seed: int = 1) -> Bench:
    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, faults or Faults(), seed)
    return Bench(clock, gpu, gpu)


def run(path: Path, on: Bench, seconds: float, count: int = 40) -> Progress:
    rows = complete_lines(path)
    done = [row["point_id"] for row in rows if row["ok"] == "true"]
    turns = in_order(points(count), [point(900, "anchor")], done, seed=3)
    progress = Progress(len(turns))
    with RowWriter(path) as writer:
        campaign = Campaign(on, writer, "test", Idle(75.0, 112.0))
        campaign.run(turns, on.clock.now_s() + seconds, progress)
    return progress


def test_rows_hold_the_simulated_truth_within_two_percent(tmp_path: Path) -> None:
    on = bench(Faults(drift_per_hour=0.0))
    progress = run(tmp_path / "rows.csv", on, seconds=10_000)
    rows = complete_lines(tmp_path / "rows.csv")
    assert progress.good == progress.rows == len(rows)
    by_id = {p.point_id: p for p in points(40)}
    assert set(by_id) <= {row["point_id"] for row in rows}
    for row in rows:
        if row["is_anchor"] == "true":
            continue
        truth = on.device.prepare(by_id[row["point_id"]])
        assert float(row["time_s"]) == pytest.approx(truth.time_s, rel=0.02)  # type: ignore[attr-defined]
        assert float(row["power_w"]) == pytest.approx(truth.power_w, rel=0.02)  # type: ignore[attr-defined]
        assert float(row["energy_j"]) == pytest.approx(
            float(row["power_w"]) * float(row["time_s"]), rel=1e-12
        )
        assert row["gpu"] == "simulated"


def test_a_campaign_stops_by_its_own_clock_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    on = bench()
    run(path, on, seconds=8.0)
    assert on.clock.now_s() < 8.0
    first = {row["point_id"] for row in complete_lines(path)}
    assert 0 < len(first) < 40
    run(path, on, seconds=10_000)
    rows = [row for row in complete_lines(path) if row["is_anchor"] == "false"]
    firsts = [row["point_id"] for row in rows if not row["replicate_of"]]
    assert sorted(firsts) == sorted(p.point_id for p in points(40))


@pytest.mark.parametrize(
    ("faults", "flag"),
    [
        (Faults(slowdown_after_s=0.0), "hardware-slowdown"),
        (Faults(wraps_at_j=60.0), "counter-wrapped"),
        (Faults(noise=0.15), "power-spread"),
    ],
)
def test_a_fault_is_seen_flagged_and_never_called_good(
    tmp_path: Path, faults: Faults, flag: str
) -> None:
    run(tmp_path / "rows.csv", bench(faults), seconds=60, count=12)
    rows = complete_lines(tmp_path / "rows.csv")
    flagged = [row for row in rows if flag in row["flags"].split(";")]
    assert flagged
    assert all(row["ok"] == "false" for row in flagged)
    assert not is_ok((flag,))


def test_bad_points_are_tried_once_more(tmp_path: Path) -> None:
    run(tmp_path / "rows.csv", bench(Faults(slowdown_after_s=0.0)), seconds=10_000, count=5)
    rows = [r for r in complete_lines(tmp_path / "rows.csv") if r["is_anchor"] == "false"]
    counts = {p.point_id: sum(r["point_id"] == p.point_id for r in rows) for p in points(5)}
    assert all(count >= 2 for count in counts.values())


def test_idle_power_is_read_between_ticks() -> None:
    assert idle_power_w(bench(Faults(noise=0.0)), 1.0) == pytest.approx(IDLE_W, rel=0.01)


def test_the_order_covers_the_first_quarter_first_with_anchors_and_repeats_between() -> None:
    plan = points(100)
    turns = in_order(plan, [point(900)], (), seed=1)
    measured = [turn for turn in turns if not turn.is_anchor]
    firsts = [turn.point.point_id for turn in measured if not turn.replicate_of]
    assert set(firsts[:25]) == {p.point_id for p in plan[:25]}
    assert sorted(firsts) == sorted(p.point_id for p in plan)
    assert firsts != [p.point_id for p in plan]
    assert sum(bool(turn.replicate_of) for turn in measured) == 12
    gaps = [i for i, turn in enumerate(turns) if turn.is_anchor]
    assert max(b - a for a, b in pairwise(gaps)) <= ANCHOR_EVERY + 1
    for turn in measured:
        if turn.replicate_of:
            place = measured.index(turn)
            first = next(i for i, t in enumerate(measured) if t.point is turn.point)
            assert place > first + 1


def test_the_order_is_the_same_for_the_same_seed() -> None:
    assert in_order(points(50), [], (), 7) == in_order(points(50), [], (), 7)
    assert in_order(points(50), [], (), 7) != in_order(points(50), [], (), 8)


def test_the_start_of_a_window_is_what_a_shorter_window_would_have_been() -> None:
    on = bench(Faults(drift_per_hour=0.0))
    job = on.device.prepare(point(3))
    job.start(launches_for(job, 4.0))
    window = observe(job, on.sensor, on.clock, Timing(window_s=1.6))
    for seconds in (0.2, 0.4, 0.8):
        start = window.first(seconds)
        assert start.ticks == window.ticks[: len(start.ticks)]
        assert seconds <= start.seconds < seconds + 0.11
        assert start.power_w == pytest.approx(window.power_w, rel=0.02)
    assert window.first(100.0) == window


def test_launches_that_are_queued_one_by_one_are_fewer_than_a_thousand() -> None:
    longest_s = Timing(settle_s=0.3, window_s=max(WINDOWS_S)).queue_s
    assert longest_s / GRAPH_BELOW_S < 1000
