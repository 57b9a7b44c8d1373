"""The README and the docs show what the command really prints, and its options are the real ones.

To take over a change of the output: `PTXENERGY_UPDATE=1 pytest tests/cli/test_readme.py -n 0`.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.commands import ROOT, outcome

README = ROOT / "README.md"
PAGES = (README, ROOT / "docs" / "explain.md", ROOT / "docs" / "diff.md")
TRANSCRIPT = re.compile(r"```console\n\$ ptxenergy (?P<typed>[^\n]+)\n(?P<shown>.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_transcripts_are_real(
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    text = page.read_text(encoding="utf-8")
    transcripts = list(TRANSCRIPT.finditer(text))
    assert transcripts
    for found in transcripts:
        done = outcome(capsys, *shlex.split(found["typed"]))
        assert done.code == 0, done.err
        if os.environ.get("PTXENERGY_UPDATE"):
            page.write_text(text.replace(found["shown"], done.out), encoding="utf-8")
        else:
            assert found["shown"] == done.out, "PTXENERGY_UPDATE=1 rewrites the page"


def test_every_option_of_predict_is_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    offered = set(re.findall(r"--[a-z]+", outcome(capsys, "predict", "--help").out)) - {"--help"}
    table = README.read_text(encoding="utf-8").partition("## Say what you know")[2]
    assert offered <= set(re.findall(r"--[a-z]+", table))


def test_links_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert Path(ROOT / target).exists(), f"{name} links to {target}"
