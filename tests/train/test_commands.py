"""`train`, `evaluate` and `features` as people type them, on simulated rows of real PTX."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

import ptxenergy.report
from ptxenergy.features.vector import FEATURE_SET
from ptxenergy.model.artifact import read
from ptxenergy.train.evaluation import Protocol
from ptxenergy.train.judging import Judged, Split, judge
from tests.cli.commands import EXAMPLE, ROOT, Outcome, outcome
from tests.train.campaign import DATASETS
from tests.train.conftest import Measured
from tests.train.synthetic import QUICK

SCHEMAS = Path(ptxenergy.report.__file__).parent / "schemas"


@pytest.fixture(scope="module")
def judge_once() -> Callable[[Split], Judged]:
    """Judges as ever, and keeps the answers: many commands here ask for the same splits."""
    known: dict[str, Judged] = {}

    def asked(split: Split) -> Judged:
        key = repr(split)
        if key not in known:
            known[key] = judge(split)
        return known[key]

    return asked


@pytest.fixture(autouse=True)
def _quickly(
    campaign: Measured, judge_once: Callable[[Split], Judged], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts and judgements are kept from test to test, and few hyper-parameters are tried."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(campaign.cache_home))
    monkeypatch.setattr("ptxenergy.train.evaluation.judge", judge_once)
    for module in ("evaluation", "training"):
        quick = partial(Protocol, candidates=QUICK[:1], beside=False)
        monkeypatch.setattr(f"ptxenergy.train.{module}.Protocol", quick)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that models of simulated rows may be written to."""
    return tmp_path_factory.mktemp("models") / "simulated"


@pytest.fixture
def trained(
    campaign: Measured, models: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Path, Outcome | None]:
    """A model of the campaign; what `train` printed where this is its first use."""
    path = models / "simulated.npz"
    if path.exists():
        return path, None
    return path, command(capsys, "train", str(campaign.folder), "--out", str(models))


def command(capsys: pytest.CaptureFixture[str], *words: str) -> Outcome:
    return outcome(capsys, *words, "--datasets", str(DATASETS), "--jobs", "1")


