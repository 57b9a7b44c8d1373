"""`explain` as people type it: text, listing, JSON by its schema, errors."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ptxenergy.report
from ptxenergy.model.artifact import save
from tests.cli.commands import ROOT, outcome
from tests.explain.explained import STRIDED, STRIDED_CU, N
from tests.explain.trained import DRIVER, simulated_model

SCHEMA = Path(ptxenergy.report.__file__).parent / "schemas" / "explain.json"
LAUNCH = ("--block", "256", "--threads", str(N), "--arg", f"3={N}")
PTX = str(STRIDED.relative_to(ROOT))


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")


def document(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    done = outcome(capsys, "explain", *words, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    return found["results"][0]


def test_json_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    result = document(capsys, PTX, *LAUNCH)
    total = result["energy_j"]["value"]
    for name in ("contributions", "lines", "instructions"):
        assert sum(one["energy_j"] for one in result[name]) == pytest.approx(total, rel=1e-9)
    assert sum(one["share"] for one in result["lines"]) == pytest.approx(1, rel=1e-9)
    inlined = next(one for one in result["lines"] if one["line"] == 5)
    assert inlined["inlined_into"] == [{"file": STRIDED_CU, "line": 14}]
    assert result["limiter"] == max(result["only_cost_s"], key=result["only_cost_s"].get)
    assert result["correction"] is None
    assert result["calibrated"] is False


def test_json_of_a_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "simulated" / "h200.npz"
    save(simulated_model(), path)
    words = (PTX, *LAUNCH, "--model", str(path), "--any-model")
    found = document(capsys, *words)["correction"]
    assert found["features"][0]["name"] == DRIVER
    for name in ("time", "power"):
        effects = sum(one[f"{name}_log"] for one in found["features"])
        summed = found["base_log"][name] + found["shift_log"][name] + effects
        assert summed == pytest.approx(found["total_log"][name], rel=1e-9)
    text = outcome(capsys, "explain", *words).out
    assert "What the trees added" in text
    assert DRIVER.replace("_", " ") in text


def test_text_names_the_worst_line_first_with_its_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = outcome(capsys, "explain", PTX, *LAUNCH)
    assert done.code == 0, done.err
    assert max(map(len, done.out.splitlines())) <= 80
    table = done.out.partition("Energy by source line")[2].splitlines()
    assert table[2].split()[0] == "strided.cu:13"
    assert "float other = apart[32 * i];" in done.out
    assert "Not calibrated" in done.out


def test_listing_shows_the_source_or_else_the_ptx(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = outcome(capsys, "explain", PTX, *LAUNCH, "--listing")
    assert "float other = apart[32 * i];" in done.out
    copied = tmp_path / "moved.ptx"
    copied.write_bytes(STRIDED.read_bytes())
    monkeypatch.chdir(tmp_path)
    done = outcome(capsys, "explain", "moved.ptx", *LAUNCH, "--listing")
    assert "ld.global.f32" in done.out
    assert "$L__BB0_2:" in done.out
    assert "float other" not in done.out
    assert f"Not found: {STRIDED_CU}. --source DIR says where to look." in done.out
    found = outcome(
        capsys, "explain", "moved.ptx", *LAUNCH, "--listing", "--source", str(STRIDED.parent)
    )
    assert "float other" in found.out


def test_by_call_gives_inlined_code_to_its_caller(capsys: pytest.CaptureFixture[str]) -> None:
    result = document(capsys, PTX, *LAUNCH, "--by-call")
    assert result["lines_at"] == "call"
    assert 5 not in {one["line"] for one in result["lines"]}


def test_several_kernels_are_explained_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    several = "tests/corpus/ptx/nvcc-13.5/sm_90/sorting.lineinfo.ptx"
    done = outcome(capsys, "explain", several)
    assert done.code == 0, done.err
    assert done.out.count("Energy by source line") > 1
    assert "If it were the only cost" not in done.out


def test_only_source_code_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PTX may name any file of the reader's; only what looks like source is shown."""
    (tmp_path / "secret").write_text("\n" * 12 + "password\n")
    named = tmp_path / "named.ptx"
    named.write_text(STRIDED.read_text().replace(STRIDED_CU, str(tmp_path / "secret")))
    done = outcome(capsys, "explain", str(named), *LAUNCH, "--listing")
    assert done.code == 0, done.err
    assert "password" not in done.out


def test_a_page_without_its_libraries_says_what_to_install(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] in ("jinja2", "matplotlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert outcome(capsys, "explain", PTX, *LAUNCH, "--json").code == 0
    page = tmp_path / "page.html"
    done = outcome(capsys, "explain", PTX, *LAUNCH, "--html", str(page))
    assert done.code == 2
    assert "pip install 'ptxenergy[pages]'" in done.err
    assert not page.exists()


def test_ptx_without_line_numbers_says_how_to_get_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with_lines = Path(PTX).read_text("utf-8").splitlines()
    bare = tmp_path / "bare.ptx"
    bare.write_text("\n".join(line for line in with_lines if not line.lstrip().startswith(".loc")))
    page = tmp_path / "page.html"
    done = outcome(capsys, "explain", str(bare), *LAUNCH, "--html", str(page))
    assert "nvcc -lineinfo and Numba's lineinfo=True write them" in " ".join(done.out.split())
    assert "no line numbers" in page.read_text("utf-8")
    done = outcome(capsys, "explain", PTX, *LAUNCH, "--html", str(page))
    assert "no line numbers" not in done.out + page.read_text("utf-8")


def test_a_page_that_cannot_be_written_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    done = outcome(capsys, "explain", PTX, *LAUNCH, "--html", str(tmp_path / "no" / "page.html"))
    assert done.code == 2
    assert "No such file or directory" in done.err
    assert not done.out


def test_the_page_shows_the_shapes_that_do_the_same_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    words = ("explain", PTX, *LAUNCH)
    assert outcome(capsys, *words, "--html", str(page), "--shapes").code == 0
    text = page.read_text("utf-8")
    assert "Block shapes" in text
    assert "<p>indifferent: " in text
    done = outcome(capsys, *words, "--shapes")
    assert done.code == 2
    assert "give --html FILE" in done.err
