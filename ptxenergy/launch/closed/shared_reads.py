"""Loads from shared memory of what the block did not write, or not before.

A kernel whose tile is a constant of its source reads words that nobody wrote where its block has
another shape. What is written is looked at as a whole, loop iterations together, in the order of
the program: that each word is written in time inside a loop (double buffers) is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.intervals import Bytes, TooManyError
from ptxenergy.launch.closed.pieces import Piece, pieces_of
from ptxenergy.launch.closed.sums import Sums


class SharedReads(Struct, frozen=True):
    """Instructions, by number, whose loads hit what no lane of the block writes (`unwritten`), what
    the program writes only later (`early`), or what cannot be told (`unknown`); `end` is one byte
    behind the last that is touched."""

    unwritten: frozenset[int] = frozenset()
    early: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()
    end: int = 0


class _Noted(Struct):
    unwritten: set[int] = field(default_factory=set)
    early: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    end: int = 0


def shared_reads(sums: Sums) -> SharedReads:
    """What the loads of all blocks find in shared memory."""
    noted = _Noted()
    by_run: dict[int, list[tuple[Event, dict[Box, Bytes]]]] = {}
    for scope, event in sums.events:
        if event.space != "shared":
            continue
        if event.unknown:
            noted.unknown.add(event.number)
            continue
        try:
            touched = dict(_by_box(list(pieces_of(scope, event))))
        except TooManyError:
            noted.unknown.add(event.number)
            continue
        ends = [int(own.end[-1]) for own in touched.values() if len(own.end)]
        noted.end = max([noted.end, *ends])
        by_run.setdefault(id(scope), []).append((event, touched))
    for events in by_run.values():
        _follow(noted, events)
    return SharedReads(
        frozenset(noted.unwritten), frozenset(noted.early), frozenset(noted.unknown), noted.end
    )


def _by_box(pieces: list[Piece]) -> Iterator[tuple[Box, Bytes]]:
    sets: dict[Box, list[Bytes]] = {}
    for piece in pieces:
        if any(piece.moves):
            raise TooManyError
        sets.setdefault(piece.box, []).append(piece.bytes.repeated(piece.loops))
    for box, own in sets.items():
        yield box, Bytes.union(own)


def _follow(noted: _Noted, events: list[tuple[Event, dict[Box, Bytes]]]) -> None:
    """Go through the accesses of one run in the order of the program."""
    everything: dict[Box, list[Bytes]] = {}
    for event, touched in events:
        if event.direction != "load":
            for box, own in touched.items():
                everything.setdefault(box, []).append(own)
    whole = {box: Bytes.union(sets) for box, sets in everything.items()}
    before: dict[Box, Bytes] = {}
    for event, touched in events:
        for box, own in touched.items():
            if event.direction != "store" and not _holds(before.get(box), own):
                is_written = event.direction == "load" and _holds(whole.get(box), own)
                (noted.early if is_written else noted.unwritten).add(event.number)
            if event.direction != "load":
                had = before.get(box)
                before[box] = own if had is None else Bytes.union([had, own])


def _holds(outer: Bytes | None, inner: Bytes) -> bool:
    """Whether a set of bytes has all of another."""
    if outer is None:
        return not len(inner.start)
    union = Bytes.union([outer, inner])
    return len(union.start) == len(outer.start) and int((union.end - union.start).sum()) == int(
        (outer.end - outer.start).sum()
    )
