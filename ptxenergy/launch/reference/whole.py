"""Evaluates the blocks of a launch and gives its profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.profile import (
    Exactness,
    Footprint,
    InstructionProfile,
    LaunchProfile,
)
from ptxenergy.launch.reference.boxes import settle_open_copies
from ptxenergy.launch.reference.extent import Extent
from ptxenergy.launch.reference.lanes import WARP
from ptxenergy.launch.reference.machine import Budget, LimitReachedError, Machine
from ptxenergy.launch.reference.memory import GlobalMemory
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.reference.program import Program, prepare
from ptxenergy.launch.reference.tally import Floats, Totals, plain
from ptxenergy.launch.request import Launch, Pins
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Function, Module

_MOST_LANES: Final = 4096
_MOST_ROW_BYTES: Final = 1 << 27


class EvaluationOptions(Struct, frozen=True):
    """How to evaluate a launch.

    `data`: `unknown` to assume nothing of memory contents, or the seed of random contents.
    `blocks`: numbers of the blocks to evaluate, x fastest (None: all of the grid).
    `wave_blocks`: blocks that the GPU holds at once (None: the whole launch is one wave).
    """

    data: Literal["unknown"] | int = "unknown"
    pins: Pins = field(default_factory=Pins)
    blocks: tuple[int, ...] | None = None
    wave_blocks: int | None = None
    warp_instruction_limit: int = 1 << 62


class Counted(Struct):
    """What evaluated blocks did, summed with their weights."""

    totals: Totals
    extent: Extent
    blocks: int = 0

    def add(self, machine: Machine, weights: Floats) -> None:
        """Add the blocks of a group that has run."""
        self.totals.add(machine.tally, weights)
        self.blocks += len(weights)
        self.extent.add(machine, weights, machine.growth)


def evaluate(
    module: Module,
    kernel: Function,
    launch: Launch,
    options: EvaluationOptions,
    memory: GlobalMemory | None = None,
) -> LaunchProfile:
    """Count the blocks that `options` names, each lane by itself.

    `memory` gives the contents of global memory in place of random ones and holds what the
    launch left there. The counts are of the evaluated blocks alone; where a limit stopped the
    evaluation they are of what was done until then, and the flag `truncated` is set. Raises
    EvaluationError where the program is malformed.
    """
    program = prepare(module, kernel, launch)
    if memory is None and options.data != "unknown":
        memory = GlobalMemory(options.data)
    if memory is not None:
        program.fill_variables(memory)
    policy = Policy(options.pins, assumes=memory is None)
    budget = Budget(options.warp_instruction_limit)
    counted = Counted(Totals(program.size), Extent(program, options.wave_blocks))
    blocks = options.blocks if options.blocks is not None else range(launch.grid.volume)
    for group in groups(program, blocks):
        machine = Machine(program, group, policy, memory)
        finished = run_group(machine, budget)
        counted.add(machine, np.ones(len(group)))
        if not finished:
            policy.flag("truncated")
            policy.control_exact = False
            break
    return profile_of(program, policy, counted, counted.extent.footprint())


def run_group(machine: Machine, budget: Budget) -> bool:
    """Run a group of blocks; False where the budget ended before they did."""
    with np.errstate(all="ignore"):
        try:
            machine.run(budget)
        except LimitReachedError:
            machine.stopped = True
    settle_open_copies(machine)
    for bank, name in ((machine.shared, "shared"), (machine.local, "local")):
        if bank.went_outside:
            machine.policy.flag(f"{name}-out-of-bounds")
    return not machine.stopped


def groups(
    program: Program, blocks: Sequence[int], most_lanes: int = _MOST_LANES
) -> Iterator[tuple[int, ...]]:
    """Blocks in groups of at most so many lanes that fit in memory together."""
    lanes = program.launch.warps_per_block * WARP
    code = program.kernel_code
    bank_bytes = 2 * (program.shared_bytes + lanes * code.local_bytes)
    block_bytes = lanes * 8 * len(code.slot_types) + bank_bytes + 32 * program.size
    size = max(1, min(most_lanes // lanes, _MOST_ROW_BYTES // block_bytes))
    for start in range(0, len(blocks), size):
        yield tuple(blocks[start : start + size])


def profile_of(
    program: Program, policy: Policy, counted: Counted, footprint: Footprint
) -> LaunchProfile:
    """The profile of a launch from what its blocks did."""
    totals = counted.totals
    traffic = totals.traffic_by_instruction()
    listed = [i for function in program.functions for i in function.instructions]
    instructions = tuple(
        InstructionProfile(
            instruction,
            describe(instruction.opcode),
            plain(totals.warp[number]),
            plain(totals.thread[number]),
            plain(totals.active[number]),
            traffic.get(number, {}),
        )
        for number, instruction in enumerate(listed)
    )
    if policy.assumes and policy.has_idle_pins({i.location.line for i in listed}):
        policy.flag("pin-without-effect")
    return LaunchProfile(
        kernel=program.kernel.name,
        launch=program.launch,
        instructions=instructions,
        exact=Exactness(policy.control_exact, policy.addresses_exact),
        blocks_evaluated=counted.blocks,
        footprint=footprint,
        assumptions=(*program.launch.assumptions, *policy.assumptions),
        flags=tuple(policy.flags),
    )
