"""What the runs of all boxes of a launch did together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.closed.alike import Kind, kinds_of
from ptxenergy.launch.closed.budget import Budget
from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.doubt import estimated, share_of_wave, with_unknown
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.footprint import footprint_of, within_hulls
from ptxenergy.launch.closed.intervals import TooManyError
from ptxenergy.launch.closed.machine import Machine
from ptxenergy.launch.closed.program import Program
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.traffic import traffic_of
from ptxenergy.launch.profile import Footprint, Traffic
from ptxenergy.launch.reference.counting import wavefronts
from ptxenergy.launch.reference.lanes import WARP, Array, count_by_warp
from ptxenergy.launch.reference.policy import Policy, hashed
from ptxenergy.launch.request import Launch

_PIECE_BYTES = {"shared": 128, "cluster": 128, "constant": 4}
# Counting an access takes about as long as so many steps of the kernel.
_STEPS_OF_TRAFFIC = 3
_SCATTER_WORDS = np.uint64(1 << 14)


class Sums(Struct, dict=True):
    """Counts by block and by instruction, and all accesses with the scope they were made in."""

    program: Program
    launch: Launch
    wave_blocks: int | None
    budget: Budget
    warps: dict[int, int] = field(default_factory=dict)
    threads: dict[int, int] = field(default_factory=dict)
    guarded_off: dict[int, int] = field(default_factory=dict)
    events: list[tuple[Scope, Event]] = field(default_factory=list)
    _unknown_traffic: list[tuple[Event, Traffic]] | None = None

    @cached_property
    def kinds(self) -> list[Kind]:
        """The accesses with known addresses, once all runs are added."""
        for scope, _ in self.events:
            self.budget.spend(1, scope.size)
        return kinds_of(self.events)

    def add(self, machine: Machine) -> None:
        """Add a run that has come to its end."""
        tally = machine.tally
        for mine, theirs in (
            (self.warps, tally.warps),
            (self.threads, tally.threads),
            (self.guarded_off, tally.guarded_off),
        ):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count
        self.events.extend((machine.scope, event) for event in tally.events)

    def traffic(self, policy: Policy) -> dict[int, dict[tuple[str, str], Traffic]]:
        """{instruction: {(space, direction): traffic}}."""
        found: dict[int, dict[tuple[str, str], Traffic]] = {}
        for event, own in (*self._known_traffic, *self._guessed(policy)):
            cell = found.setdefault(event.number, {})
            key = (event.space, event.direction)
            cell[key] = cell[key] + own if key in cell else own
        return found

    @cached_property
    def _known_traffic(self) -> list[tuple[Event, Traffic]]:
        found: list[tuple[Event, Traffic]] = []
        for kind in self.kinds:
            self.budget.spend(_STEPS_OF_TRAFFIC, len(kind.event.lanes))
            own = traffic_of(kind.scope, kind.event)
            found.extend((event, own) for event, _ in kind.copies)
        return found

    def _guessed(self, policy: Policy) -> list[tuple[Event, Traffic]]:
        """The accesses whose addresses data decides, as one policy takes them."""
        if self._unknown_traffic is None:
            self._unknown_traffic = [
                (event, self._unknown(policy, scope, event))
                for scope, event in self.events
                if event.unknown
            ]
        return self._unknown_traffic

    def _unknown(self, policy: Policy, scope: Scope, event: Event) -> Traffic:
        """An access whose addresses data decides: as pinned, or one sector (bank) a lane."""
        instruction = self.program.instructions[event.number]
        pinned = policy.access(instruction, event.space)
        per_warp = count_by_warp(event.lanes).astype(np.int64)
        times = scope.weights.copy()
        for count in event.loops.values():
            times = times * count
        pieces = _assumed(event, pinned, per_warp)
        total = float(pieces @ times)
        is_sectored = event.space in ("global", "local", "texture")
        requests = int((per_warp != 0) @ times)
        is_atomic = event.direction == "atomic"
        return Traffic(
            requests=requests,
            sectors=total if is_sectored else 0,
            wavefronts=0 if is_sectored else total,
            bytes=int(per_warp @ times) * event.width,
            same_address_max=1 if is_atomic else 0,
            same_address_sum=requests if is_atomic else 0,
        )

    def footprint(self, policy: Policy) -> Footprint:
        """Distinct global sectors; the most there can be where their pieces are too many."""
        share = share_of_wave(self.launch, self.wave_blocks)
        unknown = _sectors_by_direction(self._guessed(policy))
        found = self._touched(rounded=False)
        if found is None:
            policy.addresses_exact = False
            policy.flag("footprint-estimated")
            found = self._touched(rounded=True) or self._bounded(share)
        return with_unknown(found, unknown, share) if unknown else found

    def _bounded(self, share: float) -> Footprint:
        """What is requested, or what lies between the first and the last byte of an argument."""
        requested = _sectors_by_direction(self._known_traffic)
        within = within_hulls(self.program, self.launch, self.kinds)
        return estimated(requested, within, share, self.launch.grid.volume)

    def _touched(self, *, rounded: bool) -> Footprint | None:
        """The footprint of what is known; None where it has too many pieces for the budget."""
        try:
            return footprint_of(
                self.program,
                self.launch,
                self.kinds,
                self.wave_blocks,
                self.budget,
                rounded=rounded,
            )
        except (TooManyError, UnsupportedError):
            return None


def _sectors_by_direction(events: Iterable[tuple[Event, Traffic]]) -> dict[str, float]:
    """Sectors of global accesses."""
    found: dict[str, float] = {}
    for event, own in events:
        if event.space == "global":
            found[event.direction] = found.get(event.direction, 0.0) + own.sectors
    return found


def _assumed(event: Event, pinned: str | float, per_warp: Array) -> Array:
    """Sectors, wavefronts or words of each warp."""
    if isinstance(pinned, int | float):
        return np.where(per_warp != 0, float(pinned), 0.0)
    size = _PIECE_BYTES.get(event.space, 32)
    if pinned == "coalesced":
        return -(-per_warp * event.width // size)
    if event.space in ("shared", "cluster"):
        keys = np.arange(len(per_warp) * WARP, dtype=np.uint64)
        places = hashed(keys, event.number) % _SCATTER_WORDS * np.uint64(max(event.width, 4))
        return wavefronts(places, event.width, event.lanes)
    each: Array = per_warp * max(1, -(-event.width // size))
    return each
