"""The runner on the simulated GPU: rows are right, flagged when they should be, and resumable."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ptxenergy.measure.campaign.bench import Bench, Idle, idle_power_w, launches_for
from ptxenergy.measure.campaign.probe import WINDOWS_S
from ptxenergy.measure.campaign.runner import Campaign, Progress
from ptxenergy.measure.device.sensor import GRAPH_BELOW_S, State
from ptxenergy.measure.device.simulated import IDLE_W, Faults, SimulatedClock, SimulatedGpu
from ptxenergy.measure.device.window import Timing, observe
from ptxenergy.measure.planning.order import ANCHOR_EVERY, in_order
from ptxenergy.measure.rows.quality import flags_of, is_ok
from ptxenergy.measure.rows.row import RowWriter, complete_lines
from tests.measure.points import point, points


def bench(faults: Faults | None = None, seed: int = 1) -> Bench:
    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, faults or Faults(), seed)
    return Bench(clock, gpu, gpu)


def run(path: Path, on: Bench, seconds: float, count: int = 40) -> Progress:
    rows = complete_lines(path)
    done = Counter(row["point_id"] for row in rows if row["ok"] == "true")
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


def test_every_kernel_comes_first_then_the_shape_study_with_anchors_and_repeats_between() -> None:
    shape = [replace(p, study="shape") for p in points(100)]
    plan = [shape[i] if i % 3 == 0 else p for i, p in enumerate(points(100))]
    turns = in_order(plan, [point(900)], {}, seed=1)
    measured = [turn for turn in turns if not turn.is_anchor]
    firsts = [turn.point.point_id for turn in measured if not turn.replicate_of]
    kernels = 13
    assert set(firsts[:kernels]) == {p.point_id for p in plan[:kernels]}
    shapes = {p.point_id for p in plan[kernels:] if p.study == "shape"}
    assert set(firsts[kernels : kernels + len(shapes)]) == shapes
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
    assert in_order(points(50), [], {}, 7) == in_order(points(50), [], {}, 7)
    assert in_order(points(50), [], {}, 7) != in_order(points(50), [], {}, 8)


def test_what_was_measured_once_still_wants_its_repeat() -> None:
    turns = in_order(points(50), [], {}, 7)
    repeated = [turn.replicate_of for turn in turns if turn.replicate_of]
    once = in_order(points(50), [], dict.fromkeys((p.point_id for p in points(50)), 1), 7)
    assert [turn.replicate_of for turn in once] == repeated != []
    assert in_order(points(50), [], dict.fromkeys(repeated, 2), 7) == [
        turn for turn in turns if turn.point.point_id not in repeated
    ]
    lost = frozenset(repeated)
    assert not {turn.point.point_id for turn in in_order(points(50), [], {}, 7, lost=lost)} & lost


class SlowMeters(SimulatedGpu):
    """Meters of which only the counter answers at once, as in a virtual machine."""

    def state(self) -> State:
        """Takes 30 ms."""
        self.clock.sleep(0.03)
        return super().state()


@pytest.mark.parametrize("tick_period_s", [0.1, 0.05])
def test_slow_meters_do_not_make_ticks_late(tick_period_s: float) -> None:
    clock = SimulatedClock()
    gpu = SlowMeters(clock, Faults(tick_period_s=tick_period_s, noise=0.0, drift_per_hour=0.0))
    job = gpu.prepare(point(3))
    timing = Timing(tick_period_s=tick_period_s)
    job.start(launches_for(job, timing.queue_s))
    window = observe(job, gpu, clock, timing)
    assert window.was_full
    assert len(window.states) >= 3
    # What answers at once is read as often as ever.
    assert len(window.instant_w) > 2 * len(window.states)
    assert window.power_w == pytest.approx(job.power_w, rel=0.003)
    assert window.edges_unsure_rel < 0.005


def test_ticks_that_are_seen_late_are_no_good_window() -> None:
    clock = SimulatedClock()
    gpu = SlowMeters(clock, Faults(tick_period_s=0.02))
    job = gpu.prepare(point(3))
    timing = Timing(window_s=0.2, tick_period_s=0.02)
    job.start(launches_for(job, timing.queue_s))
    window = observe(job, gpu, clock, timing)
    late = replace(window, ticks=(*window.ticks[:-1], replace(window.ticks[-1], unsure_s=0.03)))
    assert "loose-edges" not in flags_of(window, 0.0, None)
    assert "loose-edges" in flags_of(late, 0.0, None)
    assert not is_ok(("loose-edges",))


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
