"""What is assumed where data decides a predicate: one answer a lane for each value of it.

A branch or guard is drawn by its probability. A loop that data ends is a counted loop: how often
a lane comes to the exit is a number like any other, compared with iterations drawn on entry, so
that such loops are closed as others are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.closed.code import End, Guard, UnsupportedError
from ptxenergy.launch.closed.comparison import compare
from ptxenergy.launch.closed.forms import Form
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import LANE, ONE_WARP, Value
from ptxenergy.launch.reference.lanes import WARP, Array, Bools
from ptxenergy.launch.reference.policy import hashed, iterations, uniform
from ptxenergy.launch.request import Trips

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_BELOW: Final = Form("setp", frozenset({"lt"}), 32, False, 1, np.less)
_ONE: Final = np.uint32(1)
_UNDRAWN: Final = -1


class FewLanesError(Exception):
    """Data decides here, and more blocks should be told apart so that draws even out."""


class Answer(Struct, frozen=True, eq=False):
    """The truth assumed of a predicate in the lanes that have asked."""

    truth: Bools
    answered: Bools


class Decisions(Struct):
    """What one run draws: truths of predicates, and iterations (`limits`) by loop exit."""

    scope: Scope
    may_draw: bool
    limits: dict[int, Array] = field(default_factory=dict)
    _visits: int = 0
    _keys: Array | None = None

    def passing(self, machine: Machine, end: End, unknown: Bools) -> Bools:
        """Which of some lanes pass the guard of an instruction that data decides for them."""
        guard: Guard = end.guard  # type: ignore[assignment]
        if guard.slot not in machine.frame.code.loaded:
            raise UnsupportedError("a branch on what is not followed")
        if not self.may_draw:
            raise FewLanesError
        nobody = np.zeros(self.scope.size, np.bool_)
        known = machine.frame.answers.get(guard.slot, Answer(nobody, nobody))
        fresh = unknown & ~known.answered
        if fresh.any():
            passes = self._stays(machine, end, fresh) if end.exit else self._drawn(machine, end)
            truth = ~passes if guard.negated else passes
            known = Answer(np.where(fresh, truth, known.truth), known.answered | fresh)
            machine.frame.answers[guard.slot] = known
        found: Bools = (~known.truth if guard.negated else known.truth) & unknown
        return found

    def _drawn(self, machine: Machine, end: End) -> Bools:
        instruction = machine.program.instructions[end.number]
        chance = machine.policy.chance(instruction)
        grain = machine.read(end.guard.slot).grain if end.guard else LANE
        found: Bools = self._numbers(grain, instruction.location.line * 1_000_003) < chance
        return found

    def _stays(self, machine: Machine, end: End, lanes: Bools) -> Bools:
        """Which of the lanes at a loop exit take the branch: those that leave, or that stay."""
        left = self._leaving(machine, end, lanes)
        return left if end.exit is not None and end.exit.when_taken else ~left

    def _leaving(self, machine: Machine, end: End, lanes: Bools) -> Bools:
        leaving = end.exit
        if leaving is None or leaving.spins:
            machine.policy.control_exact = False
            machine.policy.flag("spin-wait")
            return np.ones(self.scope.size, np.bool_)
        limits = self._limits(machine, end, lanes) + leaving.counts_first
        visits = self._counted(machine, end, lanes)
        active, self.scope.active = self.scope.active, lanes
        stays = compare(self.scope, _BELOW, [visits, Value(limits.astype(np.uint32))])
        self.scope.active = active
        if stays is None:
            raise UnsupportedError("a loop that data ends turns too often")
        self.scope.settle(stays, lanes)
        return ~np.broadcast_to(stays.base, lanes.shape)

    def _limits(self, machine: Machine, end: End, lanes: Bools) -> Array:
        """Iterations of each lane, drawn where it has not come to this exit in this loop yet."""
        instruction = machine.program.instructions[end.number]
        trips = machine.policy.trips(instruction)
        limits = self.limits.get(end.number, np.full(self.scope.size, _UNDRAWN, np.int64))
        fresh = lanes & (limits == _UNDRAWN)
        if fresh.any():
            line = instruction.location.line
            grain = machine.read(end.guard.slot).grain if end.guard else LANE
            if grain != LANE:
                # One for all lanes of a warp: none has more than the others.
                trips = Trips(trips.lane, 0.0)
            own = self._numbers(grain, line)
            drawn = iterations(trips, own, self._numbers(max(grain, ONE_WARP), line + 1))
            limits = self.limits[end.number] = np.where(fresh, drawn, limits)
        return limits

    def _counted(self, machine: Machine, end: End, lanes: Bools) -> Value:
        """How often each lane has come to an exit, this time included."""
        old = machine.frame.values[end.visits]
        if old is None:
            old = Value(np.zeros(1, np.uint32))
        fresh = Value(old.base + _ONE, old.strides)
        machine.write(end.visits, fresh, Lanes(self.scope, lanes))
        return machine.read(end.visits)

    def enter_loop(self, machine: Machine, exits: tuple[End, ...], lanes: Lanes) -> None:
        """Lanes that come into a loop count their visits of its exits from nothing."""
        for end in exits:
            limits = self.limits.get(end.number)
            if limits is not None:
                self.limits[end.number] = np.where(lanes.bools, _UNDRAWN, limits)
            if machine.frame.values[end.visits] is not None:
                machine.write(end.visits, Value(np.zeros(1, np.uint32)), lanes)

    def _numbers(self, grain: int, salt: int) -> Array:
        """A number in [0, 1) for each lane, anew at each draw; one for lanes that decide alike.

        Warps and blocks are fewer than lanes: they share out the numbers between them, in random
        order and by how many they stand for, so that as many are below a probability as it says.
        """
        if self._keys is None:
            self._keys = _lane_keys(self.scope)
        self._visits += 1
        keys = self._keys + np.uint64(self._visits)
        if grain == LANE:
            return uniform(keys, salt)
        size = WARP if grain == ONE_WARP else self.scope.lanes_per_block
        weights = self.scope.weights[:: size // WARP].astype(np.float64)
        order = np.argsort(uniform(keys[::size], salt), kind="stable")
        start = uniform(np.array([self._visits], np.uint64), salt)
        numbers = np.empty(len(order))
        numbers[order] = np.cumsum(weights[order]) - (1 - start) * weights[order]
        numbers /= weights.sum()
        return np.repeat(numbers, size)


def forget(answers: dict[int, Answer], slot: int, lanes: Lanes) -> None:
    """A predicate is written anew: what was assumed of it holds no longer."""
    known = answers.pop(slot, None)
    if known is not None and not lanes.is_all:
        answers[slot] = Answer(known.truth, known.answered & ~lanes.bools)


def _lane_keys(scope: Scope) -> Array:
    """A number for each lane, by where its block stands in the grid."""
    places = np.array([box.origin for box in scope.boxes], np.uint64)
    blocks = places @ np.array([1, 1 << 31, 1 << 47], np.uint64)
    lane = np.arange(scope.lanes_per_block, dtype=np.uint64)
    return hashed((blocks[:, None] * np.uint64(1024) + lane[None, :]).ravel(), 0)
