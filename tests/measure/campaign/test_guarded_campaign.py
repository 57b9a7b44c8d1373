"""A point that hangs the device or takes it along costs itself, and nothing else."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ptxenergy.measure.campaign.apart import LostError, told_by
from ptxenergy.measure.campaign.guarded_campaign import run_guarded
from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.campaign.runner import Progress
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.planning.point import write_plan
from ptxenergy.measure.rows.check import check
from ptxenergy.measure.rows.row import Row, complete_lines
from tests.measure.campaign.faulty import broken_bench, faulty_bench, no_bench
from tests.measure.points import point, points

HOW = {"k3": "lost", "k4": "hangs", "k5": "crashes", "k6": "refused"}


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    plan = tmp_path / "plan.jsonl"
    write_plan([replace(point(904, "anchor"), study="anchor"), *points(13)], plan)
    return Request(plan, tmp_path / "simulated", 200.0)


def rows_of(request: Request) -> list[dict[str, str]]:
    return [row for path in request.out.glob("rows/*.csv") for row in complete_lines(path)]


def test_the_campaign_goes_on_after_what_takes_the_device_down(request_: Request) -> None:
    progress = run_guarded(partial(faulty_bench, HOW), request_, patience_s=3.0)
    by_id = {p.point_id: p.kernel for p in points(13)}
    measured = {by_id[row["point_id"]] for row in rows_of(request_) if row["is_anchor"] == "false"}
    assert measured == set(by_id.values()) - set(HOW)
    assert progress.rows == len(rows_of(request_))
    (path,) = request_.out.glob("campaigns/*.json")
    meta = json.loads(path.read_text())
    assert meta["rows"] == progress.rows
    why = {by_id[failure["point_id"]]: failure for failure in meta["failures"]}
    assert {name for name, failure in why.items() if failure["is_lost"]} == {"k3", "k4", "k5"}
    assert "illegal memory access" in why["k3"]["why"]
    assert "had not ended after 3 s" in why["k4"]["why"]
    assert "exit code -11" in why["k5"]["why"]
    assert "out of resources" in why["k6"]["why"]
    assert check(request_.out) == []
    assert [f.point_id for f in progress.failures] == [f["point_id"] for f in meta["failures"]]


def test_what_took_the_device_down_is_never_tried_again(request_: Request) -> None:
    first = run_guarded(partial(faulty_bench, {"k3": "lost"}), request_)
    again = run_guarded(partial(faulty_bench, {"k3": "lost"}), replace(request_, seed=2))
    assert [failure.is_lost for failure in first.failures] == [True]
    assert again.failures == []


def test_a_device_that_takes_nothing_any_more_ends_the_campaign(request_: Request) -> None:
    how = dict.fromkeys((f"k{i}" for i in range(13) if i not in (0, 904 % 13)), "crashes")
    with pytest.raises(DeviceError, match="3 points in a row took the device down"):
        run_guarded(partial(faulty_bench, how), request_)


@pytest.mark.parametrize(
    ("make", "says"), [(no_bench, "no GPU 0"), (broken_bench, "did not begin.*exit code 1")]
)
def test_a_campaign_that_cannot_begin_says_why(
    request_: Request, make: Callable[[], None], says: str
) -> None:
    with pytest.raises(DeviceError, match=says):
        run_guarded(make, request_)  # type: ignore[arg-type]


def test_an_interrupt_leaves_a_whole_data_set(request_: Request) -> None:
    progress = Progress()

    def stop(row: Row) -> None:
        if progress.rows == 4:
            raise KeyboardInterrupt

    progress.on_row = stop
    with pytest.raises(KeyboardInterrupt):
        run_guarded(partial(faulty_bench, {}), request_, progress)
    (path,) = request_.out.glob("campaigns/*.json")
    assert json.loads(path.read_text())["rows"] == len(rows_of(request_)) >= 4
    assert check(request_.out) == []


def sleeper(tell: Callable[[int], None]) -> None:
    tell(os.getpid())
    time.sleep(1000)


def test_no_process_outlives_what_it_worked_for() -> None:
    told = told_by(sleeper, lambda: 30.0)
    number = next(told)
    told.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_process_that_ends_without_a_word_is_lost() -> None:
    told = told_by(sleeper, lambda: 30.0)
    os.kill(next(told), signal.SIGKILL)
    with pytest.raises(LostError, match="exit code -9"):
        next(told)
