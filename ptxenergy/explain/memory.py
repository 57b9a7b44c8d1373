"""Which instruction moves how many bytes at each memory level.

The launch's bytes come from `model.traffic`. What a level moves for requests of one kind alone is
known by instruction: all of L1, of L2 what does not pass L1 and what atomics do. The rest, loads
that miss L1, stores that reach L2, and what DRAM moves, is given to the instructions of its
direction by the sectors that they ask for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection, MemoryTraffic
from ptxenergy.model.traffic import SECTOR_BYTES, Asked, Cache, fill_bytes

Column: TypeAlias = NDArray[np.float64]


def memory_by_instruction(
    inspection: Inspection, gpu: Gpu, cache: Cache
) -> tuple[MemoryTraffic, ...]:
    """What each instruction of the profile moves, in its order; level by level they sum up to
    `inspection.memory` where anything asks for it. Footprints have no owner and stay 0."""
    profile, memory = inspection.profile, inspection.memory
    asked = [Asked.of(replace(profile, instructions=(item,))) for item in profile.instructions]
    column = {
        name: np.array([getattr(one, name) for one in asked], np.float64)
        for name in (*Asked.__slots__, "through_l1")
    }
    loads = column["loads"] + column["loads_past_l1"]
    stores = column["stores"] + column["stores_past_l1"]
    read_past = column["loads_past_l1"] + column["local_and_texture_loads"]
    write_past = column["stores_past_l1"] + column["local_and_texture_stores"] + column["atomics"]
    fills = min(memory.dram_read_bytes, fill_bytes(profile.footprint, gpu, cache))
    writers = stores + column["atomics"]
    levels = (
        spread(memory.l1_bytes, column["through_l1"]),
        _beside(memory.l2_read_bytes, read_past, column["loads"]),
        _beside(memory.l2_write_bytes, write_past, column["stores"]),
        spread(memory.dram_read_bytes - fills, loads + column["atomics"], writers)
        + spread(fills, writers, loads),
        spread(memory.dram_write_bytes, writers, loads),
    )
    return tuple(MemoryTraffic(*map(float, row)) for row in zip(*levels, strict=True))


def spread(total: float, *weights: Column) -> Column:
    """The total in proportion to the first weights that are not all zero; zeros without any."""
    for weight in weights:
        whole = float(weight.sum())
        if whole > 0:
            return weight * (total / whole)
    return np.zeros_like(weights[0])


def _beside(total_bytes: float, own_sectors: Column, asking: Column) -> Column:
    """Bytes by instruction: its own sectors in full, the rest by what it asks for."""
    own_bytes = SECTOR_BYTES * own_sectors
    rest = total_bytes - float(own_bytes.sum())
    if rest < 0 or not asking.any():
        return spread(total_bytes, own_sectors + asking)
    return own_bytes + spread(rest, asking)
