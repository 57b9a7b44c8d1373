"""How far loops have come, so that an evaluation that must stop can say what is still to do.

A loop's exit compares two values. Where their distance shrinks evenly from one test to the next,
the number of tests still to come is the distance left over what one test takes off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.lanes import Array
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.launch.reference.tally import SAME_MAX, Floats, Tally
from ptxenergy.launch.reference.types import is_signed

if TYPE_CHECKING:
    from ptxenergy.launch.reference.code import Code
    from ptxenergy.launch.reference.strands import Frame, Strand


class Comparison(Struct, frozen=True):
    """The operands (slots) that a loop exit compares, and their type."""

    first: int
    second: int
    ptx_type: str

    def distance(self, rows: tuple[Array, Array], lane: int) -> int:
        """Second minus first, in one lane."""
        first, second = (_number(row, lane, self.ptx_type) for row in rows)
        return second - first


class Visits(Struct):
    """Tests at one loop exit since the loop was entered: how many, the first and the last one."""

    comparison: Comparison
    count: int
    first: tuple[Array, Array]
    last: tuple[Array, Array]

    def total(self, lane: int) -> float | None:
        """How many tests there will be; None where the distance does not shrink evenly."""
        if self.count < 2:
            return None
        start = self.comparison.distance(self.first, lane)
        now = self.comparison.distance(self.last, lane)
        each = (start - now) / (self.count - 1)
        if not each or now / each < 0:
            return None
        return self.count + now / each


class Progress(Struct):
    """Visits of loop exits, by instruction number."""

    visits: dict[int, Visits] = field(default_factory=dict)

    def visit(
        self, number: int, comparison: Comparison, registers: Registers, *, ends: bool
    ) -> None:
        """Lanes stand at a loop exit; `ends` where all of them leave."""
        if ends:
            self.visits.pop(number, None)
            return
        rows = (registers.values[comparison.first], registers.values[comparison.second])
        known = self.visits.get(number)
        if known is None:
            self.visits[number] = Visits(comparison, 1, rows, rows)
        else:
            known.count += 1
            known.last = rows


class Extrapolation(Struct, frozen=True):
    """By how much each instruction's counts are multiplied, and the loops that this is for."""

    factors: Floats
    lines: tuple[int, ...]


def extrapolation(progress: Progress, strand: Strand, size: int) -> Extrapolation:
    """What the loops that a strand is in the middle of still have to do.

    The outermost loop that has gone round settles everything inside it; one that has not gone
    round yet, or whose tests do not come nearer evenly, leaves the loops inside to be looked at.
    """
    factors = np.ones(size)
    for depth, frame in enumerate(strand.frames):
        if not frame.stack:
            continue
        above = [other.code for other in strand.frames[depth + 1 :]]
        # A caller stands behind its call; the innermost frame before what it would do next.
        place = frame.stack[-1].pc - (1 if above else 0)
        for loop, visits in _loops_around(progress, frame, place):
            lane = int(frame.stack[-1].mask.lanes.argmax())
            total = None if visits is None else visits[1].total(lane)
            if visits is None or total is None:
                continue
            factor = max(1.0, total / visits[1].count)
            for block in loop:
                factors[block[0] : block[1]] = factor
            for code in above:
                if code is not frame.code:
                    end = code.first + len(code.steps)
                    factors[code.first : end] = factor
            step = frame.code.steps[visits[0] - frame.code.first]
            return Extrapolation(factors, (step.instruction.location.line,))
    return Extrapolation(factors, ())


def scale(tally: Tally, factors: Floats) -> float:
    """Multiply counts; gives by how much the global sectors grew."""
    column = factors[:, None]
    tally.warp = tally.warp * column
    tally.thread = tally.thread * column
    tally.active = tally.active * column
    before = after = 0.0
    for (number, space, _), rows in tally.traffic.items():
        kept = rows[SAME_MAX].copy()
        moved = float(rows[1].sum()) if space == "global" else 0.0
        rows *= factors[number]
        rows[SAME_MAX] = kept
        before, after = before + moved, after + moved * factors[number]
    return after / before if before else 1.0


def _loops_around(
    progress: Progress, frame: Frame, place: int
) -> list[tuple[list[tuple[int, int]], tuple[int, Visits] | None]]:
    """Loops around a place in a call, outermost first: spans of instruction numbers, and the
    exit that has been visited most.
    """
    code = frame.code
    loop = code.flow.loop_of(min(max(place, 0), len(code.steps) - 1))
    found: list[tuple[list[tuple[int, int]], tuple[int, Visits] | None]] = []
    while loop is not None:
        blocks = [code.flow.blocks[number] for number in sorted(loop.body)]
        spans = [(code.first + block.start, code.first + block.end) for block in blocks]
        exits = [code.first + index for index in code.flow.exit_branches(loop)]
        visited = [(e, progress.visits[e]) for e in exits if e in progress.visits]
        best = max(visited, key=lambda item: item[1].count, default=None)
        found.append((spans, best))
        loop = None if loop.parent is None else code.flow.loops[loop.parent]
    return found[::-1]


def comparison_before(code: Code, index: int, predicate: int) -> Comparison | None:
    """The comparison in the same block that gives a branch its predicate."""
    start = code.flow.blocks[code.flow.block_of[index]].start
    for step in reversed(code.steps[start:index]):
        if step.compares is not None and step.compares[0] == predicate:
            return Comparison(*step.compares[1:])
    return None


def _number(row: Array, lane: int, ptx_type: str) -> int:
    value = row[lane]
    if ptx_type.startswith("f"):
        return 0
    size = row.dtype.itemsize
    number = int(value)
    if is_signed(ptx_type) and number >> (8 * size - 1):
        number -= 1 << (8 * size)
    return number
