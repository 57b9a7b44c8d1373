"""What a GPU is, as numbers with units. The numbers live in `gpus/*.toml`, each with a source."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Source(Struct, frozen=True):
    """Where a number comes from; `estimated` where no source gives it."""

    text: str
    estimated: bool = False


class Limits(Struct, frozen=True):
    """What one SM can hold (CUDA programming guide, table of compute capabilities).

    `max_shared_bytes_per_block` needs the kernel to opt in beyond
    `default_shared_bytes_per_block`. `max_registers_per_thread` is what a program can name;
    `occupancy_registers_per_thread` is where `cuda_occupancy.h` stops (256 from Volta on).
    """

    max_threads_per_block: int
    max_block_dim: tuple[int, int, int]
    max_grid_dim: tuple[int, int, int]
    max_warps_per_sm: int
    max_blocks_per_sm: int
    registers_per_sm: int
    max_registers_per_block: int
    max_registers_per_thread: int
    register_unit_per_warp: int
    shared_bytes_per_sm: int
    max_shared_bytes_per_block: int
    reserved_shared_bytes_per_block: int
    shared_unit_bytes: int
    shared_carveouts_bytes: tuple[int, ...]
    l1_and_shared_bytes: int
    schedulers_per_sm: int
    default_shared_bytes_per_block: int = 49152
    occupancy_registers_per_thread: int = 255


class Gpu(Struct, frozen=True):
    """One GPU.

    `lanes_per_clock` gives results per clock per SM by pipe (`fp32`, `fp64`, `fp16`, `int`,
    `int_mul`, `sfu`, `conversion`, `shuffle`, `memory`, …); `tensor_macs_per_clock` dense
    multiply-accumulates per clock per SM by kind; `latency_cycles` by level (`alu`, `fp64`,
    `sfu`, `shared`, `l1`, `l2`, `dram`, `barrier`); `energy_pj` by event (`fp32_lane`, …,
    `l1_byte`, `l2_byte`, `dram_byte`, `warp_instruction`). Bandwidths: `l1_bytes_per_clock` per
    SM, `l2_bytes_per_clock` per chip, `dram_bytes_per_s` per chip. `mma_share`: the part of the
    matrix units' rate that `mma` reaches. `l2_kept_share`: the part of L2 that keeps data which all
    SMs read. `sources` maps each dotted field name to its source.
    """

    id: str
    name: str
    compute_capability: tuple[int, int]
    sm_count: int
    clock_base_mhz: float
    clock_boost_mhz: float
    power_limit_w: float
    idle_power_w: float
    constant_power_w: float
    l2_bytes: int
    dram_bytes_per_s: float
    dram_efficiency: float
    l1_bytes_per_clock: float
    l2_bytes_per_clock: float
    shared_bytes_per_clock: float
    launch_gap_us: float
    clock_min_mhz: float
    voltage_slope: float
    voltage_flat_share: float
    atomic_l2_share: float
    l2_kept_share: float
    same_address_per_clock: float
    limits: Limits
    lanes_per_clock: Mapping[str, float]
    tensor_macs_per_clock: Mapping[str, float]
    latency_cycles: Mapping[str, float]
    energy_pj: Mapping[str, float]
    sources: Mapping[str, Source]
    mma_share: float = 1.0

    def voltage(self, clock_mhz: float) -> float:
        """Core voltage at a clock, relative to that at the boost clock; docs/bound.md."""
        share = max(clock_mhz / self.clock_boost_mhz, self.voltage_flat_share)
        return 1 - self.voltage_slope * (1 - share)
