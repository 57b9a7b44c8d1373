"""The list of features is whole, and the document in docs/ is what the command makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from ptxenergy.features.feature_set import Feature, FeatureSet
from ptxenergy.features.vector import FEATURE_SET
from ptxenergy.report.features import COMMAND, features_markdown, show_features
from tests.cli.commands import ROOT, outcome

DOCUMENT = ROOT / "docs" / "features.md"


def test_the_document_is_what_the_command_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "features.md"
    done = outcome(capsys, "features", "--list", "--out", str(path))
    assert done.code == 0, done.err
    assert path.read_text() == DOCUMENT.read_text(), f"{COMMAND} makes it anew"


def test_every_feature_is_listed_once_in_the_models_order_with_unit_and_meaning() -> None:
    lines = [line for line in features_markdown(FEATURE_SET).splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [cell[0].strip("`") for cell in cells] == list(FEATURE_SET.names)
    assert [cell[1] for cell in cells] == list(FEATURE_SET.units)
    assert all(cell[2] for cell in cells)
    assert {cell[0]: cell[3] for cell in cells}["`resident_warps`"] == "time −"


def test_the_list_fits_a_terminal_and_names_every_feature() -> None:
    console = Console(width=80, highlight=False)
    with console.capture() as capture:
        console.print(show_features(FEATURE_SET))
    shown = capture.get()
    assert all(name in shown for name in FEATURE_SET.names)
    assert max(map(len, shown.splitlines())) <= 80


def test_features_that_are_not_ours_have_a_part_of_their_own() -> None:
    more = FeatureSet("1+gap/1", (*FEATURE_SET.features, Feature("gap.length", "m", "odd")))
    assert "## Plugins" in features_markdown(more)
    assert "## Plugins" not in features_markdown(FEATURE_SET)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give PTX files and --out TABLE, or --list"),
        (("a.ptx",), "give PTX files and --out TABLE, or --list"),
        (("--list", "a.ptx"), "leave the files out"),
        (("--list", "--out", "a.csv"), "written as .md"),
    ],
)
def test_wrong_use_says_what_to_do(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = outcome(capsys, "features", *words)
    assert done.code == 2
    assert message in done.err
