"""A project with one kernel, and a place of its own for what compilers leave for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hooks.launching import KERNEL


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setenv("TMPDIR", str(passing))
    project = tmp_path / "project"
    (project / ".ptxenergy").mkdir(parents=True)
    (project / "scale.cu").write_text(KERNEL % ("scale", 2), encoding="ascii")
    return project
