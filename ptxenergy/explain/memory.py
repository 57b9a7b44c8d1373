"""Which instruction moves how many bytes at each memory level.

The launch's bytes come from `model.traffic`, whose terms are taken apart here. L1, and in L2 what
does not pass L1, is known by instruction. Of what passes L1, L2 moves what is distinct within a
block and a share of what is asked for again; DRAM what is distinct over the launch. The footprint
says what is distinct by argument: it is given to the instructions that reach the argument, by the
sectors that they ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection, MemoryTraffic
from ptxenergy.launch.profile import Footprint, LaunchProfile
from ptxenergy.model.traffic import SECTOR_BYTES, Asked, Cache, fill_bytes
from ptxenergy.ptx.syntax import Location

Column: TypeAlias = NDArray[np.float64]
Owners: TypeAlias = Mapping[Location, str]
_Way: TypeAlias = Literal["read", "write"]
_Scope: TypeAlias = Literal["block", "launch"]


def memory_by_instruction(
    inspection: Inspection, gpu: Gpu, cache: Cache, owners: Owners
) -> tuple[MemoryTraffic, ...]:
    """What each instruction of the profile moves, in its order; level by level they sum up to
    `inspection.memory` where anything asks for it. Footprints have no owner and stay 0.

    `owners`: the argument that an instruction reaches, where that is known.
    """
    profile, memory = inspection.profile, inspection.memory
    asked = _asked(profile)
    loads, stores = asked["loads"], asked["stores"]
    readers = loads + asked["loads_past_l1"] + asked["atomics"]
    writers = stores + asked["stores_past_l1"] + asked["atomics"]
    read_past = asked["loads_past_l1"] + asked["local_and_texture_loads"]
    write_past = asked["stores_past_l1"] + asked["local_and_texture_stores"] + asked["atomics"]
    names = [owners.get(item.instruction.location) for item in profile.instructions]
    distinct = _Distinct(profile.footprint, names)
    first_reads, first_writes = distinct.of(readers, "read"), distinct.of(writers, "write")
    fills = min(memory.dram_read_bytes, fill_bytes(profile.footprint, gpu, cache))
    levels = (
        spread(memory.l1_bytes, asked["through_l1"]),
        _beside(memory.l2_read_bytes, read_past, loads, _part(first_reads, loads, readers)),
        _beside(memory.l2_write_bytes, write_past, stores, _part(first_writes, stores, writers)),
        spread(memory.dram_read_bytes - fills, distinct.of(readers, "read", "launch"), writers)
        + spread(fills, distinct.of(writers, "write", "launch"), readers),
        spread(memory.dram_write_bytes, distinct.of(writers, "write", "launch"), readers),
    )
    return tuple(MemoryTraffic(*map(float, row)) for row in zip(*levels, strict=True))


def spread(total: float, *weights: Column) -> Column:
    """The total in proportion to the first weights that are not all zero; zeros without any."""
    for weight in weights:
        whole = float(weight.sum())
        if whole > 0:
            return (weight / whole) * total
    return np.zeros_like(weights[0])


class _Distinct:
    """What is distinct of the sectors that instructions ask for."""

    def __init__(self, footprint: Footprint, owners: Sequence[str | None]) -> None:
        known = footprint.by_argument
        self._footprint = footprint
        self._owners = np.array([name if name in known else "" for name in owners], object)

    def of(self, asked: Column, way: _Way, scope: _Scope = "block") -> Column:
        """The distinct sectors of each owner over its instructions, by what they ask for; what no
        owner has over those without one. Never more than is asked for."""
        rest = float(getattr(getattr(self._footprint, way), scope))
        found = np.zeros_like(asked)
        for name in sorted({*self._owners.tolist()} - {""}):
            own = np.where(self._owners == name, asked, 0.0)
            reach = self._footprint.by_argument[name][0 if way == "read" else 1]
            if own.any():
                found += spread(getattr(reach, scope), own)
                rest -= getattr(reach, scope)
        without = np.where(self._owners == "", asked, 0.0)
        found += spread(max(0.0, rest), without)
        return np.minimum(found, asked) if found.any() else asked


def _asked(profile: LaunchProfile) -> dict[str, Column]:
    """Sectors by the way that they take, as `Asked` names it, of each instruction."""
    each = [Asked.of(replace(profile, instructions=(item,))) for item in profile.instructions]
    names = (*Asked.__struct_fields__, "through_l1")
    return {name: np.array([getattr(one, name) for one in each], np.float64) for name in names}


def _part(distinct: Column, some: Column, every: Column) -> Column:
    """Of distinct sectors those of some of the accesses, in proportion to all that ask."""
    return np.divide(distinct * some, every, out=np.zeros_like(every), where=every > 0)


def _beside(total_bytes: float, past: Column, asked: Column, distinct: Column) -> Column:
    """Bytes by instruction: what does not pass L1 in full; of the rest what is distinct, and of
    what is asked for again the share that makes it up to the total."""
    past_bytes = SECTOR_BYTES * past
    rest_bytes = total_bytes - float(past_bytes.sum())
    if rest_bytes < 0 or not asked.any():
        return spread(total_bytes, past + asked)
    again = float((asked - distinct).sum())
    missing = rest_bytes / SECTOR_BYTES - float(distinct.sum())
    share = min(1.0, max(0.0, missing / again)) if again > 0 else 0.0
    return past_bytes + spread(rest_bytes, distinct + share * (asked - distinct), asked)
