"""Measured elsewhere, added here: once, whole, and never over what is there."""

import json
import shutil
from pathlib import Path

import pytest

from ptxenergy.measure.rows.adding import AddingError, add
from ptxenergy.measure.rows.check import check
from ptxenergy.measure.rows.row import complete_lines
from tests.cli.commands import outcome


@pytest.fixture
def target(folder: Path, tmp_path: Path) -> Path:
    """A data set that does not hold the rows of `folder` yet."""
    (folder / "campaigns").mkdir()
    (folder / "campaigns" / "run.json").write_text(json.dumps({"rows": 8}))
    (folder / "counters.jsonl").write_text('{"point_id": "a"}\n{"point_id": "b"}\n{"cut')
    (folder / "probe.json").write_text("{}")
    return tmp_path / "there" / "simulated"


def held(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_all_that_was_measured_comes_in_once(folder: Path, target: Path) -> None:
    assert add(folder, target) == {"campaigns": 1, "counters": 2, "verified": 0}
    first = held(target)
    assert set(first) == {"rows/run.csv", "campaigns/run.json", "counters.jsonl", "probe.json"}
    assert first["counters.jsonl"] == b'{"point_id": "a"}\n{"point_id": "b"}\n'
    assert check(target) == []
    assert add(folder, target) == {"campaigns": 0, "counters": 0, "verified": 0}
    assert held(target) == first


def test_a_campaign_that_went_on_is_taken_over(folder: Path, target: Path) -> None:
    rows = folder / "rows" / "run.csv"
    whole = rows.read_bytes()
    rows.write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
    add(folder, target)
    assert len(complete_lines(target / "rows" / "run.csv")) == 3
    rows.write_bytes(whole)
    assert add(folder, target)["campaigns"] == 1
    assert (target / "rows" / "run.csv").read_bytes() == whole


def test_other_rows_of_the_same_name_are_refused_and_nothing_is_written(
    folder: Path, target: Path
) -> None:
    shutil.copytree(folder, target)
    (target / "counters.jsonl").unlink()
    rows = target / "rows" / "run.csv"
    rows.write_text(rows.read_text().replace(",true,", ",false,", 1))
    before = held(target)
    with pytest.raises(AddingError, match="other rows"):
        add(folder, target)
    assert held(target) == before


def test_the_command_refuses_faulty_rows_and_what_is_no_data_set(
    folder: Path, target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = outcome(capsys, "dataset", "add", str(target), str(folder))
    assert (done.code, done.err) == (0, "")
    assert "1 campaign, 2 launches with counters and 0 verdicts added" in done.out
    rows = folder / "rows" / "run.csv"
    rows.write_text(rows.read_text().replace(",true,", ",maybe,", 1))
    refused = outcome(capsys, "dataset", "add", str(target), str(folder))
    assert refused.code == 2
    assert "neither true nor false" in refused.out
    assert outcome(capsys, "dataset", "add", str(target), str(tmp_path / "nothing")).code == 2
