"""Rows are read into what was launched, what it is called and what was measured, apart."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ptxenergy.gpu import load
from ptxenergy.launch.request import Trips
from ptxenergy.measure.rows.row import COLUMNS
from ptxenergy.train.counting import gpu_of, request_of
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.rows import Rows, read_rows, usable
from tests.train.conftest import Measured


def lines(folder: Path) -> list[dict[str, str]]:
    with (folder / "rows" / "run.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def written(rows: list[dict[str, str]], path: Path, columns: tuple[str, ...] = COLUMNS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def changed(campaign: Measured, tmp_path: Path, **cells: str) -> Rows:
    """The rows with these cells in the first one."""
    rows = lines(campaign.folder)
    return read_rows(written([{**rows[0], **cells}, *rows[1:]], tmp_path / "mine.csv"))


def test_what_was_launched_is_read(campaign: Measured) -> None:
    rows = read_rows(campaign.folder)
    by_point = {line["point_id"]: line for line in lines(campaign.folder)}
    assert len(rows.rows) == len(lines(campaign.folder))
    for row in rows.rows:
        line = by_point[row.tags.point_id]
        assert row.launched.block == tuple(int(line[f"block_{axis}"]) for axis in "xyz")
        assert dict(row.launched.args) == {k: repr(v) for k, v in json.loads(line["args"]).items()}
        assert len(row.launched.pins) == len(json.loads(line["pins"]))


def test_trips_are_read_with_those_of_warps_where_they_are_there(
    campaign: Measured, tmp_path: Path
) -> None:
    pins = [
        {"kind": "trip", "line": 9, "value": 3.0, "marker": "row", "warp": 7.5},
        {"kind": "trip", "line": 20, "value": 2.0, "marker": "all"},
    ]
    rows = changed(campaign, tmp_path, pins=json.dumps(pins))
    point = lines(campaign.folder)[0]["point_id"]
    # The point may have been measured again, with the pins that it really has.
    again = [row.launched for row in rows.rows if row.tags.point_id == point]
    launched = max(again, key=lambda one: len(one.pins))
    assert launched.pins == (("trip", 9, Trips(3.0, 7.5)), ("trip", 20, 2.0))
    assert request_of(launched).pins.trips == {9: Trips(3.0, 7.5), 20: 2.0}


def test_the_order_of_rows_and_files_changes_nothing(campaign: Measured, tmp_path: Path) -> None:
    rows = lines(campaign.folder)
    written(rows[::-1][:5], tmp_path / "set" / "rows" / "b.csv")
    written(rows[::-1][5:], tmp_path / "set" / "rows" / "a.csv")
    again = read_rows(tmp_path / "set")
    assert again == read_rows(campaign.folder)


def test_any_cell_changes_the_checksum(campaign: Measured, tmp_path: Path) -> None:
    one, other = (changed(campaign, tmp_path, window_s=w) for w in ("0.5", "0.6"))
    assert one.sha256 != other.sha256


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"ok": "false"}, "not a good point"),
        ({"data_kind": "zeros"}, "values are not random"),
        ({"family": "reduction"}, "locked family"),
    ],
)
def test_rows_that_are_not_for_training_are_left_out(
    campaign: Measured, tmp_path: Path, cells: dict[str, str], why: str
) -> None:
    before = usable(read_rows(campaign.folder), {"reduction"})
    after = usable(changed(campaign, tmp_path, **cells), {"reduction"})
    assert after.left_out.get(why, 0) == before.left_out.get(why, 0) + 1
    assert len(after.rows) == len(before.rows) - 1


def test_a_rotated_cache_is_a_cold_one(campaign: Measured, tmp_path: Path) -> None:
    rows = usable(changed(campaign, tmp_path, cache_mode="rotated"), frozenset())
    assert sum(row.launched.is_cold for row in rows.rows) == 1


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"gpu": "NVIDIA H200"}, "several GPUs"),
        ({"args": "{"}, "cannot be read"),
        ({"grid_x": "many"}, "cannot be read"),
        ({"time_s": "0.0"}, "above zero"),
    ],
)
def test_rows_that_cannot_be_read_are_refused(
    campaign: Measured, tmp_path: Path, cells: dict[str, str], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        changed(campaign, tmp_path, **cells)


def test_files_without_rows_are_refused(campaign: Measured, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="does not exist"):
        read_rows(tmp_path / "nowhere.csv")
    with pytest.raises(TrainingError, match="no measured rows"):
        read_rows(tmp_path)
    short = written(lines(campaign.folder), tmp_path / "short.csv", COLUMNS[:10])
    with pytest.raises(TrainingError, match="row 1 lacks compile_options"):
        read_rows(short)


def named(gpu: str, campaign: Measured, tmp_path: Path) -> Rows:
    rows = [{**line, "gpu": gpu} for line in lines(campaign.folder)]
    return read_rows(written(rows, tmp_path / "mine.csv"))


def test_the_gpu_is_known_by_its_name_or_must_be_said(campaign: Measured, tmp_path: Path) -> None:
    assert gpu_of(named("NVIDIA H200", campaign, tmp_path), None) == load("h200")
    assert gpu_of(named("NVIDIA A100-SXM4-80GB", campaign, tmp_path), None) == load("a100")
    assert gpu_of(named("NVIDIA Odd 9", campaign, tmp_path), "a100") == load("a100")
    with pytest.raises(TrainingError, match="--gpu"):
        gpu_of(named("NVIDIA Odd 9", campaign, tmp_path), None)
    with pytest.raises(TrainingError, match="which is h200, not a100"):
        gpu_of(named("NVIDIA H200", campaign, tmp_path), "a100")
