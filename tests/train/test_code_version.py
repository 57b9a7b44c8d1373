"""Which code looked at the locked families: its own commit, and whether it was changed since."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptxenergy._version import __version__
from ptxenergy.train import code_version
from ptxenergy.train.code_version import commit


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user's git settings (hooks, signing) have no say."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    yield


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@b")
    done = subprocess.run(
        ["git", *named, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder of code in a repository of its own, committed."""
    folder = tmp_path / "code" / "ptxenergy"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    git(folder.parent, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def test_a_clean_checkout_is_its_commit(package: Path) -> None:
    assert git(package, "rev-parse", "HEAD").startswith(commit(package))
    assert len(commit(package)) == 12


@pytest.mark.parametrize("name", ["__init__.py", "new.py"])
def test_changed_and_new_code_is_dirty(package: Path, name: str) -> None:
    before = commit(package)
    (package / name).write_text("x = 1\n")
    assert commit(package) == f"{before}-dirty"


def test_a_changed_grammar_is_dirty_and_the_book_itself_is_not(package: Path) -> None:
    before = commit(package)
    (package.parent / "models").mkdir()
    (package.parent / "models" / "locked.csv").write_text("date\n")
    assert commit(package) == before
    (package.parent / "grammar").mkdir()
    (package.parent / "grammar" / "ptx.lark").write_text("start:\n")
    assert commit(package) == f"{before}-dirty"


def test_an_installed_copy_is_not_of_the_repository_that_it_lies_in(package: Path) -> None:
    installed = package.parent / ".venv" / "ptxenergy"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("")
    (package.parent / ".gitignore").write_text(".venv\n")
    assert commit(installed) == f"v{__version__}"


def test_what_was_installed_from_a_commit_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def read_text(self, name: str) -> str:
            assert name == "direct_url.json"
            return json.dumps({"vcs_info": {"commit_id": "0123456789abcdef"}})

    monkeypatch.setattr(code_version, "distribution", lambda _: Installed())
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit(tmp_path) == "0123456789ab"
