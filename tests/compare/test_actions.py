"""The examples for GitHub Actions: they parse, and their commands run, without a GPU.

All but what installs tools runs as written, in a repository with two versions of the kernels, with
the real nvcc where there is one and with one that answers from committed PTX where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.compare.versions import LAUNCHES, PTX

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "github-actions"
ANSWERING = """#!/bin/sh
# Stands for nvcc: the PTX of the version whose source is asked for.
while [ $# -gt 1 ]; do
  case "$1" in -o) out=$2; shift ;; *.cu) source=$1 ;; esac
  shift
done
if grep -q "made worse" "$source"; then version=new; else version=old; fi
cp "$VERSIONS/${version}_sm_90.ptx" "$out"
"""


@dataclass(frozen=True, slots=True)
class Runner:
    """Stands for a machine of GitHub's: a checkout, a home, and the files that steps write to."""

    checkout: Path
    home: Path
    base: str

    @property
    def summary(self) -> Path:
        """What a step shows on the page of its run."""
        return self.home / "summary.md"

    def run(self, name: str, **also: str) -> list[tuple[str, int]]:
        """The name and exit code of every command of an example, in order."""
        job = steps_of(name)
        environment = os.environ | {
            "HOME": str(self.home),
            "PATH": f"{self.home / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "VERSIONS": str(PTX),
            **{key: str(value) for key, value in job["env"].items()},
            "BASE": self.base,
            **also,
        }
        found = []
        for step in job["steps"]:
            if "run" in step and step["name"] != "Install tools":
                command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
                done = subprocess.run(
                    command, cwd=self.checkout, env=environment, capture_output=True, text=True
                )
                found.append((str(step["name"]), done.returncode))
                assert done.returncode in (0, 1), done.stderr
        return found


def steps_of(name: str) -> dict[str, Any]:
    """The one job of an example."""
    document = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    assert set(document) >= {"name", True, "jobs", "permissions"}
    (job,) = document["jobs"].values()
    found: dict[str, Any] = job
    return found


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    if shutil.which("git") is None or shutil.which("bash") is None:
        pytest.skip("git or bash is not here")
    checkout, home = tmp_path / "checkout", tmp_path / "home"
    source = checkout / "src" / "kernels.cu"
    source.parent.mkdir(parents=True)
    (home / "bin").mkdir(parents=True)
    for name, text in (
        ("nvcc", ANSWERING),
        ("ptxenergy", f'#!/bin/sh\nexec "{sys.executable}" -m ptxenergy "$@"\n'),
    ):
        script = home / "bin" / name
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    git(checkout, "init", "--quiet")
    entries = LAUNCHES.read_text(encoding="utf-8")
    budget = "budget = { energy_j = 9e-4 }\n"
    said = entries.replace('match = "divided"\n', f'match = "divided"\n{budget}')
    (checkout / "ptxenergy.toml").write_text(said, encoding="utf-8")
    for version in ("old", "new"):
        shutil.copy(PTX / f"{version}.cu", source)
        git(checkout, "add", ".")
        git(checkout, "commit", "--quiet", "--message", version)
    return Runner(checkout, home, git(checkout, "rev-parse", "HEAD~1"))


def test_a_pull_request_is_compared_with_its_base(runner: Runner) -> None:
    assert runner.run("energy-diff.yml") == [("Compile both versions", 0), ("Compare", 1)]
    summary = runner.summary.read_text(encoding="utf-8")
    assert "| divided **above the limit** |" in summary
    assert (runner.checkout / "energy.sarif").stat().st_size > 1000
    assert "<failure" in (runner.checkout / "energy.xml").read_text(encoding="utf-8")


def test_a_pull_request_that_changes_nothing_passes(runner: Runner) -> None:
    head = git(runner.checkout, "rev-parse", "HEAD")
    same = Runner(runner.checkout, runner.home, head)
    assert same.run("energy-diff.yml") == [("Compile both versions", 0), ("Compare", 0)]


def test_budgets_are_held_on_every_push(runner: Runner) -> None:
    assert runner.run("energy-budget.yml") == [("Compile", 0), ("Hold to the budgets", 1)]
    git(runner.checkout, "checkout", "--quiet", runner.base)
    assert runner.run("energy-budget.yml") == [("Compile", 0), ("Hold to the budgets", 0)]


@pytest.mark.nvcc
def test_the_same_with_the_real_compiler(runner: Runner) -> None:
    if shutil.which("nvcc") is None:
        pytest.skip("nvcc is not here")
    (runner.home / "bin" / "nvcc").unlink()
    assert runner.run("energy-diff.yml") == [("Compile both versions", 0), ("Compare", 1)]
    sarif = (runner.checkout / "energy.sarif").read_text(encoding="utf-8")
    assert '"uri": "src/kernels.cu"' in sarif


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yml")), ids=lambda path: path.name)
def test_no_expression_is_pasted_into_a_command(path: Path) -> None:
    """What a stranger's pull request names must not become a command: it goes by variables."""
    commands = [step["run"] for step in steps_of(path.name)["steps"] if "run" in step]
    assert commands
    assert not any("${{" in command for command in commands)
