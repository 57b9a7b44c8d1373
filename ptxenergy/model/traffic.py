"""How many bytes each level of memory moves, from what a launch touches and what the caches hold.

Between the request and DRAM lie L1 (one a streaming multiprocessor) and L2 (one a chip). What is
counted exactly are the ends: sectors by request, and distinct sectors by block, wave and launch.
How often a sector comes back while it is still cached lies between them, and is estimated: by the
capacities of the GPU's description, and by the shares at the head of this file, each with what
stands behind it. More sectors are never less traffic.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import MemoryTraffic
from ptxenergy.launch.profile import Footprint, InstructionProfile, LaunchProfile, Reach

Cache: TypeAlias = Literal["warm", "cold"]
"""What L2 holds at the start: what the launch before it left (`warm`), or nothing (`cold`)."""

SECTOR_BYTES: Final = 32
"""Lines of L1 and L2 are fetched by sectors of 32 bytes on all of 6.1 to 9.0 (measured, MT4G)."""

_NEAR_REUSE_SHARE: Final = 0.75
"""Of the sectors that a block asks for again, the share asked for so soon that L1 still holds them
however small it is: lanes and warps side by side run through memory together. Estimated."""

_MERGED_STORE_SHARE: Final = 0.5
"""Of the sectors that a block stores to again, the share that reaches L2 as one. L1 writes through;
no source says how many stores it joins on the way: half-way between none and all. Estimated."""

_CACHED: Final = ("global", "local", "texture")


def estimate_traffic(
    profile: LaunchProfile, occupancy: Occupancy, waves: float, gpu: Gpu, cache: Cache
) -> MemoryTraffic:
    """Bytes that L1, L2 and DRAM move over the launch, in a queue of launches like it.

    `waves` is grid blocks over co-resident blocks. With a `warm` cache L2 keeps between launches
    what fits into the share of it that all SMs see; with a `cold` one every sector of the launch
    comes from DRAM once. Every number is an estimate, also where the profile is exact.
    """
    asked = Asked.of(profile)
    blocks = max(1, profile.launch.grid.volume)
    rounds = max(1.0, waves)
    resident = max(1.0, min(occupancy.blocks_per_sm, blocks / gpu.sm_count))
    capacity = l1_capacity_bytes(occupancy, gpu)
    l2_reads = _l2_read_sectors(profile, asked, rounds, capacity / (resident / blocks))
    l2_writes = _l2_write_sectors(profile, asked, rounds)
    dram_reads, dram_writes = _dram_sectors(profile, rounds, gpu, cache)
    return MemoryTraffic(
        l1_bytes=SECTOR_BYTES * asked.through_l1,
        l2_read_bytes=SECTOR_BYTES * l2_reads,
        l2_write_bytes=SECTOR_BYTES * l2_writes,
        dram_read_bytes=SECTOR_BYTES * dram_reads,
        dram_write_bytes=SECTOR_BYTES * dram_writes,
        footprint_bytes=SECTOR_BYTES * profile.footprint.any.launch,
    )


def l1_capacity_bytes(occupancy: Occupancy, gpu: Gpu) -> int:
    """L1 of one SM: what the shared memory of its blocks leaves of the memory both lie in.

    The driver is taken to choose the least carve-out that holds the blocks of a full SM
    (CUDA programming guide, shared memory of compute capabilities 7.x to 12.x).
    """
    limits = gpu.limits
    fitting = [c for c in limits.shared_carveouts_bytes if c >= occupancy.shared_bytes_per_sm]
    carveout = min(fitting, default=limits.shared_bytes_per_sm)
    return max(0, limits.l1_and_shared_bytes - carveout)


class Asked(Struct, frozen=True):
    """Sectors by request. `loads`, `stores`: of global memory by way of L1; `loads_past_l1`,
    `stores_past_l1`: of bulk copies, which do not pass it; `atomics`: carried out in L2; the rest:
    of local memory and textures.
    """

    loads: float = 0
    loads_past_l1: float = 0
    stores: float = 0
    stores_past_l1: float = 0
    atomics: float = 0
    local_and_texture_loads: float = 0
    local_and_texture_stores: float = 0

    @property
    def through_l1(self) -> float:
        """All that passes L1's data path."""
        return (
            self.loads
            + self.stores
            + self.atomics
            + self.local_and_texture_loads
            + self.local_and_texture_stores
        )

    @classmethod
    def of(cls, profile: LaunchProfile) -> Asked:
        """Sum a profile by the way that its sectors take."""
        totals = dict.fromkeys(cls.__struct_fields__, 0.0)
        for item in profile.instructions:
            for (space, direction), traffic in item.traffic.items():
                if space in _CACHED or space == "generic":
                    totals[_way(item, space, direction)] += traffic.sectors
        return cls(**totals)


