"""Runs the steps of a kernel over boxes of blocks, and takes iterations of loops together.

Lanes that part meet again at the immediate post-dominator. At the head of a loop one iteration is
run as it is; then it is assumed that every register the loop carries grows by what it just grew,
in each further iteration, and one iteration is run under that assumption. Where its end gives
back the assumption, one iteration later, that is a proof by induction for as many iterations as
no decision turns; they are counted at once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.code import Code, End, Guard, UnsupportedError
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.scope import UNLIMITED, NotClosedError, Scope
from ptxenergy.launch.closed.value import UNKNOWN, Value, blend, numbers, tidy, wrapped
from ptxenergy.launch.reference.lanes import ALL, Array, Bools
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.request import Launch

_CLOCK_EVERY: Final = 64
_HISTORY: Final = 9
_PERIODS: Final = (1, 2, 3, 4, 6, 8)
_TRIES: Final = 6


@dataclass(slots=True)
class Tally:
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


class Machine:
    """One run of a kernel over some boxes. `policy` keeps what had to be assumed."""

    def __init__(
        self, code: Code, launch: Launch, boxes: tuple[Box, ...], policy: Policy, deadline_s: float
    ) -> None:
        self.code, self.launch, self.policy = code, launch, policy
        self.scope = Scope(boxes, launch.warps_per_block)
        self.tally = Tally()
        self.values: list[Value | None] = [None] * len(code.slots)
        self.written: list[Lanes | None] = [None] * len(code.slots)
        self.deadline_s = deadline_s
        self._ticks = 0
        for slot, fill in code.fills:
            self.values[slot] = fill(self)

    def run(self) -> None:
        """Run all lanes to their end."""
        pattern = np.arange(self.scope.lanes_per_block) < self.launch.block.volume
        lanes = Lanes(self.scope, np.tile(pattern, len(self.scope.boxes)))
        with np.errstate(all="ignore"):
            self._region(0, lanes, None, None)

    def read(self, slot: int) -> Value:
        """What a register holds; what was never written is unknown."""
        value = self.values[slot]
        return UNKNOWN if value is None else value

    def write(self, slot: int, value: Value, lanes: Lanes) -> None:
        """Set a register in some lanes; what others hold of it stays, where anybody may ask."""
        if slot not in self.code.passing:
            self.values[slot] = value
            return
        old = self.values[slot]
        holder = self.written[slot]
        if old is not None and not lanes.is_all and holder is not lanes:
            value = blend(value, old, lanes.bools)
            self.written[slot] = None
        else:
            self.written[slot] = lanes
        self.values[slot] = value

    def parameter_bytes(self, start: int, size: int) -> bytes:
        """Bytes of the launch's arguments, as they lie in parameter space."""
        for argument in self.launch.arguments:
            place = self.code.parameters[argument.parameter.name]
            if place <= start < place + len(argument.image):
                return argument.image[start - place : start - place + size].ljust(size, b"\0")
        raise UnsupportedError("a parameter that no argument gives")

    def passing(self, guard: Guard, lanes: Lanes) -> Bools:
        """The lanes whose guard holds, the same in all blocks and iterations."""
        value = self.read(guard.slot)
        if value.taint is not None:
            unknown = lanes.bools if value.taint is ALL else value.taint & lanes.bools  # type: ignore[operator]
            if unknown.any():
                raise UnsupportedError("data decides a branch")
        self.scope.settle(value, lanes.bools)
        truth = ~value.base if guard.negated else value.base
        found: Bools = truth & lanes.bools
        return found

    def subset(self, lanes: Lanes, guard: Guard, number: int) -> Lanes | None:
        """The lanes that act in a guarded instruction; the others are noted."""
        bools = self.passing(guard, lanes)
        chosen = Lanes(self.scope, bools)
        if chosen.count == lanes.count:
            return lanes
        off = self.tally.guarded_off
        off[number] = off.get(number, 0) + lanes.threads - chosen.threads
        return chosen if chosen.count else None

    def _region(
        self, block: int | None, lanes: Lanes, stop: int | None, header: int | None
    ) -> tuple[Bools | None, Bools | None]:
        """Run lanes from a block until they stand at `stop` or, again, at `header`.

        Gives the lanes that came to each; those that exited are in neither.
        """
        came: Bools | None = None
        entering = header is not None and block == header
        while True:
            if block == stop:
                return _joined(came, lanes.bools), None
            if block is None:
                return came, None
            if block == header and not entering:
                return came, lanes.bools
            if block in self.code.loops and not entering:
                meet = self.code.loops[block][0]
                left = self._loop(block, lanes, meet)
                if left is None:
                    return came, None
                lanes, block = Lanes(self.scope, left), meet
                continue
            entering = False
            end = self._block(block, lanes)
            if end.kind == "fall" or (end.kind == "branch" and end.guard is None):
                block = end.target
                continue
            if end.kind == "leave":
                leaving = lanes.bools
                if end.guard is not None:
                    acting = self.subset(lanes, end.guard, end.number)
                    leaving = np.zeros_like(lanes.bools) if acting is None else acting.bools
                self._leave(leaving)
                rest = lanes.bools & ~leaving
                if not rest.any():
                    return came, None
                lanes, block = Lanes(self.scope, rest), end.following
                continue
            assert_guard = end.guard
            taken = self.passing(assert_guard, lanes)  # type: ignore[arg-type]
            count = int(np.count_nonzero(taken))
            if count == lanes.count:
                block = end.target
                continue
            if count == 0:
                block = end.following
                continue
            other = lanes.bools & ~taken
            meet = end.meet
            if meet == stop:
                first, place = (taken, end.target) if place_is(end, stop) else (other, end.following)
                rest_lanes, rest_block = (
                    (other, end.following) if place_is(end, stop) else (taken, end.target)
                )
                if place == stop:
                    came = _joined(came, first)
                else:
                    came = _joined(came, self._side(place, first, stop, None))
                lanes, block = Lanes(self.scope, rest_lanes), rest_block
                continue
            if meet == header and header is not None:
                sides = [self._side(end.target, taken, meet, None), self._side(end.following, other, meet, None)]
            else:
                sides = [
                    self._side(end.target, taken, meet, header),
                    self._side(end.following, other, meet, header),
                ]
            back = _joined(sides[0], sides[1]) if sides[1] is not None else sides[0]
            if back is None or not back.any():
                return came, None
            lanes = lanes if np.array_equal(back, lanes.bools) else Lanes(self.scope, back)
            block = meet

    def _side(
        self, block: int | None, bools: Bools, meet: int | None, header: int | None
    ) -> Bools | None:
        """Run the lanes of one side of a branch to where they meet the others."""
        if block == meet:
            return bools
        came, back = self._region(block, Lanes(self.scope, bools), meet, header)
        if back is not None:
            raise UnsupportedError("lanes go round a loop apart")
        return came

    def _block(self, block: int, lanes: Lanes) -> End:
        """Count a block and run its steps."""
        self._ticks += 1
        if self._ticks % _CLOCK_EVERY == 0 and time.process_time() > self.deadline_s:
            raise UnsupportedError("the evaluation takes too long")
        tally = self.tally
        tally.warps[block] = tally.warps.get(block, 0) + lanes.warps
        tally.threads[block] = tally.threads.get(block, 0) + lanes.threads
        self.scope.active = lanes.bools
        node = self.code.nodes[block]
        for step in node.steps:
            step(self, lanes)
        return node.end  # type: ignore[return-value]

    def _leave(self, bools: Bools) -> None:
        if self.scope.open and bools.any():
            raise NotClosedError

    def _loop(self, header: int, lanes: Lanes, meet: int | None) -> Bools | None:
        """Run a loop until all lanes have left it; gives those that stand where they meet."""
        came: Bools | None = None
        history: list[list[Value | None]] = []
        tries, wait = 0, 1
        while True:
            history = [*history[-_HISTORY:], list(self.values)]
            before = lanes
            left, back = self._region(header, lanes, meet, header)
            came = _joined(came, left) if left is not None else came
            if back is None or not back.any():
                return came
            if np.array_equal(back, before.bools):
                lanes = before
            else:
                lanes = Lanes(self.scope, back)
                history, tries, wait = [], 0, 1
                continue
            wait -= 1
            if wait > 0 or tries >= _TRIES:
                continue
            taken = self._take_together(header, lanes, meet, history)
            if taken:
                history, tries, wait = [], 0, 1
            else:
                tries += 1
                wait = 2 * tries

    def _take_together(
        self, header: int, lanes: Lanes, meet: int | None, history: list[list[Value | None]]
    ) -> bool:
        """Try to take many iterations at once, one at a time or in groups of a period."""
        periods = [1]
        for period in periods:
            if period > len(history):
                break
            found = self._close(header, lanes, meet, (period, history[-period]))
            if found is True:
                return True
            helpful = sorted({*(p for p in found if p <= _HISTORY), *_PERIODS[1:3]})
            periods.extend(p for p in helpful if p not in periods and p > 1 and len(periods) < 5)
        return False

    def _close(
        self,
        header: int,
        lanes: Lanes,
        meet: int | None,
        step: tuple[int, list[Value | None]],
    ) -> bool | set[int]:
        """Prove that iterations repeat and take them at once; else periods that may help."""
        period, earlier = step
        written = self.code.loops[header][1]
        carried = [slot for slot in written if slot in self.code.live[header]]
        start, holders = list(self.values), list(self.written)
        loop = self.scope.open_loop()
        grown = self._assumed(carried, earlier, lanes, loop.dim)
        outer, self.tally = self.tally, Tally()
        is_proved = grown is not None
        try:
            if grown is not None:
                is_proved = self._repeats(header, lanes, meet, (period, loop.dim, grown))
            iterations = loop.iterations()
            if is_proved and 2 <= iterations * period < UNLIMITED:
                self.scope.close_loop(iterations)
                outer.add(self.tally, iterations, loop.dim)
                self.written = holders
                self._go_on(start, grown or {}, lanes, iterations)
                return True
        except NotClosedError:
            pass
        finally:
            if self.scope.open and self.scope.open[-1] is loop:
                self.scope.open.pop()
                self.values, self.written = start, holders
            self.tally = outer
            self.scope.active = lanes.bools
        return loop.periods

    def _assumed(
        self, carried: list[int], earlier: list[Value | None], lanes: Lanes, dim: int
    ) -> dict[int, int | Array] | None:
        """Assume that carried registers grow as they did; None where one cannot be assumed to."""
        grown: dict[int, int | Array] = {}
        for slot in carried:
            now, then = self.values[slot], earlier[slot]
            if now is None or now is then or now.taint is ALL:
                continue
            if then is None or (then.taint is None) != (now.taint is None):
                return None
            if not _same_strides(then, now, lanes.bools):
                return None
            growth = _growth(now.base, then.base, lanes.bools)
            if growth is None:
                return None
            grown[slot] = growth
        for slot, growth in grown.items():
            value = self.values[slot]
            if value is not None:
                strides = tidy({**(value.strides or {}), dim: growth})
                moved = Value(value.base, strides, value.taint, value.mixed, value.hints)
                self.values[slot] = moved
        return grown

    def _repeats(
        self,
        header: int,
        lanes: Lanes,
        meet: int | None,
        how: tuple[int, int, dict[int, int | Array]],
    ) -> bool:
        """Run one iteration (or a period of them) and see whether it gives back what was assumed."""
        period, _, grown = how
        written = self.code.loops[header][1]
        carried = [slot for slot in written if slot in self.code.live[header]]
        first = {slot: self.values[slot] for slot in carried}
        for _ in range(period):
            left, back = self._region(header, lanes, meet, header)
            if left is not None and left.any():
                return False
            if back is None or not np.array_equal(back, lanes.bools):
                return False
        return all(
            _follows(first[slot], self.values[slot], grown.get(slot, 0), lanes.bools)
            for slot in carried
        )

    def _go_on(
        self,
        start: list[Value | None],
        grown: dict[int, int | Array],
        lanes: Lanes,
        iterations: int,
    ) -> None:
        """Set registers to what they hold after the iterations that were taken together."""
        self.values = start
        for slot, growth in grown.items():
            old = start[slot]
            if old is None:
                continue
            shift = growth * iterations
            base = _shifted(old.base, shift)
            new = Value(base, old.strides, old.taint, old.mixed, old.hints)
            self.values[slot] = new if lanes.is_all else blend(new, old, lanes.bools)