def evaluated(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    done = command(capsys, "evaluate", *words, "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    schema = json.loads((SCHEMAS / "evaluation.json").read_text())
    jsonschema.validate(document, schema)
    return document


def test_train_writes_model_and_card(trained: tuple[Path, Outcome | None]) -> None:
    path, done = trained
    assert done is not None
    assert done.code == 0, done.err
    header = read(path).header
    assert header.is_simulated
    assert header.feature_version == FEATURE_SET.version
    assert header.feature_names == FEATURE_SET.names
    card = path.with_suffix(".md").read_text()
    for said in (done.out, card):
        assert "no GPU was measured" in said
        assert header.model_id in said


@pytest.mark.slow
@pytest.mark.parametrize("spread", ["jobs", "scheduler"])
def test_counting_and_training_elsewhere_gives_the_same_bytes(
    spread: str,
    cluster: str,
    campaign: Measured,
    trained: tuple[Path, Outcome | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is known yet, so that launches are counted and splits judged there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("ptxenergy.train.evaluation.judge", judge)
    out = tmp_path / "simulated"
    where = ("--jobs", "4") if spread == "jobs" else ("--scheduler", cluster)
    words = ("train", str(campaign.folder), "--out", str(out), "--datasets", str(DATASETS))
    done = outcome(capsys, *words, *where)
    assert done.code == 0, done.err
    assert (out / trained[0].name).read_bytes() == trained[0].read_bytes()


def test_a_trained_model_predicts_but_is_never_calibrated(
    trained: tuple[Path, Outcome | None], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("predict", EXAMPLE, "--block", "32x8", "--model", str(trained[0]))
    assert "simulated rows" in outcome(capsys, *words).err
    done = outcome(capsys, *words, "--any-model", "--json")
    result = json.loads(done.out)["results"][0]
    assert result["calibrated"] is False
    assert "simulated-model" in result["flags"]
    assert result["model"]["id"] == read(trained[0]).header.model_id


def test_evaluate_gives_json_and_a_page(
    campaign: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    document = evaluated(capsys, str(campaign.folder), "--html", str(page))
    assert document["simulated"] is True
    assert document["energy"]["median_ape"] > 0
    assert document["data"]["left_out"]["locked family"] > 0
    assert "no GPU was measured" in page.read_text()


def test_locked_families_are_opened_only_on_request_and_it_is_written_down(
    campaign: Measured,
    models: Path,
    trained: tuple[Path, Outcome | None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = (str(campaign.folder), "--models", str(models))
    card = trained[0].with_suffix(".md")
    assert "Never looked at" in card.read_text()
    assert evaluated(capsys, *words)["locked"] is None
    assert not (models / "locked.csv").exists()
    document = evaluated(capsys, *words, "--locked")
    assert document["locked_uses"][0]["commit"] in card.read_text()
    assert "Never looked at" not in card.read_text()
    assert document["locked"]["rows"] > 0
    assert len(document["locked_uses"]) == 1
    with (models / "locked.csv").open() as file:
        assert [line["gpu"] for line in csv.DictReader(file)] == ["simulated"]
    assert len(evaluated(capsys, *words)["locked_uses"]) == 1


def test_a_model_of_too_few_new_rows_is_not_adapted(
    campaign: Measured,
    trained: tuple[Path, Outcome | None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = tmp_path / "mine.csv"
    lines = (campaign.folder / "rows" / "run.csv").read_text().splitlines()
    mine.write_text("\n".join(lines[:8]) + "\n")
    words = ("train", "--from", str(trained[0]), "--rows", str(mine))
    done = command(capsys, *words, "--out", str(tmp_path / "simulated"))
    assert done.code == 2
    assert "at least 20 good rows" in done.err


def test_a_model_is_adapted_to_rows_of_a_card_that_draws_more(
    campaign: Measured,
    trained: tuple[Path, Outcome | None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (campaign.folder / "rows" / "run.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        line["power_w"] = repr(3 * float(line["power_w"]))
        line["energy_j"] = repr(3 * float(line["energy_j"]))
    mine = tmp_path / "mine.csv"
    with mine.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    words = ("train", "--from", str(trained[0]), "--rows", str(mine))
    done = command(capsys, *words, "--out", str(tmp_path / "simulated"))
    assert done.code == 0, done.err
    assert "before" in done.out
    header = read(tmp_path / "simulated" / "simulated.npz").header
    assert header.adapted_from == read(trained[0]).header.model_id


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train",), "give the rows once"),
        (("train", "a", "--rows", "b"), "give the rows once"),
        (("train", "nowhere.csv"), "does not exist"),
        (("evaluate", "nowhere.csv"), "does not exist"),
        (("evaluate", "nowhere.csv", "--locked"), "does not exist"),
        (("train", "{rows}", "--out", "models"), "folder named `simulated`"),
        (("evaluate", "{rows}", "--locked", "--models", "models"), "folder named `simulated`"),
        (("train", "--from", "nowhere.npz", "--rows", "{rows}"), "cannot be read"),
        (("evaluate", "{rows}", "--scheduler", "tcp://127.0.0.1:9"), "no Dask scheduler"),
        (("evaluate", "{rows}", "--gpu", "abacus"), "no GPU is called"),
    ],
)
def test_wrong_use_is_one_line(
    words: tuple[str, ...],
    message: str,
    campaign: Measured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "--scheduler" in words:
        # Nothing is known yet, so that there is work to hand on.
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = command(capsys, *(word.format(rows=campaign.folder) for word in words))
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert message in done.err


def test_features_are_written_as_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = []
    for name in ("table.csv", "table.parquet"):
        path = tmp_path / name
        done = outcome(capsys, "features", EXAMPLE, EXAMPLE, "--block", "32x8", "--out", str(path))
        assert done.code == 0, done.err
        assert "2 launches" in done.out
        tables.append(path)
    first = pd.read_csv(tables[0], dtype={"feature_version": str})
    second = pd.read_parquet(tables[1])
    assert list(first.columns) == list(second.columns)
    assert list(first.columns)[6:] == list(FEATURE_SET.names)
    pd.testing.assert_frame_equal(first, second, check_dtype=False)
    done = outcome(capsys, "features", EXAMPLE, "--out", str(tmp_path / "table.txt"))
    assert done.code == 2
    assert ".parquet" in done.err


def test_help_and_prediction_import_nothing_that_only_training_needs() -> None:
    script = (
        "import sys\n"
        "from ptxenergy.cli.main import run\n"
        "run(['train', '--help']); run(['evaluate', '--help']); run(['features', '--help'])\n"
        f"code = run(['predict', {EXAMPLE!r}, '--block', '32x8', '--json'])\n"
        "heavy = {'sklearn', 'pandas', 'scipy', 'joblib', 'jinja2', 'dask', 'matplotlib'}\n"
        "sys.exit(code or sorted(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_library_is_named(
    campaign: Measured, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    done = command(capsys, "evaluate", str(campaign.folder))
    assert done.code == 2
    assert "pip install 'ptxenergy[train]'" in done.err


def test_other_commands_of_evaluate_keep_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert "counters" in outcome(capsys, "evaluate", "counts", "--help").out
    for words in (("evaluate", "--help"), ("evaluate", "-h")):
        shown = outcome(capsys, *words).out
        assert "counts" in shown
        assert "model" in shown
    assert "--locked" in outcome(capsys, "evaluate", "model", "--help").out
