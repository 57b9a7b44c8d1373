"""One command writes everything down: pages, pictures, figures; and says what is lacking.

Rows are made by hand or simulated: no GPU was measured, whatever name they bear here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ptxenergy.findings.page import BEGIN, END
from ptxenergy.measure.rows.row import Row
from ptxenergy.train.evaluation import Protocol
from tests.cli.commands import ROOT, Outcome, kernel, outcome
from tests.findings.planted import LOCKED, flat, noisy, point_id, row, study, written
from tests.train.campaign import DATASETS, measured, quick_points
from tests.train.synthetic import QUICK

PTX = kernel("")
README = f"# A project\n\nBefore.\n\n{BEGIN}\nNothing was measured yet.\n{END}\n\nAfter.\n"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def rows(gpu: str) -> list[Row]:
    """A kernel that shape changes, one that it does not, one that is locked, and an anchor."""
    steep = study("steep", {**flat(), "256": 0.6}, minute=40, family="other_family")
    level = study("level", flat())
    secret = study("secret_kernel", flat(0.7), minute=60, family=LOCKED)
    anchor = row("anchor_kernel", "256", 1e-3, 400.0, 80, is_anchor=True, study="anchor")
    digest = hashlib.sha256(PTX.encode()).hexdigest()
    every = [*steep, *level, *noisy(level, 20, 0.002), *secret, anchor]
    return [replace(one, gpu=gpu, ptx_sha256=digest) for one in every]


def published(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> Outcome:
    where = ("--datasets", str(folder.parent), "--jobs", "1")
    return outcome(capsys, "dataset", "publish", str(folder), *where, *words)


def data_set(tmp_path: Path, gpu: str = "NVIDIA H200", name: str = "h200") -> Path:
    datasets = Path("datasets")
    (datasets / "ptx").mkdir(parents=True)
    (datasets / "ptx" / "k.ptx").write_text(PTX)
    (tmp_path / "README.md").write_text(README)
    return written(datasets, rows(gpu), name=name)


def texts(*folders: Path) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".md", ".svg"):
                yield str(path), path.read_bytes()


def test_figures_go_between_the_markers_and_a_page_beside_the_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path)
    done = published(capsys, folder, "--readme", "README.md")
    assert done.code == 1, done.err
    readme = Path("README.md").read_text()
    assert readme.startswith("# A project\n\nBefore.\n")
    assert readme.endswith(f"{END}\n\nAfter.\n")
    page = (folder / "README.md").read_text()
    for text in (readme, page):
        assert "| good rows | ≥ 1,200 | 40 | no |" in text
        assert "`ptxenergy dataset publish datasets/h200 --readme README.md`" in text
        assert "| block shape | for how many kernels by > 2, 5, 20 % | 1, 1, 1 of 2 kernels" in text
        assert str(tmp_path) not in text
    assert "| energy, median error | ≤ 30 % (stretch: 15 %, then 8 %) | not evaluated" in readme
    assert "measure more with `ptxenergy measure run --out datasets/h200`" in page
    assert "run `ptxenergy measure counters --out datasets/h200`" in done.out
    assert "(figures/shapes.svg)" in page
    assert (folder / "figures" / "shapes.svg").exists()
    assert "SIMULATED" not in page + readme + done.out


def test_same_rows_give_same_bytes_and_locked_families_appear_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path)
    done = published(capsys, folder, "--readme", "README.md")
    first = dict(texts(tmp_path))
    published(capsys, folder, "--readme", "README.md")
    assert dict(texts(tmp_path)) == first
    assert len(first) == 2 + 4
    for text in (*first.values(), done.out.encode()):
        assert b"secret" not in text
        assert b"anchor_kernel" not in text


def test_counts_are_held_to_counters_and_outliers_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path)
    warps = 65_536 // 32
    counters = {"level": warps, "steep": 2 * warps, "secret_kernel": warps}
    lines = [
        {"point_id": point_id(name, "256"), "kernel": name, "warp_instructions": count}
        for name, count in counters.items()
    ]
    (folder / "counters.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "explained.toml").write_text('[warp_instructions]\nsteep = "planted"\n')
    done = published(capsys, folder)
    page = (folder / "README.md").read_text()
    assert "| warp_instructions | 2 | 25 % | 45 % | 0.75 |" in page
    assert "1 of a locked family" in page
    assert "| planted |" in page
    # Instructions times their expansion are another count of the same.
    assert "2 launches; 1 of 2 outliers explained" in page
    assert "secret" not in page + done.out


def test_a_readme_without_markers_is_refused_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path)
    for text in ("# A project\n", README + README, f"{END}\n{BEGIN}\n"):
        Path("README.md").write_text(text)
        done = published(capsys, folder, "--readme", "README.md")
        assert (done.code, done.out) == (2, "")
        assert BEGIN in done.err
        assert Path("README.md").read_text() == text
    assert not (folder / "README.md").exists()


def test_simulated_rows_never_touch_the_readme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path, "simulated", "simulated")
    refused = published(capsys, folder, "--readme", "README.md")
    assert (refused.code, refused.out) == (2, "")
    assert "simulated" in refused.err
    assert Path("README.md").read_text() == README
    done = published(capsys, folder)
    page = (folder / "README.md").read_text()
    assert done.out.startswith("SIMULATED")
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert len(headings) == 6
    assert all("# SIMULATED: " in heading for heading in headings)
    elsewhere = published(capsys, folder, "--models", "models")
    assert "folder named `simulated`" in elsewhere.err


def test_faulty_rows_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = data_set(tmp_path)
    path = folder / "rows" / "c.csv"
    path.write_text(path.read_text().replace(",true,", ",yes,", 1))
    done = published(capsys, folder)
    assert (done.code, done.out) == (2, "")
    assert "c.csv: row 1" in done.err
    assert "dataset check" in done.err
    assert not (folder / "README.md").exists()


def test_the_projects_readme_can_take_figures() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    if not any(DATASETS.glob("*/rows/*.csv")):
        assert "Nothing was measured yet" in text.partition(BEGIN)[2].partition(END)[0]


@pytest.mark.slow
def test_a_small_simulated_campaign_from_rows_to_model_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick: Callable[[], Protocol] = partial(Protocol, candidates=QUICK[:1], whole=False)
    for module in ("evaluation", "training"):
        monkeypatch.setattr(f"ptxenergy.train.{module}.Protocol", quick)
    folder = tmp_path / "simulated"
    points = quick_points(11, 2) + quick_points(1, 2, locked=True)
    measured(points, folder)
    words = ("dataset", "publish", "simulated", "--datasets", str(DATASETS), "--jobs", "1")
    done = outcome(capsys, *words)
    assert done.code == 1, done.err
    page = (folder / "README.md").read_text()
    assert "| this model |" in page
    assert "simulated/models/simulated/simulated.md" in page
    assert "(figures/errors.svg)" in page
    assert (folder / "models" / "simulated" / "simulated.npz").exists()
    locked = {point.kernel for point in quick_points(1, 2, locked=True)}
    first = dict(texts(folder))
    assert all(name.encode() not in text for text in first.values() for name in locked)
    outcome(capsys, *words)
    assert dict(texts(folder)) == first
    assert json.loads(
        outcome(capsys, "dataset", "findings", "simulated", "--json", *words[3:5]).out
    )
