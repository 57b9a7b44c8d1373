"""Runs the steps of a kernel over boxes of blocks: lanes that part, guards, exits.

Lanes that part meet again at the immediate post-dominator.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.budget import Budget
from ptxenergy.launch.closed.code import End, Guard, UnsupportedError
from ptxenergy.launch.closed.decisions import Decisions, FewLanesError, forget
from ptxenergy.launch.closed.frames import Frame
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.loops import run_loop
from ptxenergy.launch.closed.program import Program
from ptxenergy.launch.closed.scope import NotClosedError, Scope
from ptxenergy.launch.closed.tally import Tally
from ptxenergy.launch.closed.value import UNKNOWN, Value, blend
from ptxenergy.launch.reference.lanes import ALL, Bools, tainted_lanes
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.request import Launch


class Assumed(Struct):
    """What had to be assumed so far; whether there are lanes enough for draws to even out, and
    whether runs look ahead for more places where blocks differ.
    """

    policy: Policy
    may_draw: bool = False
    looks_ahead: bool = False


class Machine:
    """One run of a kernel over some boxes."""

    def __init__(
        self,
        program: Program,
        launch: Launch,
        boxes: tuple[Box, ...],
        assumed: Assumed,
        budget: Budget,
    ) -> None:
        self.program, self.launch, self.policy = program, launch, assumed.policy
        self.scope = Scope(boxes, launch.warps_per_block, looks_ahead=assumed.looks_ahead)
        self.decisions = Decisions(self.scope, assumed.may_draw)
        self.tally = Tally()
        self.budget = budget
        self.enter(Frame(program.kernel))

    def enter(self, frame: Frame) -> None:
        """Go on in another function, with what its registers hold from the start."""
        self.frame = frame
        for slot, fill in frame.code.fills:
            frame.values[slot] = fill(self)

    def run(self) -> None:
        """Run all lanes to their end. Raises SplitError where blocks differ."""
        pattern = np.arange(self.scope.lanes_per_block) < self.launch.block.volume
        lanes = Lanes(self.scope, np.tile(pattern, len(self.scope.boxes)))
        try:
            with np.errstate(all="ignore"):
                self.region(0, lanes, None, None)
        except (UnsupportedError, FewLanesError, RecursionError):
            self.scope.split()
            raise
        self.scope.split()

    def read(self, slot: int) -> Value:
        """What a register holds; what was never written is unknown."""
        value = self.frame.values[slot]
        return UNKNOWN if value is None else value

    def write(self, slot: int, value: Value, lanes: Lanes) -> None:
        """Set a register in some lanes; what others hold of it stays, where anybody may ask."""
        if self.frame.answers:
            forget(self.frame.answers, slot, lanes)
        if slot not in self.frame.code.passing:
            self.frame.values[slot] = value
            return
        old = self.frame.values[slot]
        holder = self.frame.written[slot]
        if old is not None and not lanes.is_all and holder is not lanes:
            value = blend(value, old, lanes.bools)
            self.frame.written[slot] = None
        else:
            self.frame.written[slot] = lanes
        self.frame.values[slot] = value

    def parameter_bytes(self, start: int, size: int) -> bytes:
        """Bytes of the launch's arguments, as they lie in parameter space."""
        for argument in self.launch.arguments:
            place = self.program.kernel.parameters[argument.parameter.name]
            if place <= start < place + len(argument.image):
                return argument.image[start - place : start - place + size].ljust(size, b"\0")
        raise UnsupportedError("a parameter that no argument gives")

    def passing(self, end: End, lanes: Lanes) -> Bools:
        """The lanes whose guard holds, the same in all blocks and iterations."""
        guard: Guard = end.guard  # type: ignore[assignment]
        value = self.read(guard.slot)
        if value.taint is ALL:
            return self.decisions.passing(self, end, lanes.bools)
        unknown = tainted_lanes(value.taint, lanes.bools)
        known = lanes.bools if unknown is None else lanes.bools & ~unknown
        self.scope.settle(value, known)
        found: Bools = (~value.base if guard.negated else value.base) & known
        if unknown is not None:
            found = found | self.decisions.passing(self, end, unknown)
        return found

    def subset(self, lanes: Lanes, end: End) -> Lanes | None:
        """The lanes that act in a guarded instruction; the others are noted."""
        bools = self.passing(end, lanes)
        chosen = Lanes(self.scope, bools)
        if chosen.count == lanes.count:
            return lanes
        off = self.tally.guarded_off
        off[end.number] = off.get(end.number, 0) + lanes.threads - chosen.threads
        return chosen if chosen.count else None

    def region(
        self, block: int | None, lanes: Lanes, stop: int | None, header: int | None
    ) -> tuple[Bools | None, Bools | None]:
        """Run lanes from a block until they stand at `stop` or, again, at `header`.

        Gives the lanes that came to each; those that exited are in neither.
        """
        came: Bools | None = None
        entering = header is not None and block == header
        while True:
            if block == stop:
                return joined_lanes(came, lanes.bools), None
            if block is None:
                return came, None
            if block == header and not entering:
                return came, lanes.bools
            if block in self.frame.code.loops and not entering:
                meet = self.frame.code.loops[block][0]
                left = run_loop(self, block, lanes, meet)
                if left is None:
                    return came, None
                lanes, block = Lanes(self.scope, left), meet
                continue
            entering = False
            end = self._block(block, lanes)
            if end.kind == "fall" or (end.kind == "branch" and end.guard is None):
                block = end.target
                continue
            if end.kind in ("leave", "return"):
                rest = self._leaving(lanes, end)
                if rest is None:
                    return came, None
                lanes, block = rest, end.following
                continue
            taken = self.passing(end, lanes)
            count = int(np.count_nonzero(taken))
            if count in (0, lanes.count):
                block = end.target if count else end.following
                continue
            if end.meet == stop:
                # What waits at `stop` is joined by the rest, which goes on here.
                sides = [(end.target, taken), (end.following, lanes.bools & ~taken)]
                if _goes_on(end, stop):
                    sides.reverse()
                came = joined_lanes(came, self._side(*sides[0], stop, None))
                block, lanes = sides[1][0], Lanes(self.scope, sides[1][1])
                continue
            together = self._parted(lanes, end, taken, header)
            if together is None:
                return came, None
            lanes, block = together, end.meet

    def _leaving(self, lanes: Lanes, end: End) -> Lanes | None:
        """Lanes end, or return from a call; gives those that a guard lets go on."""
        leaving = lanes.bools
        if end.guard is not None:
            acting = self.subset(lanes, end)
            leaving = np.zeros_like(lanes.bools) if acting is None else acting.bools
        self._leave(leaving, end)
        rest = lanes.bools & ~leaving
        return Lanes(self.scope, rest) if rest.any() else None

    def _parted(self, lanes: Lanes, end: End, taken: Bools, header: int | None) -> Lanes | None:
        """Run both sides of a branch; gives the lanes that meet after it."""
        inner = None if end.meet == header else header
        back = joined_lanes(
            self._side(end.target, taken, end.meet, inner),
            self._side(end.following, lanes.bools & ~taken, end.meet, inner),
        )
        if back is None or not back.any():
            return None
        return lanes if np.array_equal(back, lanes.bools) else Lanes(self.scope, back)

    def _side(
        self, block: int | None, bools: Bools, meet: int | None, header: int | None
    ) -> Bools | None:
        """Run the lanes of one side of a branch to where they meet the others."""
        if block == meet:
            return bools
        came, back = self.region(block, Lanes(self.scope, bools), meet, header)
        if back is not None:
            raise UnsupportedError("lanes go round a loop apart")
        return came

    def _block(self, block: int, lanes: Lanes) -> End:
        """Count a block and run its steps."""
        self.budget.spend(1 + len(self.frame.code.nodes[block].steps), self.scope.size)
        tally = self.tally
        number = self.frame.code.first_block + block
        tally.warps[number] = tally.warps.get(number, 0) + lanes.warps
        tally.threads[number] = tally.threads.get(number, 0) + lanes.threads
        self.scope.active = lanes.bools
        node = self.frame.code.nodes[block]
        for step in node.steps:
            step(self, lanes)
        return node.end  # type: ignore[return-value]

    def _leave(self, bools: Bools, end: End) -> None:
        """Lanes end, or return from a call. Inside loops that are being closed they cannot."""
        if not bools.any():
            return
        if len(self.scope.open) > self.frame.loops:
            raise NotClosedError
        if end.kind == "return":
            self.frame.returned = self.frame.returned | bools
        elif self.frame.depth:
            raise UnsupportedError("lanes end inside a call")


def _goes_on(end: End, stop: int | None) -> bool:
    """Whether it is the lanes that take a branch which go on: the others leave a loop, or wait."""
    if end.exit is not None:
        return not end.exit.when_taken
    return end.following == stop and end.target != stop


def joined_lanes(one: Bools | None, other: Bools | None) -> Bools | None:
    """All lanes of both."""
    if one is None or other is None:
        return one if other is None else other
    found: Bools = one | other
    return found
