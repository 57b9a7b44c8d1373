"""Which code runs: the commit of its checkout, or what was installed."""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import ptxenergy
from ptxenergy._version import __version__

_ANSWER_S = 10
_DIGITS = 12


def commit(package: Path | None = None) -> str:
    """The commit of the code that runs, with `-dirty` where files of it differ from that.

    A repository counts only where it holds this very code: an installed copy may lie within one
    of something else. Without any, the commit that was installed, or else the version (`v0.1.0`).
    `package`: the folder of the code.
    """
    folder = package or Path(ptxenergy.__file__).resolve().parent
    try:
        _git(folder, "ls-files", "--error-unmatch", "__init__.py")
        found = _git(folder, "rev-parse", f"--short={_DIGITS}", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--", ".", ":/grammar")
    except (OSError, subprocess.SubprocessError):
        return _installed() or f"v{__version__}"
    return f"{found}-dirty" if changed else found


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=True, timeout=_ANSWER_S
    )
    return done.stdout.strip()


def _installed() -> str:
    """The commit that pip installed from (PEP 610); empty where it says none."""
    try:
        known = json.loads(distribution("ptxenergy").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return ""
    return str(known.get("vcs_info", {}).get("commit_id", ""))[:_DIGITS]
