"""Texts with costs beside their lines: of source files, and of the PTX."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

from ptxenergy.explain.costs import added_up
from ptxenergy.explain.explanation import Explanation, Parts, Place
from ptxenergy.explain.lines import place_of
from ptxenergy.explain.sources import SourceText, sources_of

_AROUND: Final = 3
_NOTHING: Final = Parts({})


class Row(Struct, frozen=True):
    """One line of a text. `place` is the source line that it is, or that its instructions have."""

    number: int
    text: str
    parts: Parts = _NOTHING
    place: Place | None = None


class Listing(Struct, frozen=True):
    """Lines of one text in order; None stands for lines that are left out. `where` was it read."""

    title: str
    where: str
    rows: tuple[Row | None, ...]


class Texts(Struct, frozen=True):
    """All texts of a kernel; `missing` names the source files that were not found."""

    sources: tuple[Listing, ...]
    ptx: Listing
    missing: tuple[str, ...]

    @property
    def readable(self) -> tuple[Listing, ...]:
        """The source where there is any, else the PTX."""
        return self.sources or (self.ptx,)


def folders_of(file: str, first: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Where source files of a PTX file are looked for: these folders, its own, the current one."""
    return (*first, Path(file).parent, Path())


def texts_of(explanation: Explanation, ptx: bytes, folders: Sequence[Path]) -> Texts:
    """The texts of a kernel of this PTX; source files are looked for under the folders, in turn."""
    sources = sources_of(explanation, folders)
    files = dict.fromkeys(line.place.file for line in explanation.lines if line.place is not None)
    return Texts(
        source_listings(explanation, sources),
        ptx_listing(explanation, ptx),
        tuple(file for file in files if file not in sources),
    )


def source_listings(
    explanation: Explanation, sources: Mapping[str, SourceText]
) -> tuple[Listing, ...]:
    """The source files that were found, each around the lines that have a cost."""
    by_file: dict[str, dict[int, Parts]] = defaultdict(dict)
    for line in explanation.lines:
        if line.place is not None and line.place.file in sources:
            by_file[line.place.file][line.place.line] = line.parts
    return tuple(
        Listing(name, str(sources[name].path), tuple(_around(sources[name], costs)))
        for name, costs in by_file.items()
    )


def _around(source: SourceText, costs: Mapping[int, Parts]) -> Iterator[Row | None]:
    near = {at + step for at in costs for step in range(-_AROUND, _AROUND + 1)}
    last = 0
    for number in sorted(near & {*range(1, len(source.lines) + 1)}):
        if number != last + 1:
            yield None
        last = number
        place = Place(source.name, number) if number in costs else None
        yield Row(number, source.lines[number - 1], costs.get(number, _NOTHING), place)
    if last < len(source.lines) - (source.lines[-1] == ""):
        yield None


def ptx_listing(explanation: Explanation, text: bytes) -> Listing:
    """The PTX of the kernel and of what it calls, from first to last instruction, no `.loc`."""
    lines = text.decode("utf-8", "replace").split("\n")
    costs: dict[int, list[Parts]] = defaultdict(list)
    for one in explanation.instructions:
        costs[one.profile.instruction.location.line].append(one.parts)
    places: dict[int, Place | None] = {}
    for item in explanation.prediction.inspection.profile.instructions:
        source = item.instruction.source
        places[item.instruction.location.line] = place_of(source, at_call=explanation.at_call)
    file = explanation.prediction.inspection.file
    rows = (
        number
        and Row(number, lines[number - 1].rstrip("\r"), added_up(costs[number]), places.get(number))
        for number in _shown(sorted(places), lines)
    )
    return Listing("PTX", file, tuple(row or None for row in rows))


def _shown(instructions: Sequence[int], lines: Sequence[str]) -> Iterator[int]:
    """Numbers of the lines to show; 0 where one function ends and the next begins."""
    for number, following in pairwise((*instructions, 0)):
        yield number
        between = range(number + 1, following or _end(number, lines))
        if following and any(lines[at - 1].startswith("}") for at in between):
            yield from (at for at in range(number + 1, _end(number, lines)))
            yield 0
            continue
        yield from (at for at in between if _is_kept(lines[at - 1]))


def _end(number: int, lines: Sequence[str]) -> int:
    """The line after an instruction that may go on over several."""
    while number < len(lines) and ";" not in lines[number - 1]:
        number += 1
    return number + 1


def _is_kept(line: str) -> bool:
    words = line.split(None, 1)
    return bool(words) and words[0] not in (".loc", ".reg", ".file")
