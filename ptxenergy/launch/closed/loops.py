"""Loops: iterations that are proved to repeat are taken together, the others one by one.

At the head of a loop one iteration is run as it is. Then it is assumed that every register that
the loop carries grows, in each further iteration, by what it just grew, and one iteration is run
under that assumption. Where its end gives back the assumption, one iteration later, that is a
proof by induction for as many iterations as no decision turns; they are counted at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.closed.induction import follows, growth_of, moves_alike, shifted
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.scope import UNLIMITED, NotClosedError, OpenLoop
from ptxenergy.launch.closed.tally import Tally
from ptxenergy.launch.closed.value import Value, blend, tidy
from ptxenergy.launch.reference.lanes import ALL, Array, Bools, tainted_lanes

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_HISTORY: Final = 9
_ALWAYS_TRIED: Final = (2, 3)
_MOST_PERIODS: Final = 5
_TRIES: Final = 6


class Turn(Struct, frozen=True):
    """Lanes at the head of a loop; all that leave it meet at `meet`. `carried` are the registers
    that an iteration hands to the next.
    """

    header: int
    lanes: Lanes
    meet: int | None
    carried: tuple[int, ...]


def run_loop(machine: Machine, header: int, lanes: Lanes, meet: int | None) -> Bools | None:
    """Run a loop until all lanes have left it; gives those that stand where they meet."""
    machine.scope.split()
    written, live = machine.frame.code.loops[header][1], machine.frame.code.live[header]
    carried = tuple(slot for slot in written if slot in live)
    machine.decisions.enter_loop(machine, machine.frame.code.exits[header], lanes)
    came: Bools | None = None
    history: list[list[Value | None]] = []
    tries, wait = 0, 1
    while True:
        history = [*history[-_HISTORY:], list(machine.frame.values)]
        left, back = machine.region(header, lanes, meet, header)
        if left is not None:
            came = left if came is None else came | left
        if back is None or not back.any():
            return came
        if not np.array_equal(back, lanes.bools):
            lanes = Lanes(machine.scope, back)
            history, tries, wait = [], 0, 1
            continue
        wait -= 1
        if wait > 0 or tries >= _TRIES:
            continue
        if _take_together(machine, Turn(header, lanes, meet, carried), history):
            history, tries, wait = [], 0, 1
        else:
            tries += 1
            wait = 2 * tries


def _take_together(machine: Machine, turn: Turn, history: list[list[Value | None]]) -> bool:
    """Try to take many iterations at once, one at a time or in groups of a period."""
    periods = [1]
    for period in periods:
        if period > len(history):
            break
        loop = machine.scope.open_loop()
        if _close(machine, turn, loop, (period, history[-period])):
            return True
        for helpful in sorted({*loop.periods, *_ALWAYS_TRIED}):
            if 1 < helpful <= _HISTORY and helpful not in periods and len(periods) < _MOST_PERIODS:
                periods.append(helpful)
    return False


def _close(
    machine: Machine, turn: Turn, loop: OpenLoop, past: tuple[int, list[Value | None]]
) -> bool:
    """Prove that iterations repeat and take them at once; False leaves all as it was."""
    period, earlier = past
    start, holders, outer = list(machine.frame.values), list(machine.frame.written), machine.tally
    answers = dict(machine.frame.answers)
    machine.tally = Tally()
    is_taken = False
    try:
        grown = _assume(machine, turn, earlier, loop.dim)
        if grown is not None and _repeats(machine, turn, period, grown):
            iterations = loop.iterations()
            if 2 <= iterations * period < UNLIMITED:
                machine.scope.close_loop(iterations)
                outer.add(machine.tally, iterations, loop.dim)
                is_taken = True
                _grow(start, grown, turn.lanes, iterations)
    except NotClosedError:
        pass
    finally:
        if not is_taken and machine.scope.open and machine.scope.open[-1] is loop:
            machine.scope.open.pop()
        machine.frame.values, machine.frame.written, machine.tally = start, holders, outer
        machine.frame.answers = answers
        machine.scope.active = turn.lanes.bools
    return is_taken


def _assume(
    machine: Machine, turn: Turn, earlier: list[Value | None], dim: int
) -> dict[int, int | Array] | None:
    """Assume that carried registers grow as they did; None where one cannot be assumed to."""
    grown: dict[int, int | Array] = {}
    for slot in turn.carried:
        now, then = machine.frame.values[slot], earlier[slot]
        if now is None or now is then or now.taint is ALL:
            continue
        if then is None or then.taint is ALL:
            return None
        known = turn.lanes.bools
        if now.taint is not None:
            known = known & ~now.taint  # type: ignore[operator]
        if tainted_lanes(then.taint, known) is not None:
            return None
        growth = growth_of(now.base, then.base, known) if known.any() else 0
        if growth is None or not moves_alike(then, now, known):
            return None
        grown[slot] = growth
    for slot, growth in grown.items():
        value = machine.frame.values[slot]
        if value is not None:
            strides = tidy({**(value.strides or {}), dim: growth})
            machine.frame.values[slot] = Value(
                value.base, strides, value.taint, value.mixed, value.hints
            )
    return grown


def _repeats(machine: Machine, turn: Turn, period: int, grown: dict[int, int | Array]) -> bool:
    """Run an iteration (or a period of them) and see whether it gives back what was assumed."""
    first = {slot: machine.frame.values[slot] for slot in turn.carried}
    lanes = turn.lanes
    for _ in range(period):
        left, back = machine.region(turn.header, lanes, turn.meet, turn.header)
        if left is not None and left.any():
            return False
        if back is None or not np.array_equal(back, lanes.bools):
            return False
    return all(
        follows(first[slot], machine.frame.values[slot], grown.get(slot, 0), lanes.bools)
        for slot in turn.carried
    )


def _grow(
    values: list[Value | None], grown: dict[int, int | Array], lanes: Lanes, iterations: int
) -> None:
    """Set registers to what they hold after the iterations that were taken together."""
    for slot, growth in grown.items():
        old = values[slot]
        if old is not None:
            base = shifted(old.base, growth * iterations)
            new = Value(base, old.strides, old.taint, old.mixed, old.hints)
            values[slot] = new if lanes.is_all else blend(new, old, lanes.bools)
