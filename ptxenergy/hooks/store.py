"""The PTX of a build, by content, and the log of its compilations. Imports next to nothing (see
`launcher.py`).

.ptxenergy/ptx/ab/ab12….ptx    each text once, named by its SHA-256
.ptxenergy/objects/cd/cd34…    which PTX an object file came with, for a cache's copies of it
.ptxenergy/log.jsonl           one line a compilation, appended under a lock
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from os import path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DIRECTORY_VARIABLE = "PTXENERGY_DIR"
DIRECTORY = ".ptxenergy"
LOG = "log.jsonl"
VERSION = 1
_PROJECT_MARKS = (DIRECTORY, ".git", "ptxenergy.toml", "pyproject.toml")


def find_directory(start: str | os.PathLike[str]) -> str:
    """Where builds under `start` are kept: $PTXENERGY_DIR, else `.ptxenergy` in the project.

    The project is the nearest directory upwards that holds one already, a `.git`, or a TOML file
    of ours; where there is none, `start` itself.
    """
    named = os.environ.get(DIRECTORY_VARIABLE)
    if named:
        return path.abspath(named)
    place = path.abspath(start)
    while not any(path.exists(path.join(place, mark)) for mark in _PROJECT_MARKS):
        if place == path.dirname(place):
            return path.join(path.abspath(start), DIRECTORY)
        place = path.dirname(place)
    return path.join(place, DIRECTORY)


class Store:
    """The directory of a build. Safe for many processes at once: texts are moved into place
    whole, lines are appended under a lock."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = os.fspath(directory)

    def create(self) -> None:
        """Make the directory, unseen by git. Raises OSError."""
        os.makedirs(self.directory, exist_ok=True)
        ignore = path.join(self.directory, ".gitignore")
        if not path.exists(ignore):
            with open(ignore, "w", encoding="ascii") as file:
                file.write("*\n")

    def keep(self, text: bytes) -> str:
        """Keep one text; its digest. Raises OSError."""
        digest = sha256(text).hexdigest()
        _place(self.path(digest), text)
        return digest

    def path(self, digest: str) -> str:
        """Where the PTX of that digest lies."""
        return path.join(self.directory, "ptx", digest[:2], f"{digest}.ptx")

    def link(self, built: bytes, ptx: Sequence[Mapping[str, str]]) -> None:
        """Remember which PTX an object file came with. Raises OSError."""
        _place(self._object(built), json.dumps(list(ptx)).encode())

    def linked(self, built: bytes) -> list[dict[str, str]]:
        """Which PTX this very object file once came with; none if that is not known."""
        try:
            with open(self._object(built), "rb") as file:
                found: list[dict[str, str]] = json.load(file)
        except (OSError, ValueError):
            return []
        return found

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one line to the log, under its lock. Raises OSError."""
        line = json.dumps({"version": VERSION, **record}, ensure_ascii=False) + "\n"
        content = line.encode("utf-8", "surrogateescape")
        with open(path.join(self.directory, LOG), "ab", buffering=0) as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            before = log.seek(0, os.SEEK_END)
            if log.write(content) < len(content):
                # Half a line would spoil the next one.
                log.truncate(before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), log.name)

    def _object(self, built: bytes) -> str:
        digest = sha256(built).hexdigest()
        return path.join(self.directory, "objects", digest[:2], digest)


def _place(place: str, content: bytes) -> None:
    """Put a whole file there, unless there is one. Raises OSError."""
    if path.exists(place):
        return
    os.makedirs(path.dirname(place), exist_ok=True)
    part = f"{place}.{os.getpid()}"
    try:
        with open(part, "wb") as file:
            file.write(content)
    except OSError:
        with suppress(OSError):
            os.unlink(part)
        raise
    os.replace(part, place)


def read_log(log: str | os.PathLike[str]) -> Iterator[dict[str, Any]]:
    """The records of a log, oldest first; a line that is not one of ours is left out.

    Raises OSError where it cannot be read.
    """
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        lines = file.read().splitlines()
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("version") == VERSION:
            yield record
