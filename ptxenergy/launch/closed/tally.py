"""Counts of a run, or of one iteration of a loop in it."""

from __future__ import annotations

from msgspec import Struct, field

from ptxenergy.launch.closed.event import Event


class Tally(Struct):
    """Counts of blocks and instructions, and the accesses, of part of a run."""

    warps: dict[int, int] = field(default_factory=dict)
    threads: dict[int, int] = field(default_factory=dict)
    guarded_off: dict[int, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def add(self, other: Tally, times: int, dim: int) -> None:
        """Add what was done in one iteration of a loop, for so many of them."""
        for mine, theirs in (
            (self.warps, other.warps),
            (self.threads, other.threads),
            (self.guarded_off, other.guarded_off),
        ):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count * times
        self.events.extend(event.repeated(dim, times) for event in other.events)
