"""How long one warp takes through each basic block of a kernel, if it had the SM to itself.

Static: the latency of every opcode is given, for several scenarios at once (all loads hit L1, all
hit L2, all go to DRAM), and how often each block runs is asked for later. A block of an innermost
loop is gone through until its rounds take as long as each other, so that what one round
leaves to the next (an accumulator, a load ahead of its use) counts as it does in the long run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.program.flow import ControlFlow, control_flow
from ptxenergy.program.liveness import effects
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.program.shared import reachable
from ptxenergy.program.waits import Code, Role, Warp, groups_left, role_of
from ptxenergy.ptx.syntax import Function, Module

# Rounds until a loop has settled, and those that are averaged then: a multiple of the periods that
# copies 2, 3, 4 or 6 rounds ahead have. A long body has little to carry over.
_ROUNDS, _ROUNDS_OF_LONG = (4, 12), (1, 2)
_LONG_BODY = 500


class Cost(Struct, frozen=True):
    """What one instruction costs the warp that issues it, in cycles.

    `latency_cycles`: until its results can be read, one number for each scenario.
    `issue_cycles`: of the warp's scheduler. `pipe_cycles`: of the unit named `pipe`.
    """

    latency_cycles: tuple[float, ...]
    issue_cycles: float = 1.0
    pipe: str = ""
    pipe_cycles: float = 0.0


class Totals(Struct, frozen=True, eq=False):
    """Cycles of all warps: by scenario, `chained`, and `serial` if nothing overlapped; the
    `issuing` part of them."""

    chained: NDArray[np.float64]
    serial: NDArray[np.float64]
    issuing: float


class Chains(Struct, frozen=True, eq=False):
    """The blocks of a kernel and of all that it calls.

    `starts`: index of each block's first instruction, functions one after another as
    `shared.reachable` lists them, `size` instructions in all. By block and scenario, in cycles:
    `first` when a loop is entered, `steady` in its further rounds (the same outside of
    innermost loops), `serial` if no instruction overlapped another; `slots` by block alone: what
    issuing takes, or the busiest unit. `entered_from`: the blocks from which a block's loop is
    entered, None outside of innermost loops.
    """

    size: int
    starts: tuple[int, ...]
    entered_from: tuple[tuple[int, ...] | None, ...]
    first: NDArray[np.float64]
    steady: NDArray[np.float64]
    serial: NDArray[np.float64]
    slots: NDArray[np.float64]

    def totals(self, warps: Sequence[float]) -> Totals:
        """Cycles of all warps together.

        `warps` says how often each instruction was issued by a warp, `size` numbers.
        """
        runs = np.array([warps[start] for start in self.starts], dtype=float)
        entries = runs.copy()
        for block, sources in enumerate(self.entered_from):
            if sources is not None:
                entries[block] = min(runs[block], sum(runs[source] for source in sources))
        chained = entries @ self.first + (runs - entries) @ self.steady
        return Totals(chained, runs @ self.serial, float(runs @ self.slots))


def chains(module: Module, kernel: Function, cost: Callable[[Opcode], Cost]) -> Chains:
    """The chains of a kernel with these costs, which all have the same number of scenarios."""
    parts = [_Walk(f, cost).chains() for f in reachable(module, kernel) if f.instructions]
    starts: list[int] = []
    entered: list[tuple[int, ...] | None] = []
    size = 0
    for part in parts:
        blocks = len(starts)
        starts += [start + size for start in part.starts]
        entered += [s and tuple(source + blocks for source in s) for s in part.entered_from]
        size += part.size
    tables = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("first", "steady", "serial", "slots")
    )
    return Chains(size, tuple(starts), tuple(entered), *tables)


class _Walk:
    """Goes through one function, dominators first, with the state of the block that dominates."""

    def __init__(self, function: Function, cost: Callable[[Opcode], Cost]) -> None:
        self._flow: ControlFlow = control_flow(function)
        opcodes = [describe(instruction.opcode) for instruction in function.instructions]
        self._costs = [cost(opcode) for opcode in opcodes]
        self._codes = _codes(function, opcodes, self._costs)
        shape = (len(self._flow.blocks), len(self._codes))
        self._slots = [self._slot_cycles(block.start, block.end) for block in self._flow.blocks]
        self._first, self._steady = np.zeros(shape), np.zeros(shape)
        self._entered: list[tuple[int, ...] | None] = [None] * shape[0]
        inner = {loop.parent for loop in self._flow.loops}
        self._loop_at = {loop.header: loop for loop in self._flow.loops if loop.index not in inner}

    def chains(self) -> Chains:
        """The chains of the function alone."""
        for scenario, code in enumerate(self._codes):
            self._go(code, scenario)
        serial = np.array(
            [
                np.sum([self._serial(i) for i in range(block.start, block.end)], axis=0)
                for block in self._flow.blocks
            ]
        )
        return Chains(
            len(self._costs),
            tuple(block.start for block in self._flow.blocks),
            tuple(self._entered),
            np.maximum(self._first, self._steady),
            self._steady,
            serial,
            np.array(self._slots),
        )

    def _serial(self, index: int) -> tuple[float, ...]:
        cost = self._costs[index]
        return tuple(max(latency, cost.issue_cycles) for latency in cost.latency_cycles)

    def _slot_cycles(self, start: int, end: int) -> float:
        """Cycles that issuing a block takes, and the busiest unit of the warp's own part."""
        by_pipe: dict[str, float] = defaultdict(float)
        for cost in self._costs[start:end]:
            by_pipe[cost.pipe] += cost.pipe_cycles
        issued = sum(cost.issue_cycles for cost in self._costs[start:end])
        return max((issued, *by_pipe.values()))

    def _go(self, code: Code, scenario: int) -> None:
        below: dict[int, list[int]] = defaultdict(list)
        for block, above in enumerate(self._flow.dominators):
            if above is not None:
                below[above].append(block)
        left = {-1: Warp()}
        pending = [(0, -1)]
        while pending:
            block, above = pending.pop()
            if block not in left:
                self._enter(code, scenario, block, left, left[above])
            pending += [(each, block) for each in below[block]]

    def _enter(
        self, code: Code, scenario: int, block: int, left: dict[int, Warp], before: Warp
    ) -> None:
        """Go through a block, or through the rounds of the innermost loop that it heads."""
        if block not in self._loop_at:
            warp = before.copy()
            cycles = warp.run(code, self._indices(block), self._slots[block])
            self._first[block, scenario] = self._steady[block, scenario] = cycles
            left[block] = warp
            return
        spine = self._spine(block)
        length = sum(len(self._indices(each)) for each in spine)
        settling, averaged = _ROUNDS if length < _LONG_BODY else _ROUNDS_OF_LONG
        body = self._loop_at[block].body
        sources = tuple(b for b in self._flow.blocks[block].predecessors if b not in body)
        warp = before.copy()
        for number in range(settling + averaged):
            for each in spine:
                cycles = warp.run(code, self._indices(each), self._slots[each])
                if number == 0:
                    self._first[each, scenario] = cycles
                    self._entered[each] = sources
                if number >= settling:
                    self._steady[each, scenario] += cycles / averaged
                left[each] = warp.copy()

    def _spine(self, header: int) -> list[int]:
        """The blocks that every round of a loop passes, in order."""
        paths = [self._climb(latch, header) for latch in self._loop_at[header].latches]
        shared = set(paths[0]).intersection(*paths[1:])
        return [block for block in reversed(paths[0]) if block in shared]

    def _climb(self, block: int, header: int) -> list[int]:
        path = [block]
        while path[-1] != header:
            above = self._flow.dominators[path[-1]]
            if above is None:
                break
            path.append(above)
        return path

    def _indices(self, block: int) -> range:
        found = self._flow.blocks[block]
        return range(found.start, found.end)


def _codes(
    function: Function, opcodes: Sequence[Opcode], costs: Sequence[Cost]
) -> tuple[Code, ...]:
    """The function in each scenario."""
    known = effects(function)
    roles = [role_of(opcode) for opcode in opcodes]
    queues = [
        (opcode.root, groups_left(instruction) if role is Role.WAIT else 0)
        for opcode, role, instruction in zip(opcodes, roles, function.instructions, strict=True)
    ]
    scenarios = zip(*(cost.latency_cycles for cost in costs), strict=True)
    return tuple(
        Code(known.reads, known.writes, known.is_sure, latencies, roles, queues)
        for latencies in scenarios
    )
