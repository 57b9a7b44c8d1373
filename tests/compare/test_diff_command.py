"""`ptxenergy diff`: exit codes, its options, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import EXAMPLE, outcome
from tests.compare.versions import LAUNCHES, path

FILES = (str(path("old")), str(path("new")))
GIVEN = ("--settings", str(LAUNCHES))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No project but the one that is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ((), 0),
        (("--fail-above", "5%"), 1),
        (("--fail-above", "0.2"), 0),
        (("--fail-above", "1%", "--measure", "time"), 1),
        (("--fail-above", "5%", "--measure", "time"), 0),
        (("--fail-above", "10%", "--measure", "power"), 1),
    ],
)
def test_growth_above_the_limit_is_exit_code_1(
    more: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The division: 13 % of energy, 1.9 % of time, 11 % of power."""
    done = outcome(capsys, "diff", *FILES, "--kernel", "divided", *GIVEN, *more)
    assert done.code == code, done.out + done.err


def test_an_assumed_launch_fails_only_if_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("diff", *FILES, "--kernel", "waiting", "--block", "256", "--fail-above", "1%")
    free = outcome(capsys, *asked)
    assert free.code == 0
    assert "above the limit of 1 %; not held, for what is assumed" in " ".join(free.out.split())
    assert "(--hold-assumed holds it)" in " ".join(free.out.split())
    assert "the launch is assumed: --grid 1056x1x1" in free.out
    assert outcome(capsys, *asked, "--hold-assumed").code == 1
    assert outcome(capsys, *asked, "--grid", "1056").code == 1


def test_options_say_the_launch_before_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    done = outcome(
        capsys,
        *("diff", *FILES, "--kernel", "waiting", "--block", "256", "--grid", "7", *GIVEN, "--json"),
    )
    (kernel,) = json.loads(done.out)["kernels"]
    assert kernel["launch_source"] is None
    assert kernel["old"]["launch"]["grid"] == kernel["new"]["launch"]["grid"] == [7, 1, 1]


def test_the_nearest_project_says_the_launch(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = LAUNCHES.read_text(encoding="utf-8")
    (elsewhere / "ptxenergy.toml").write_text(entries, encoding="utf-8")
    done = outcome(capsys, "diff", *FILES, "--kernel", "waiting", "--json")
    (kernel,) = json.loads(done.out)["kernels"]
    assert kernel["launch_source"]["entry"] == "ptxenergy.toml:20"
    assert kernel["old"]["launch"]["grid"] == [4096, 1, 1]


def test_files_beside_the_report(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = outcome(
        capsys,
        *("diff", *FILES, "--kernel", "divided", *GIVEN, "--markdown"),
        *("--sarif", "d.sarif", "--junit", "d.xml"),
    )
    assert done.out.startswith("### Energy of ")
    log = json.loads((elsewhere / "d.sarif").read_text(encoding="utf-8"))
    assert [r["level"] for r in log["runs"][0]["results"]] == ["note"]
    assert "<testcase" in (elsewhere / "d.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--fail-above", "much"), "--fail-above much: 'much' is no number; write 5% or 0.05"),
        (("--fail-above", "5"), "--fail-above 5: that is a growth of 500%: write it with its %"),
        (("--fail-above=-5%",), "--fail-above -5%: "),
        (("--json", "--markdown"), "give one of them"),
        (("--sarif", "none/d.sarif"), "none/d.sarif cannot be written: No such file"),
        (("--settings", "none.toml"), "none.toml cannot be read"),
        (("--kernel", "added"), "no kernel matches 'added'"),
        (("--pair", "waiting"), "--pair waiting: write OLD=NEW"),
        (("--new-trip", "x"), "write LINE="),
        (("--new-arg", "9=1", "--block", "32"), "has no parameter 9"),
        (("--gpu", "gt9"), "gt9"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(
    more: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel = () if "--kernel" in more else ("--kernel", "waiting")
    done = outcome(capsys, "diff", *FILES, *kernel, *more)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.startswith("error: ")


def test_standard_input_is_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    done = outcome(capsys, "diff", "-", "-")
    assert (done.code, done.out) == (2, "")
    assert "only one of them can be -" in done.err


def test_a_file_is_no_different_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    done = outcome(capsys, "diff", EXAMPLE, EXAMPLE, "--block", "32x8", "--fail-above", "0%")
    assert done.code == 0
    assert "Why" not in done.out
    assert "0.0 %  ratio 1" in done.out
