"""Counts a launch of any size: whole where that is quick, else from a sample of its blocks."""

from __future__ import annotations

from itertools import islice
from typing import Final

import numpy as np

from ptxenergy.launch.limits import BLOCK_WORK
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference.extent import Extent
from ptxenergy.launch.reference.growth import Sample, estimated_footprint
from ptxenergy.launch.reference.lanes import WARP
from ptxenergy.launch.reference.machine import Budget, Machine
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.reference.program import Program, prepare
from ptxenergy.launch.reference.strata import in_order, weights_of
from ptxenergy.launch.reference.tally import Floats, Totals
from ptxenergy.launch.reference.whole import Counted, groups, profile_of, run_group
from ptxenergy.launch.request import Assumption, Launch, Pins
from ptxenergy.ptx.syntax import Function, Module

_FIRST_LANES: Final = 1024
_LATER_LANES: Final = 4096
_MOST_SAMPLED: Final = 1024


def evaluate_sampled(
    module: Module,
    kernel: Function,
    launch: Launch,
    pins: Pins,
    work: float = BLOCK_WORK,
    *,
    wave_blocks: int | None = None,
) -> LaunchProfile:
    """Count a launch, assuming nothing of memory contents.

    A launch that takes no more than `work` (microseconds of a typical core, by a fixed rule) is
    evaluated whole. Of others a sample of blocks is (corners, edges, a spread of the interior),
    each count weighted by how many blocks of its kind there are: flag `sampled`, never exact.
    Where not even one block comes to its end, the loop that it was in is extrapolated: flag
    `truncated` too, and an assumption says so.
    `wave_blocks` is how many blocks the GPU holds at once (None: all of them). Raises
    EvaluationError where the program is malformed.
    """
    program = prepare(module, kernel, launch)
    policy = Policy(pins, assumes=True)
    return _Sampling(program, policy, Budget(work=work), wave_blocks).profile()


class _Sampling:
    """One launch on its way to a profile."""

    def __init__(
        self, program: Program, policy: Policy, budget: Budget, wave_blocks: int | None
    ) -> None:
        self.program, self.policy, self.budget = program, policy, budget
        self.wave_blocks = wave_blocks
        self.grid = program.launch.grid
        self.total = self.grid.volume
        self.done: list[Machine] = []

    def profile(self) -> LaunchProfile:
        """The launch, whole or from a sample."""
        first = tuple(islice(in_order(self.grid), _FIRST_LANES // WARP))
        pilot = next(groups(self.program, first, _FIRST_LANES))
        work = self.budget.work
        if not self._run(pilot):
            self.done[0].extrapolate()
            return self._finished(truncated=True)
        whole = self._whole_is_quick(work)
        rest = range(self.total) if whole else islice(in_order(self.grid), _MOST_SAMPLED)
        seen = {block for machine in self.done for block in machine.blocks}
        left = tuple(block for block in rest if block not in seen)
        for group in groups(self.program, left, _LATER_LANES):
            if self._cost_of(group) > self.budget.work or not self._run(group):
                break
        return self._finished(truncated=False)

    def _run(self, group: tuple[int, ...]) -> bool:
        """Evaluate blocks; False where they did not come to their end. Such are kept only where
        there is nothing better.
        """
        machine = Machine(self.program, group, self.policy)
        finished = run_group(machine, self.budget)
        if finished:
            machine.release()
        if finished or not self.done:
            self.done.append(machine)
        return finished

    def _cost_of(self, group: tuple[int, ...]) -> float:
        """Work that these blocks will take, judged by the dearest group so far."""
        cost = max(machine.cost for machine in self.done)
        return cost * Budget.price(len(group) * self.program.launch.warps_per_block * WARP)

    def _whole_is_quick(self, work: float) -> bool:
        """Whether all blocks can be evaluated with what is left of the budget."""
        left = self.total - sum(len(machine.blocks) for machine in self.done)
        if left * self.program.launch.warps_per_block > work:
            return False
        group = next(groups(self.program, tuple(range(left)), _LATER_LANES), ())
        rounds = -(-left // max(len(group), 1))
        return rounds * self._cost_of(group) <= self.budget.work

    def _finished(self, *, truncated: bool) -> LaunchProfile:
        blocks = tuple(block for machine in self.done for block in machine.blocks)
        whole = len(blocks) == self.total and not truncated
        weights = [1.0] * len(blocks) if whole else weights_of(self.grid, blocks)
        counted = Counted(Totals(self.program.size), Extent(self.program, self.wave_blocks))
        weighted: list[Floats] = []
        start = 0
        for machine in self.done:
            own = np.array(weights[start : start + len(machine.blocks)])
            start += len(own)
            counted.add(machine, own)
            weighted.append(own)
        if whole:
            return profile_of(self.program, self.policy, counted, counted.extent.footprint())
        self._note_sampling(truncated)
        sample = Sample(tuple(self.done), tuple(weighted), self.grid)
        footprint = estimated_footprint(counted.extent, sample)
        return profile_of(self.program, self.policy, counted, footprint)

    def _note_sampling(self, truncated: bool) -> None:
        self.policy.flag("sampled")
        self.policy.control_exact = self.policy.addresses_exact = False
        if truncated:
            self.policy.flag("truncated")
            issued = sum(machine.tally.issued for machine in self.done)
            lines = ", ".join(str(n) for m in self.done for n in m.extrapolated)
            rest = f"the loop at line {lines} is extrapolated" if lines else "no more is counted"
            said = f"no block ended within {issued} warp instructions; {rest}"
            self.policy.add(Assumption("trip", None, said, ""))
