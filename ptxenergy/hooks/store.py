"""The PTX of a build, by content, and the log of its compilations. Standard library only.

.ptxenergy/ptx/ab/ab12….ptx    each text once, named by its SHA-256
.ptxenergy/objects/cd/cd34…    which PTX an object file came with, for a cache's copies of it
.ptxenergy/log.jsonl           one line a compilation, appended under a lock
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

DIRECTORY_VARIABLE = "PTXENERGY_DIR"
DIRECTORY = ".ptxenergy"
LOG = "log.jsonl"
VERSION = 1
_PROJECT_MARKS = (DIRECTORY, ".git", "ptxenergy.toml", "pyproject.toml")


def find_directory(start: Path) -> Path:
    """Where builds under `start` are kept: $PTXENERGY_DIR, else `.ptxenergy` in the project.

    The project is the nearest directory upwards that holds one already, a `.git`, or a TOML file
    of ours; where there is none, `start` itself.
    """
    named = os.environ.get(DIRECTORY_VARIABLE)
    if named:
        return Path(named).absolute()
    for directory in (start, *start.parents):
        if any((directory / mark).exists() for mark in _PROJECT_MARKS):
            return directory / DIRECTORY
    return start / DIRECTORY


class Store:
    """The directory of a build. Safe for many processes at once: texts are moved into place
    whole, lines are appended under a lock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def create(self) -> None:
        """Make the directory, unseen by git. Raises OSError."""
        self.directory.mkdir(parents=True, exist_ok=True)
        ignore = self.directory / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="ascii")

    def keep(self, text: bytes) -> str:
        """Keep one text; its digest. Raises OSError."""
        digest = sha256(text).hexdigest()
        self._place(self.path(digest), text)
        return digest

    def path(self, digest: str) -> Path:
        """Where the PTX of that digest lies."""
        return self.directory / "ptx" / digest[:2] / f"{digest}.ptx"

    def link(self, built: bytes, ptx: Sequence[Mapping[str, str]]) -> None:
        """Remember which PTX an object file came with. Raises OSError."""
        self._place(self._object(built), json.dumps(list(ptx)).encode())

    def linked(self, built: bytes) -> list[dict[str, str]]:
        """Which PTX this very object file once came with; none if that is not known."""
        try:
            found: list[dict[str, str]] = json.loads(self._object(built).read_bytes())
        except (OSError, ValueError):
            return []
        return found

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one line to the log, under its lock. Raises OSError."""
        line = json.dumps({"version": VERSION, **record}, ensure_ascii=False) + "\n"
        with (self.directory / LOG).open("ab", buffering=0) as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            log.write(line.encode("utf-8", "surrogateescape"))

    def _object(self, built: bytes) -> Path:
        digest = sha256(built).hexdigest()
        return self.directory / "objects" / digest[:2] / digest

    def _place(self, path: Path, content: bytes) -> None:
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_bytes(content)
        part.replace(path)


def read_log(log: Path) -> Iterator[dict[str, Any]]:
    """The records of a log, oldest first; a line that is not one of ours is left out.

    Raises OSError where it cannot be read.
    """
    for line in log.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("version") == VERSION:
            yield record
