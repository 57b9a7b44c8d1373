"""The exact counts of a launch of any size, from one evaluation for each kind of block."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from msgspec import Struct

from ptxenergy.launch.closed.budget import Budget
from ptxenergy.launch.closed.clusters import boxes_by_place
from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.cuts import MOST_BOXES, cut, replicated
from ptxenergy.launch.closed.decisions import FewLanesError
from ptxenergy.launch.closed.machine import Assumed, Machine
from ptxenergy.launch.closed.program import Program, ready
from ptxenergy.launch.closed.scope import SplitError
from ptxenergy.launch.closed.sums import Sums
from ptxenergy.launch.limits import EXACT_WORK
from ptxenergy.launch.profile import Exactness, InstructionProfile, LaunchProfile
from ptxenergy.launch.reference.lanes import WARP
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.request import Launch, Pins
from ptxenergy.ptx.syntax import Function, Module

_MOST_LANES: Final = 1 << 18
_KEPT_KERNELS: Final = 64

_programs: OrderedDict[int, tuple[Function, Program | str]] = OrderedDict()


class Run(Struct, frozen=True):
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

    def followed(*, looks_ahead: bool) -> Run:
        sums = Sums(program, launch, wave_blocks, Budget(work))
        policy = Policy(pins, assumes=True)
        return _followed(sums, Assumed(policy, looks_ahead=looks_ahead))

    try:
        return followed(looks_ahead=True)
    except FewLanesError:
        # What is drawn hangs on how boxes are cut: only as far as blocks differ.
        return followed(looks_ahead=False)


def _followed(sums: Sums, assumed: Assumed) -> Run:
    """Go through a launch box by box. Raises FewLanesError where data decides after cuts that
    looked ahead."""
    program, launch, budget = sums.program, sums.launch, sums.budget
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
            waiting = [*cut(boxes, split, cuts), *waiting]
            if len(waiting) > MOST_BOXES:
                raise UnsupportedError("too many kinds of blocks") from None
        except FewLanesError:
            if assumed.looks_ahead and cuts:
                raise
            assumed.may_draw, assumed.looks_ahead = True, False
            waiting = [*replicated(boxes, lanes), *waiting]
        except RecursionError:
            raise UnsupportedError("lanes part too often") from None
    return Run(program, launch, assumed.policy, sums)


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
