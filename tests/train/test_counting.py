"""Features come from the launch alone, by the way of `predict`, and are kept by content."""

from __future__ import annotations

import csv
import itertools
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptxenergy.features.vector import features_of
from ptxenergy.gpu import load
from ptxenergy.measure.kernels.catalog import read_ptx
from ptxenergy.measure.rows.dictionary import DICTIONARY
from ptxenergy.pipeline import Options, predict
from ptxenergy.train.cache import FeatureCache, key_of
from ptxenergy.train.counting import Counting, counted, request_of, tabulated
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.parallel import Workers
from ptxenergy.train.rows import Launched, Rows, read_rows, usable
from ptxenergy.train.table import Counted, Table
from tests.train.campaign import DATASETS
from tests.train.conftest import Measured

GPU = load("h200")
# What a user would tell `predict`, and what the file of the PTX is called.
LAUNCHED = frozenset(
    {
        *(f"{what}_{axis}" for what in ("grid", "block") for axis in "xyz"),
        *("dynamic_shared_bytes", "args", "pins", "cache_mode", "ptx_path", "ptx_sha256", "entry"),
    }
)


def counting(campaign: Measured, workers: Workers | None = None) -> Counting:
    return Counting(GPU, (DATASETS,), campaign.cache, workers or Workers())


def rows_of(campaign: Measured) -> Rows:
    return usable(read_rows(campaign.folder), frozenset())


def table_of(campaign: Measured) -> Table:
    return tabulated(rows_of(campaign), counting(campaign))[1]


def test_features_are_those_of_predict(campaign: Measured, tmp_path: Path) -> None:
    launched = rows_of(campaign).rows[0].launched
    path = tmp_path / "kernel.ptx"
    path.write_bytes(read_ptx(DATASETS / launched.ptx_path))
    options = Options(kernel=launched.entry, request=request_of(launched))
    prediction = predict(str(path), options).results[0]
    found = table_of(campaign).counted[0]
    expected = features_of(prediction.inspection, prediction.bound, GPU)
    assert found.features == pytest.approx(expected, nan_ok=True, rel=0, abs=0)
    assert found.bound_time_s == prediction.bound.time_s


def test_no_measured_column_name_or_id_reaches_the_features(
    campaign: Measured, tmp_path: Path
) -> None:
    """Every other cell is made another: what is counted stays the same."""
    folder = tmp_path / "simulated"
    shutil.copytree(campaign.folder, folder)
    path = folder / "rows" / "run.csv"
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    kept = LAUNCHED | {"gpu", "ok", "data_kind", "is_anchor"}
    for number, line in enumerate(lines):
        for name, column in DICTIONARY.items():
            if name in kept:
                continue
            is_number = column.kind in ("integer", "number")
            line[name] = str(number + 2) if is_number else f"{number + 2:016x}"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    fresh = Counting(GPU, (DATASETS,), FeatureCache(tmp_path / "cache"), Workers())
    few = {row.launched for row in rows_of(campaign).rows[:6]}
    other = [r.launched for r in usable(read_rows(folder), frozenset()).rows if r.launched in few]
    assert set(other) == few
    known = dict(zip(other, counted(other, counting(campaign)), strict=True))
    for launched, one in zip(other, counted(other, fresh), strict=True):
        assert repr(one) == repr(known[launched])


def test_a_launch_is_counted_once(campaign: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    before = table_of(campaign)
    monkeypatch.setattr("ptxenergy.train.counting.bounds_of", lambda *_: pytest.fail("again"))
    assert repr(table_of(campaign).counted) == repr(before.counted)


@pytest.mark.parametrize("spread", ["jobs", "scheduler"])
def test_launches_that_are_counted_elsewhere_are_counted_the_same(
    spread: str, cluster: str, campaign: Measured, tmp_path: Path
) -> None:
    """`test_training` holds the same of what is learnt from them."""
    by_file = {row.launched.ptx_path: row.launched for row in rows_of(campaign).rows}
    chosen = list(by_file.values())[:4]
    workers = Workers(4) if spread == "jobs" else Workers(scheduler=cluster)
    there = Counting(GPU, (DATASETS,), FeatureCache(tmp_path), workers)
    assert repr(counted(chosen, there)) == repr(counted(chosen, counting(campaign)))


def test_code_gpu_launch_and_ptx_make_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    launched = Launched("a.ptx", "0", "k", (1, 1, 1), (32, 1, 1), 0, ())
    keys = {
        key_of(launched, b"one", GPU),
        key_of(launched, b"other", GPU),
        key_of(replace(launched, block=(64, 1, 1)), b"one", GPU),
        key_of(replace(launched, is_cold=True), b"one", GPU),
        key_of(launched, b"one", load("a100")),
    }
    assert len(keys) == 5
    assert key_of(replace(launched, ptx_path="elsewhere.ptx"), b"one", GPU) in keys
    monkeypatch.setattr("ptxenergy.train.cache.code_sha256", lambda: "other code")
    assert key_of(launched, b"one", GPU) not in keys


def test_a_damaged_or_unwritable_cache_is_no_error(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    cache.put("abcd", Counted((1.0, float("nan")), 1.0, 2.0, {"L1": 0.5}))
    known = cache.get("abcd")
    assert isinstance(known, Counted)
    assert known.shares == {"L1": 0.5}
    (tmp_path / "ab" / "cd.json").write_text("{")
    assert cache.get("abcd") is None
    (tmp_path / "file").write_text("")
    FeatureCache(tmp_path / "file").put("abcd", "no room")


def test_no_clock_decides_what_is_counted(
    campaign: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every look at a clock finds ten seconds gone, counts are the same."""
    chosen = list(dict.fromkeys(row.launched for row in rows_of(campaign).rows))[:6]
    known = counted(chosen, counting(campaign))
    ticks = itertools.count(step=10.0)
    for clock in ("process_time", "perf_counter", "monotonic", "time"):
        monkeypatch.setattr(f"time.{clock}", lambda: next(ticks))
    slow = Counting(GPU, (DATASETS,), FeatureCache(tmp_path), Workers())
    assert repr(counted(chosen, slow)) == repr(known)


def test_other_ptx_than_what_was_measured_is_refused(campaign: Measured) -> None:
    launched = replace(rows_of(campaign).rows[0].launched, ptx_sha256="0" * 64)
    with pytest.raises(TrainingError, match="not the PTX that was measured"):
        counted([launched], counting(campaign))
    with pytest.raises(TrainingError, match="--datasets"):
        counted([replace(launched, ptx_path="nowhere.ptx")], counting(campaign))


def test_launches_that_cannot_be_counted_are_left_out(campaign: Measured) -> None:
    rows = rows_of(campaign)
    wrong = replace(rows.rows[0], launched=replace(rows.rows[0].launched, block=(4096, 1, 1)))
    kept, table = tabulated(replace(rows, rows=(wrong, *rows.rows[1:])), counting(campaign))
    assert kept.left_out["could not be counted"] == 1
    assert len(table) == len(kept.rows) == len(rows.rows) - 1
    with pytest.raises(TrainingError, match="no row is left"):
        tabulated(replace(rows, rows=(wrong,)), counting(campaign))