def place_is(end: End, stop: int | None) -> bool:
    """Whether the taken side of a branch goes straight to `stop`, or neither does."""
    return end.target == stop or end.following != stop


def _joined(one: Bools | None, other: Bools | None) -> Bools | None:
    if one is None or other is None:
        return one if other is None else other
    found: Bools = one | other
    return found


def _same_strides(one: Value, other: Value, lanes: Bools) -> bool:
    """Whether two values move alike in these lanes."""
    a, b = one.strides or {}, other.strides or {}
    for dim in {*a, *b}:
        apart = np.asarray(a.get(dim, 0)) != np.asarray(b.get(dim, 0))
        if (apart & lanes).any():
            return False
    return True


def _growth(now: Array, then: Array, lanes: Bools) -> int | Array | None:
    """By how much a register grew, the same plain number in all lanes where it can be."""
    if now.ndim != 1 or then.ndim != 1 or now.dtype != then.dtype:
        return None
    if now.dtype == np.bool_:
        return 0 if not ((now != then) & lanes).any() else None
    difference = numbers(now - then, signed=True)
    if difference.shape[0] == 1:
        return int(difference[0])
    inside = difference[lanes]
    first = int(inside[0])
    if (inside == first).all():
        return first
    return np.where(lanes, difference, 0)


def _shifted(base: Array, shift: int | Array) -> Array:
    if base.dtype == np.bool_ or (isinstance(shift, int) and shift == 0):
        return base
    bits = 8 * base.dtype.itemsize
    amount = wrapped(shift, bits)
    if isinstance(amount, int):
        return base + base.dtype.type(amount & ((1 << bits) - 1))
    moved: Array = base + amount.astype(base.dtype)
    return moved


def _follows(
    start: Value | None, end: Value | None, growth: int | Array, lanes: Bools
) -> bool:
    """Whether a register ends an iteration as it would start the next one."""
    if start is end or start is None:
        return start is end
    if start.taint is ALL:
        return True
    if end is None or end.taint is not None or start.taint is not None:
        return False
    if end.mixed is not None and (end.mixed & lanes).any():
        return False
    if start.mixed is not None and (start.mixed & lanes).any():
        return False
    if start.base.dtype != end.base.dtype:
        return False
    expected = _shifted(start.base, growth)
    if ((expected != end.base) & lanes).any():
        return False
    return _same_strides(start, end, lanes)
