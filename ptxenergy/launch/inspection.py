"""A launch, counted, and how it sits on one GPU: everything short of time and energy."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.program.chains import Chains


class MemoryTraffic(Struct, frozen=True):
    """Bytes that each level of memory moves over the launch, estimated from the counts.

    `l1_bytes`: through L1. `l2_read_bytes`, `l2_write_bytes`: between L2 and the SMs, an atomic
    once, as a write. `dram_read_bytes`, `dram_write_bytes`: between L2 and DRAM.
    `footprint_bytes`: the distinct sectors of global memory that the launch touches.
    """

    l1_bytes: float = 0
    l2_read_bytes: float = 0
    l2_write_bytes: float = 0
    dram_read_bytes: float = 0
    dram_write_bytes: float = 0
    footprint_bytes: float = 0

    @property
    def l2_bytes(self) -> float:
        """Bytes between L2 and the SMs, both ways."""
        return self.l2_read_bytes + self.l2_write_bytes

    @property
    def dram_bytes(self) -> float:
        """Bytes between DRAM and L2, both ways."""
        return self.dram_read_bytes + self.dram_write_bytes


class Inspection(Struct, frozen=True):
    """One kernel's launch on one GPU.

    `registers_source` is `liveness`, `ptxas` or `user`; `waves` is grid blocks over co-resident
    blocks; `unknown_opcodes` maps an opcode without a table entry to the PTX lines it is on;
    `memory` is what each level of memory moves, estimated; `chains` how long a warp takes through
    each basic block, at the GPU's latencies.
    """

    file: str
    gpu: str
    profile: LaunchProfile
    registers_per_thread: int
    registers_source: str
    occupancy: Occupancy
    waves: float
    unknown_opcodes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    memory: MemoryTraffic = MemoryTraffic()
    chains: Chains | None = None
