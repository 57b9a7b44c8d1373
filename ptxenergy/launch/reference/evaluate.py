"""Evaluates the blocks of a launch and gives its profile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from ptxenergy.launch.profile import (
    Exactness,
    Footprint,
    InstructionProfile,
    LaunchProfile,
)
from ptxenergy.launch.reference.asynchronous import settle_open_copies
from ptxenergy.launch.reference.lanes import WARP, Array
from ptxenergy.launch.reference.machine import Budget, LimitReachedError, Machine
from ptxenergy.launch.reference.memory import GlobalMemory
from ptxenergy.launch.reference.policy import Policy
from ptxenergy.launch.reference.program import Program, prepare
from ptxenergy.launch.reference.tally import Tally
from ptxenergy.launch.request import Launch, Pins
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Function, Module

_MOST_LANES: Final = 4096
_MOST_ROW_BYTES: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How to evaluate a launch.

    `data`: `unknown` to assume nothing of memory contents, or the seed of random contents.
    `blocks`: numbers of the blocks to evaluate, x fastest (None: all of the grid).
    """

    data: Literal["unknown"] | int = "unknown"
    pins: Pins = field(default_factory=Pins)
    blocks: tuple[int, ...] | None = None
    warp_instruction_limit: int = 1 << 62
    seconds_limit: float = float("inf")


@dataclass(frozen=True, slots=True)
class Counted:
    """What a set of blocks did, before it is put into a profile."""

    tally: Tally
    blocks: int
    block_sectors: float
    sectors: Array
    unknown_sectors: float
    truncated: bool


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
        program.fill_globals(memory)
    policy = Policy(options.pins, assumes=memory is None)
    budget = Budget(options.warp_instruction_limit, time.monotonic() + options.seconds_limit)
    blocks = options.blocks
    chosen = tuple(range(launch.grid.volume)) if blocks is None else blocks
    counted = count_blocks(program, chosen, policy, budget, memory)
    if counted.truncated:
        policy.flag("truncated")
        policy.control_exact = False
    distinct = len(counted.sectors) + counted.unknown_sectors
    return profile_of(program, policy, counted, Footprint(counted.block_sectors, distinct))


def count_blocks(
    program: Program,
    blocks: tuple[int, ...],
    policy: Policy,
    budget: Budget,
    memory: GlobalMemory | None = None,
) -> Counted:
    """Evaluate blocks, as many at a time as memory allows, until done or out of budget."""
    tally = Tally(program.size)
    done, block_sectors, unknown = 0, 0.0, 0.0
    sectors = np.zeros(0, np.uint64)
    truncated = False
    with np.errstate(all="ignore"):
        for group in _groups(program, blocks):
            machine = Machine(program, group, policy, tally, memory)
            try:
                machine.run(budget)
            except LimitReachedError:
                truncated = True
            settle_open_copies(machine)
            done += len(group)
            unknown += machine.touched.unknown
            block_sectors += len(machine.touched.by_block()) + machine.touched.unknown
            sectors = np.union1d(sectors, machine.touched.distinct())
            _note_banks(machine)
            if truncated:
                break
    return Counted(tally, done, block_sectors, sectors, unknown, truncated)


def _groups(program: Program, blocks: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Blocks in groups that fit in memory together."""
    lanes = program.launch.warps_per_block * WARP
    code = program.kernel_code
    row_bytes = lanes * (8 * len(code.slot_types) + 2 * code.local_bytes + 64)
    size = max(1, min(_MOST_LANES // lanes, _MOST_ROW_BYTES // max(row_bytes, 1)))
    for start in range(0, len(blocks), size):
        yield blocks[start : start + size]


def _note_banks(machine: Machine) -> None:
    for bank, name in ((machine.shared, "shared"), (machine.local, "local")):
        if bank.went_outside:
            machine.policy.flag(f"{name}-out-of-bounds")


def profile_of(
    program: Program, policy: Policy, counted: Counted, footprint: Footprint
) -> LaunchProfile:
    """The profile of a launch from what its blocks did."""
    instructions: list[InstructionProfile] = []
    tally = counted.tally
    traffic = tally.traffic_by_instruction()
    number = 0
    for function in program.functions:
        for instruction in function.instructions:
            instructions.append(
                InstructionProfile(
                    instruction,
                    describe(instruction.opcode),
                    _plain(tally.warp[number]),
                    _plain(tally.thread[number]),
                    _plain(tally.active[number]),
                    traffic.get(number, {}),
                )
            )
            number += 1
    return LaunchProfile(
        kernel=program.kernel.name,
        launch=program.launch,
        instructions=tuple(instructions),
        exact=Exactness(policy.control_exact, policy.addresses_exact),
        blocks_evaluated=counted.blocks,
        footprint=footprint,
        assumptions=(*program.launch.assumptions, *policy.assumptions),
        flags=tuple(policy.flags),
    )


def _plain(value: np.generic) -> float:
    """A whole number as an int, anything else as a float."""
    number = value.item()
    return int(number) if float(number).is_integer() else float(number)
