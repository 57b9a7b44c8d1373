"""The exact counts of a launch of any size, from one evaluation for each kind of block."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np

from ptxenergy.launch.closed.boxes import Box
from ptxenergy.launch.closed.budget import Budget
from ptxenergy.launch.closed.clusters import boxes_by_place
from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.decisions import FewLanesError
from ptxenergy.launch.closed.machine import Assumed, Machine
from ptxenergy.launch.closed.program import Program, ready
from ptxenergy.launch.closed.scope import SplitError
from ptxenergy.launch.closed.sums import Sums
from ptxenergy.launch.closed.value import Hint
from ptxenergy.launch.limits import EXACT_WORK
from ptxenergy.launch.profile import Exactness, InstructionProfile, LaunchProfile
from ptxenergy.launch.reference.lanes import WARP, Bools
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.request import Launch, Pins
from ptxenergy.ptx.syntax import Function, Module

_MOST_LANES: Final = 1 << 18
_MOST_BOXES: Final = 1 << 16
_PATIENCE: Final = 12
_PATIENCE_FOR_FEW: Final = 3
_FEW_BOXES: Final = 64
_MOST_COMBED: Final = 4096
_ENOUGH_LANES: Final = 4096
_ENOUGH_BLOCKS: Final = 16
_KEPT_KERNELS: Final = 64

_programs: OrderedDict[int, tuple[Function, Program | str]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Run:
    """A launch that was gone through: what it did (`sums`) and what had to be assumed."""

    program: Program
    launch: Launch
    policy: Policy
    sums: Sums

    def profile(self) -> LaunchProfile:
        """What was counted. Raises UnsupportedError where counting it takes too long."""
        return _profile(self.program, self.launch, self.policy, self.sums)


def evaluate_closed(
    module: Module,
    kernel: Function,
    launch: Launch,
    pins: Pins,
    wave_blocks: int | None = None,
    work: float = EXACT_WORK,
) -> LaunchProfile:
    """Count a whole launch without iterating over its blocks and loops, as `run_closed` does."""
    return run_closed(module, kernel, launch, pins, wave_blocks, work).profile()


def run_closed(
    module: Module,
    kernel: Function,
    launch: Launch,
    pins: Pins,
    wave_blocks: int | None = None,
    work: float = EXACT_WORK,
) -> Run:
    """Go through a whole launch without iterating over its blocks and loops.

    `wave_blocks` is how many blocks are co-resident. Raises UnsupportedError where the kernel does
    what is not followed here, or where it is more than `work`, in microseconds of a typical core.
    """
    program = _program_of(module, kernel)
    assumed = Assumed(Policy(pins, assumes=True))
    budget = Budget(work)
    sums = Sums(program, launch, wave_blocks, budget)
    waiting = boxes_by_place(launch.grid, program.cluster)
    cuts = 0
    lanes = launch.warps_per_block * WARP
    most = max(1, _MOST_LANES // lanes)
    while waiting:
        boxes, waiting = tuple(waiting[:most]), waiting[most:]
        machine = Machine(program, launch, boxes, assumed, budget)
        try:
            machine.run()
            sums.add(machine)
        except SplitError as split:
            cuts += 1
            waiting = [*_cut(boxes, split, _most_apart(boxes, split, cuts)), *waiting]
            if len(waiting) > _MOST_BOXES:
                raise UnsupportedError("too many kinds of blocks") from None
        except FewLanesError:
            assumed.may_draw = True
            waiting = [*_replicated(boxes, lanes), *waiting]
        except RecursionError:
            raise UnsupportedError("lanes part too often") from None
    return Run(program, launch, assumed.policy, sums)


def _replicated(boxes: tuple[Box, ...], lanes: int) -> list[Box]:
    """The boxes cut into enough for the draws of their lanes to even out, where they can be."""
    wanted = -(-max(_ENOUGH_LANES, _ENOUGH_BLOCKS * lanes) // (lanes * len(boxes)))
    found: list[Box] = []
    for box in boxes:
        pieces = [box]
        for axis in sorted(range(3), key=lambda a: -box.extent[a]):
            extent, parts = box.extent[axis], -(-wanted // len(pieces))
            places = range(0, extent, max(1, extent // parts)) if parts > 1 else ()
            pieces = [part for piece in pieces for part in piece.cut(axis, places)]
        found.extend(pieces)
    return found


def _program_of(module: Module, kernel: Function) -> Program:
    """A kernel made ready, once for as long as it is kept."""
    found = _programs.get(id(kernel))
    if found is None or found[0] is not kernel:
        try:
            found = (kernel, ready(module, kernel))
        except UnsupportedError as error:
            found = (kernel, str(error))
        _programs[id(kernel)] = found
        if len(_programs) > _KEPT_KERNELS:
            _programs.popitem(last=False)
    if isinstance(found[1], str):
        raise UnsupportedError(found[1])
    return found[1]


def _most_apart(boxes: tuple[Box, ...], split: SplitError, cuts: int) -> int:
    """How many steps a dimension may have to be taken apart whatever the split says.

    Where each cut only shows the next one, as for a loop with a turn more in every row, single
    blocks are better: soon where that makes few boxes, at some time where it makes many.
    """
    if cuts % _PATIENCE == 0:
        return _MOST_COMBED
    if cuts <= _PATIENCE_FOR_FEW:
        return 0
    differing = np.any([lanes.reshape(len(boxes), -1) for _, lanes in split.wanted], axis=(0, 2))
    most = max(box.extent[hint.dim] for hint, _ in split.wanted for box in boxes)
    return most if most * int(differing.sum()) <= _FEW_BOXES else 0


def _cut(boxes: tuple[Box, ...], split: SplitError, apart: int) -> list[Box]:
    """The boxes, those that the split names cut as it says; dimensions of no more than `apart`
    steps to single blocks."""
    found: list[Box] = []
    rows = [(hint, lanes.reshape(len(boxes), -1)) for hint, lanes in split.wanted]
    for number, box in enumerate(boxes):
        own = [(hint, lanes[number]) for hint, lanes in rows if lanes[number].any()]
        own = [(Hint(h.dim) if box.extent[h.dim] <= apart else h, n) for h, n in own]
        placed = [(hint, lanes) for hint, lanes in own if hint.positions is not None]
        regular = [(hint, lanes) for hint, lanes in own if hint.period > 1]
        # What says where blocks differ comes before what would take all of them apart.
        for wanted in (placed, regular, own):
            pieces = [box]
            for hint, lanes in wanted:
                pieces = [part for piece in pieces for part in _pieces(piece, hint, lanes, number)]
            if len(pieces) > 1:
                break
        found.extend(pieces)
    if len(found) == len(boxes):
        raise UnsupportedError("blocks differ in a way that no cut mends")
    return found


def _pieces(box: Box, hint: Hint, lanes: Bools, number: int) -> list[Box]:
    axis = hint.dim
    if box.extent[axis] <= 1:
        return [box]
    if hint.period > 1 and hint.period < box.extent[axis]:
        if hint.period > _MOST_BOXES:
            raise UnsupportedError("too many kinds of blocks")
        return box.combed(axis, hint.period)
    if hint.positions is not None:
        return box.cut(axis, _positions(hint, lanes, number, box.extent[axis]))
    if box.extent[axis] > _MOST_BOXES:
        raise UnsupportedError("too many kinds of blocks")
    return box.combed(axis, box.extent[axis])


def _positions(hint: Hint, lanes: Bools, number: int, extent: int) -> set[int]:
    """All places at which a hint wants a box of so many steps cut."""
    size = len(lanes)
    own = slice(number * size, (number + 1) * size)
    first = hint.positions[own][lanes]  # type: ignore[index]
    last = first if hint.upto is None else hint.upto[own][lanes]
    found = {int(p) for p in np.unique(first)} | {int(p) for p in np.unique(last)}
    if hint.upto is not None and (wide := last - first > 1).any():
        low, high = int(first[wide].min()), int(last[wide].max())
        if high - low > _MOST_BOXES:
            raise UnsupportedError("too many kinds of blocks")
        found.update(range(low, high + 1))
    if hint.every:
        found = {p for at in found - {0} for p in range(at, extent, hint.every)}
    return found


def _profile(program: Program, launch: Launch, policy: Policy, sums: Sums) -> LaunchProfile:
    instructions: list[InstructionProfile] = []
    traffic = sums.traffic(policy)
    for number, instruction in enumerate(program.instructions):
        block = program.block_of[number]
        active = sums.threads.get(block, 0)
        off = sums.guarded_off.get(number, 0)
        instructions.append(
            InstructionProfile(
                instruction,
                program.opcodes[number],
                sums.warps.get(block, 0),
                active - off,
                active,
                traffic.get(number, {}),
            )
        )
    lines = {i.location.line for i in program.instructions}
    if policy.has_idle_pins(lines):
        policy.flag("pin-without-effect")
    footprint = sums.footprint(policy)
    return LaunchProfile(
        kernel=program.kernel.function.name,
        launch=launch,
        instructions=tuple(instructions),
        exact=Exactness(policy.control_exact, policy.addresses_exact),
        blocks_evaluated=launch.grid.volume,
        assumptions=(*launch.assumptions, *policy.assumptions),
        footprint=footprint,
        flags=tuple(policy.flags),
    )
