"""A group of blocks, evaluated along one axis of lanes until all of them have exited."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.barriers import Barriers
from ptxenergy.launch.reference.calls import leave_call
from ptxenergy.launch.reference.code import Code, empty_row
from ptxenergy.launch.reference.footprint import Touched
from ptxenergy.launch.reference.lanes import ALL, WARP, Array, Bools, Mask, Taint
from ptxenergy.launch.reference.memory import Bank, GlobalMemory
from ptxenergy.launch.reference.patterns import Patterns
from ptxenergy.launch.reference.phases import Phases
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.reference.program import Program
from ptxenergy.launch.reference.progress import Progress, extrapolation, scale
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.special import Place, special
from ptxenergy.launch.reference.strands import Entry, Frame, Strand
from ptxenergy.launch.reference.tally import Tally
from ptxenergy.launch.reference.tensors import TensorCopies, TensorMaps
from ptxenergy.launch.reference.types import container

_THREAD_KEYS: Final = 1 << 11
_STEP_WORK: Final = 4.5
_LANE_WORK: Final = 0.0025
_GROUP_COST: Final = 100


class LimitReachedError(Exception):
    """The evaluation was asked to stop here; what it counted so far stands."""


class Budget(Struct):
    """Warp instructions and work that may still be done.

    Work is in microseconds by a rule of thumb that depends on nothing but the program.
    """

    warp_instructions: int = 1 << 62
    work: float = math.inf

    @staticmethod
    def price(lanes: int) -> float:
        """Work of one simple step for so many lanes together."""
        return _STEP_WORK + lanes * _LANE_WORK

    def spend(self, warp_instructions: int, work: float) -> None:
        """Take what was issued off; raises LimitReachedError where nothing is left."""
        self.warp_instructions -= warp_instructions
        self.work -= work
        if self.warp_instructions < 0 or self.work < 0:
            raise LimitReachedError


class Machine:
    """The state of a group of blocks. `memory` is None where contents are unknown.

    `phases` are those of mbarriers where they are followed, else None. `live` marks lanes that have
    not exited; `keys` tell lanes apart over the whole launch;
    `stopped` is set where a budget ended the run. `cost` is in units of a simple step; `owed` is
    the part that has not been taken off the budget yet. `growth` is by how much the sectors of a
    stopped run are short of those of a whole one, by the loops at the lines `extrapolated`.
    """

    def __init__(
        self,
        program: Program,
        blocks: tuple[int, ...],
        policy: Policy,
        memory: GlobalMemory | None = None,
    ) -> None:
        self.program, self.blocks, self.policy, self.memory = program, blocks, policy, memory
        self.tally = Tally(program.size, len(blocks))
        self.stopped = False
        self.cost = _GROUP_COST
        self.owed = 0
        self.skips_unknown = memory is None
        self.warps_per_block = program.launch.warps_per_block
        self.place = _place(program, blocks)
        self.lanes = len(self.place.thread)
        self.block_index = np.arange(self.lanes) // (self.lanes // len(blocks))
        self.live: Bools = self.place.thread < program.launch.block.volume
        numbers = self.place.block_number * _THREAD_KEYS + self.place.thread
        self.keys = numbers.astype(np.uint64)
        self.shared = Bank(self.block_index, program.shared_bytes)
        self.local = Bank(np.arange(self.lanes), program.local_bytes)
        self.constant = Bank(np.zeros(self.lanes, np.int64), program.constant_bytes)
        self.visits: dict[int, Array] = {}
        self.touched = Touched(len(blocks))
        self.patterns = Patterns()
        self.barriers = Barriers()
        self.progress = Progress()
        self.growth = 1.0
        self.extrapolated: tuple[int, ...] = ()
        self.strands: list[Strand] = []
        self.tensors = TensorCopies()
        follows = memory is not None and program.follows_phases
        self.phases = Phases() if follows else None
        self._templates: dict[str, tuple[list[Array], list[Taint]]] = {}
        program.fill_constants(self.constant, memory)

    @property
    def maps(self) -> TensorMaps:
        """The tensor maps of the launch."""
        return self.program.maps(self.policy.pins)

    def release(self) -> None:
        """Let go of memories and registers; what was counted stays, packed."""
        self.tally.pack()
        empty = np.zeros(1, np.int64)
        self.shared, self.local, self.constant = (Bank(empty, 1) for _ in range(3))
        self.strands.clear()
        self.visits.clear()
        self._templates.clear()

    def special(self, name: str, ptx_type: str) -> tuple[Array, Taint]:
        """The row of a special register."""
        return special(name, self.place, container(ptx_type))

    def visit(self, number: int, lanes: Bools) -> Array:
        """A key for each lane that differs each time the lane comes to this instruction."""
        seen = self.visits.get(number)
        if seen is None:
            seen = self.visits[number] = np.zeros(self.lanes, np.uint64)
        seen += lanes
        keys: Array = self.keys + (seen << np.uint64(40))
        return keys

    def enter(self, code: Code, lanes: Bools, caller: Frame | None, local_base: int) -> Frame:
        """A frame for a call of `code` by these lanes, at its first instruction."""
        mask = Mask.of(lanes)
        values, unknown = self._template(code)
        registers = Registers(list(values), list(unknown), mask.count, local_base)
        if caller is None and not code.has_parameter_variables:
            slots = np.zeros(self.lanes, np.int64)
        else:
            slots = np.arange(self.lanes)
        registers.parameters = Bank(slots, code.parameter_bytes, known=caller is None)
        for slot, fill in code.fills:
            if slot in code.framed:
                values[slot], unknown[slot] = fill(self, registers)
                registers.values[slot], registers.unknown[slot] = values[slot], unknown[slot]
        return Frame(code, registers, [Entry(0, mask)], caller, lanes=lanes)

    def _template(self, code: Code) -> tuple[list[Array], list[Taint]]:
        """Rows at entry that are the same for every call of a function by this group."""
        found = self._templates.get(code.function.name)
        if found is None:
            blank = {t: empty_row(t, self.lanes) for t in set(code.slot_types)}
            values: list[Array] = [blank[t] for t in code.slot_types]
            unknown: list[Taint] = [ALL] * len(values)
            nobody = Registers([], [], 0)
            for slot, fill in code.fills:
                if slot not in code.framed:
                    values[slot], unknown[slot] = fill(self, nobody)
            found = self._templates[code.function.name] = (values, unknown)
        return found

    def run(self, budget: Budget) -> None:
        """Run the kernel in every lane; raises LimitReachedError where the budget ends first."""
        frame = self.enter(self.program.kernel_code, self.live.copy(), None, 0)
        self.program.fill_arguments(frame.registers.parameters)
        self.strands = [Strand([frame])]
        budget.spend(0, Budget.price(self.lanes) * _GROUP_COST)
        while self.strands:
            strand = next((s for s in self.strands if s.waits_at is None), None)
            if strand is None:
                self.barriers.release_all(self)
                continue
            self._advance(strand, budget)
            if not strand.frames:
                self.strands.remove(strand)

    def _advance(self, strand: Strand, budget: Budget) -> None:
        """Run a strand until it ends or waits."""
        tally, price, with_data = self.tally, Budget.price(self.lanes), not self.skips_unknown
        while strand.frames:
            frame = strand.frames[-1]
            if not frame.stack:
                leave_call(self, strand)
                continue
            entry = frame.stack[-1]
            pc, code = entry.pc, frame.code
            if pc == entry.meet:
                frame.stack.pop()
                continue
            if pc >= len(code.steps):
                strand.leave_frame(entry.mask.lanes)
                continue
            end = code.stretch_end[pc]
            mask = entry.mask
            tally.issue(code.first + pc, code.first + end, mask)
            stretch = code.stretch(pc, with_data=with_data)
            cost, self.owed = stretch.cost + self.owed, 0
            self.cost += cost
            budget.spend(mask.warps * (end - pc), price * cost)
            entry.pc = end
            transfer = code.steps[pc].transfer
            if transfer is not None:
                transfer(self, strand)
                if strand.waits_at is not None:
                    return
                continue
            registers = frame.registers
            for execute in stretch.executes:
                execute(self, registers, mask)

    def extrapolate(self) -> None:
        """Scale the counts of a stopped run by what its loops still had to do."""
        running = next((s for s in self.strands if s.frames), None)
        if running is not None:
            found = extrapolation(self.progress, running, self.tally.instructions)
            self.growth = scale(self.tally, found.factors)
            self.extrapolated = found.lines

    def retire(self, lanes: Bools) -> None:
        """These lanes have exited."""
        self.live &= ~lanes


def _place(program: Program, blocks: tuple[int, ...]) -> Place:
    """Which thread of which block each lane is."""
    launch = program.launch
    size = launch.warps_per_block * WARP
    return Place(
        np.tile(np.arange(size, dtype=np.int64), len(blocks)),
        np.repeat(np.asarray(blocks, np.int64), size),
        launch.grid,
        launch.block,
        program.cluster,
        program.placement.static_shared_bytes,
        launch.shared_bytes,
    )
