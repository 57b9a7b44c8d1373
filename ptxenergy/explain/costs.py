"""What each instruction costs: its own events, each at the price that the bound pays for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec.structs import replace

from ptxenergy.explain.explanation import CONSTANT, InstructionCost, Parts
from ptxenergy.explain.memory import Owners, memory_by_instruction, spread
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection, MemoryTraffic
from ptxenergy.launch.profile import InstructionProfile
from ptxenergy.model.energies import events_of
from ptxenergy.model.prediction import Prediction
from ptxenergy.model.traffic import Cache
from ptxenergy.model.work import work_of


def costs_of(prediction: Prediction, gpu: Gpu, owners: Owners) -> tuple[InstructionCost, ...]:
    """The cost of each instruction that was issued; name by name they add up to the contributions.
    `owners`: the arguments that accesses reach, as far as known.

    The bound is asked for the energy of a launch that has this instruction alone. What it makes of
    the whole launch is more than these sums only where it takes the least of two totals (bytes of
    shared memory), or lowers the core's voltage; each contribution is scaled to what it is.
    Constant power goes by machine instructions issued.
    """
    inspection = prediction.inspection
    cache: Cache = "cold" if prediction.conditions.cache == "cold" else "warm"
    moved = memory_by_instruction(inspection, gpu, cache, owners)
    pairs = zip(inspection.profile.instructions, moved, strict=True)
    issued = [(item, memory) for item, memory in pairs if item.warp]
    events = [_events_j(inspection, item, memory, gpu) for item, memory in issued]
    slots = np.array([item.warp * item.opcode.expansion for item, _ in issued])
    columns = {}
    for part in prediction.contributions:
        own = np.array([one.get(part.name, 0.0) for one in events])
        weights = (slots,) if part.name == CONSTANT else (own, slots)
        columns[part.name] = spread(part.energy_j, *weights).tolist()
    rows = (
        {name: values[i] for name, values in columns.items() if values[i]}
        for i in range(len(issued))
    )
    return tuple(
        InstructionCost(item, Parts(row)) for (item, _), row in zip(issued, rows, strict=True)
    )


def added_up(parts: Iterable[Parts]) -> Parts:
    """All of them together, name by name."""
    total: dict[str, float] = {}
    for one in parts:
        for name, value in one.by_name_j.items():
            total[name] = total.get(name, 0.0) + value
    return Parts(total)


def _events_j(
    inspection: Inspection, item: InstructionProfile, memory: MemoryTraffic, gpu: Gpu
) -> Mapping[str, float]:
    """Joules of one instruction's events at the boost clock."""
    alone = replace(inspection.profile, instructions=(item,))
    events = events_of(work_of(alone, memory), gpu)
    return {**events.core_j, **events.fixed_j}
