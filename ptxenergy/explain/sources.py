"""Finds the source files that a PTX file was compiled from, where they are at hand.

PTX names any file it likes. Only what looks like source code is read, so that a page made of a
stranger's PTX does not carry other files along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec import Struct

from ptxenergy.explain.explanation import Explanation

SUFFIXES: Final = frozenset(
    {
        *(".cu", ".cuh", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".inl"),
        *(".inc", ".ipp", ".py", ".jl", ".rs", ".f90", ".cuf", ".cl", ".mlir"),
    }
)
MOST_BYTES: Final = 4 << 20
"""Of a source file; longer ones are not shown."""


class SourceText(Struct, frozen=True):
    """A source file: as the PTX names it, where it was found, and its lines."""

    name: str
    path: Path
    lines: tuple[str, ...]


def sources_of(explanation: Explanation, folders: Sequence[Path]) -> dict[str, SourceText]:
    """The source files that have a line in the explanation, by the name in the PTX.

    Each is looked for under the folders, by as much of its name as there is: `/x/src/k.cu` may be
    `src/k.cu` or `k.cu` there; then at its own absolute place. What is not found is left out.
    """
    places = (line.place for line in explanation.lines)
    names = dict.fromkeys(place.file for place in places if place is not None)
    found = ((name, _read(name, folders)) for name in names)
    return {name: source for name, source in found if source is not None}


def _read(name: str, folders: Sequence[Path]) -> SourceText | None:
    if PurePosixPath(name).suffix.lower() not in SUFFIXES:
        return None
    for path in _candidates(name, folders):
        try:
            if not path.is_file() or path.stat().st_size > MOST_BYTES:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            continue
        return SourceText(name, path, tuple(line.rstrip("\r") for line in text.split("\n")))
    return None


def _candidates(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part != "/"]
    for first in range(len(parts)):
        tail = parts[first:]
        if ".." not in tail:
            yield from (folder.joinpath(*tail) for folder in folders)
    if name.startswith("/"):
        yield Path(name)