def _way(item: InstructionProfile, space: str, direction: str) -> str:
    if space in ("local", "texture"):
        return f"local_and_texture_{'loads' if direction == 'load' else 'stores'}"
    if direction == "atomic":
        return "atomics"
    passes = item.opcode.root == "cp" and "bulk" in item.opcode.text
    return f"{direction}s{'_past_l1' if passes else ''}"


def _l2_read_sectors(
    profile: LaunchProfile, asked: Asked, rounds: float, capacity_bytes: float
) -> float:
    """Sectors that L2 gives to the SMs: what misses L1, and what does not pass it.

    `capacity_bytes` is L1's capacity in proportion to the launch: as the blocks that share one L1
    are to all blocks, so is its capacity to this. A block must bring in what is distinct within
    it; of what it asks for again, all hits where the distinct sectors of the resident blocks fit,
    and less and less where they do not. Local memory and textures have no footprint: all of it
    is taken to miss.
    """
    reach = profile.footprint.read
    distinct = min(asked.loads, _own_share(reach.block, asked.loads, asked.loads_past_l1))
    again = asked.loads - distinct
    lost = 1 - min(1.0, capacity_bytes / (SECTOR_BYTES * distinct)) if distinct else 0.0
    missed = distinct + again * lost * (1 - _NEAR_REUSE_SHARE)
    once_a_wave = min(reach.wave * rounds, asked.loads + asked.loads_past_l1)
    past = asked.loads_past_l1 + asked.local_and_texture_loads
    return max(missed + past, once_a_wave)


def _l2_write_sectors(profile: LaunchProfile, asked: Asked, rounds: float) -> float:
    """Sectors that SMs send to L2: stores, as far as they are not joined, and atomics."""
    reach = profile.footprint.write
    distinct = min(asked.stores, _own_share(reach.block, asked.stores, asked.stores_past_l1))
    sent = distinct + (asked.stores - distinct) * (1 - _MERGED_STORE_SHARE)
    past = asked.stores_past_l1 + asked.local_and_texture_stores + asked.atomics
    once_a_wave = min(reach.wave * rounds, asked.stores + asked.stores_past_l1 + asked.atomics)
    return max(sent + past, once_a_wave)


def _own_share(distinct: float, through: float, past: float) -> float:
    """Of the distinct sectors those that pass L1, in proportion to the requested ones."""
    return distinct * through / (through + past) if through else 0.0


def _dram_sectors(
    profile: LaunchProfile, rounds: float, gpu: Gpu, cache: Cache
) -> tuple[float, float]:
    """Sectors that DRAM (reads, writes)."""
    footprint = profile.footprint
    lost = share_lost(SECTOR_BYTES * footprint.any.launch, gpu)
    first = lost if cache == "warm" else 1.0
    reads = _moved(footprint.read, rounds, first, lost)
    writes = _moved(footprint.write, rounds, first, lost)
    return reads + first * _fills(footprint), writes


def fill_bytes(footprint: Footprint, gpu: Gpu, cache: Cache) -> float:
    """The part of what DRAM reads that stores ask for: sectors that they write in part only."""
    lost = share_lost(SECTOR_BYTES * footprint.any.launch, gpu)
    return SECTOR_BYTES * (lost if cache == "warm" else 1.0) * _fills(footprint)


def _fills(footprint: Footprint) -> float:
    """Sectors that are written to in part and not read anyway: they must be read, to be filled."""
    written = footprint.write.launch
    both = max(0.0, footprint.read.launch + written - footprint.any.launch)
    unread = 1 - min(1.0, both / written) if written else 0.0
    return unread * footprint.partial_write_sectors


def _moved(reach: Reach, rounds: float, first: float, lost: float) -> float:
    """Sectors that DRAM moves one way: each once, and again for the waves that find it gone."""
    again = max(0.0, reach.wave * rounds - reach.launch)
    return first * reach.launch + lost * again


def share_lost(footprint_bytes: float, gpu: Gpu) -> float:
    """The part of what a launch touches that L2 has lost when it is touched again, 0 to 1.

    What fits in the share of L2 that all SMs see is kept; of twice as much nothing is left when
    its turn comes again; between, in proportion.
    """
    kept = gpu.l2_kept_share * gpu.l2_bytes
    return min(1.0, max(0.0, (footprint_bytes - kept) / kept)) if kept else 1.0
