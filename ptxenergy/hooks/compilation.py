"""One compilation by nvcc under the launcher: where its PTX is caught, and what is logged of it.

Imports next to nothing (see `launcher.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from os import path

from ptxenergy.hooks.command import FLAGS_AFTER, NvccCommand
from ptxenergy.hooks.store import Store, find_directory


class Compilation:
    """One call of nvcc, before and after it runs. Raises OSError where nothing can be kept."""

    def __init__(self, words: Sequence[str], command: NvccCommand) -> None:
        self.words, self.command, self.started = list(words), command, time.time()
        self.here = os.getcwd()
        self.store = Store(find_directory(self.here))
        self.store.create()
        self.own = _own_directory(self.here, words, command)
        self.is_for_linker = False

    def environment(self) -> dict[str, str]:
        """The caller's environment, with nvcc asked to keep its files in our own directory."""
        environment = dict(os.environ)
        if self.own is not None:
            before = environment.get(FLAGS_AFTER, "")
            environment[FLAGS_AFTER] = f"{before} --keep --keep-dir {self.own}".strip()
        return environment

    def finish(self, code: int) -> None:
        """Move the PTX into the store and log the compilation. Raises OSError."""
        seconds = time.time() - self.started
        try:
            kept = [] if code else self._kept()
        finally:
            if self.own is not None:
                _remove(self.own)
        if code:
            return
        ptx, note = self._through_objects(kept)
        self.store.append(
            {
                "time": self.started,
                "directory": self.here,
                "sources": list(self.command.sources),
                "output": self.command.built,
                "command": self.words,
                "seconds": round(seconds, 6),
                "ptx": ptx,
                "note": note,
            }
        )

    def _kept(self) -> list[dict[str, str]]:
        """What the compiler left of PTX, put into the store."""
        if self.own is not None:
            names = os.listdir(self.own)
            self.is_for_linker = any(name.endswith(".ltoir") for name in names)
            found = [path.join(self.own, name) for name in names if name.endswith(".ptx")]
        else:
            # What lay there before is not of this compilation; file systems keep coarse times.
            fresh = self.started - 1
            found = [file for file in self.command.ptx_left() if path.getmtime(file) >= fresh]
        return [
            {"name": path.basename(file), "digest": self.store.keep(_content(file))}
            for file in sorted(found)
        ]

    def _through_objects(self, kept: list[dict[str, str]]) -> tuple[list[dict[str, str]], str]:
        """The PTX and a remark. A compiler cache gives the object alone: then it is known by it."""
        built = self.command.built
        if built is None or not path.isfile(built) or self.command.only_ptx:
            return kept, "" if kept else self._why_none()
        content = _content(built)
        if kept:
            self.store.link(content, kept)
            return kept, ""
        found = self.store.linked(content)
        return found, "object from a compiler cache" if found else self._why_none()

    def _why_none(self) -> str:
        if self.command.keep_directory and not self.command.keeps:
            return "no PTX: the command has --keep-dir without --keep"
        if self.command.is_ambiguous:
            return "no PTX: nvcc cannot keep files of two inputs of the same name"
        if self.command.keeps or self.command.only_ptx:
            return "no PTX was left where the command keeps it"
        if self.command.keeps_beside_objects:
            return "no PTX: with -objtemp nvcc would keep its files beside the object"
        if self.own is None:
            return "no PTX: set TMPDIR to a path without spaces"
        if self.is_for_linker:
            return "no PTX: what was asked for is made when linking (lto)"
        return "no PTX was left: a compiler cache answered"


def _own_directory(here: str, words: Sequence[str], command: NvccCommand) -> str | None:
    """A directory for this compilation alone, where nvcc has its files of passing use; None where
    nvcc must not be asked to keep them.

    Its name is the same each time, since compiler caches hash it; `mkdir` refuses one that is
    there already, whoever made it.
    """
    parent = os.environ.get("TMPDIR") or "/tmp"
    # nvcc splits the variable at spaces and knows no quotes there.
    if any(char.isspace() for char in parent) or command.is_ambiguous:
        return None
    if command.keeps or command.keep_directory or command.only_ptx or command.keeps_beside_objects:
        return None
    key = sha256("\0".join((here, *words)).encode("utf-8", "surrogateescape")).hexdigest()
    place = path.join(parent, f"ptxenergy-{key[:24]}")
    try:
        os.mkdir(place, mode=0o700)
    except FileExistsError:
        place = f"{place}-{os.getpid()}"
        os.mkdir(place, mode=0o700)
    return place


def _content(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()


def _remove(directory: str) -> None:
    """With all in it; as far as that goes."""
    for place, directories, files in os.walk(directory, topdown=False):
        with suppress(OSError):
            for name in files:
                os.unlink(path.join(place, name))
            for name in directories:
                os.rmdir(path.join(place, name))
    with suppress(OSError):
        os.rmdir(directory)
