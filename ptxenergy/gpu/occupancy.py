"""How many blocks of a launch fit on one SM, and what stops more from fitting.

The rules are those of NVIDIA's `cuda_occupancy.h` (CUDA 13.0), for the default carve-out
preference and a kernel that opted in to the shared memory it asks for.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from ptxenergy.errors import LaunchError
from ptxenergy.gpu.spec import Gpu, Limits

LIMITERS = ("blocks", "warps", "registers", "shared")
"""Limits in the order in which the first that binds is named.

What no kernel can change comes first: where the block slots are full, fewer registers do not help.
"""

Extents: TypeAlias = tuple[int, int, int]
"""Extents along x, y and z, as `Dim3` is."""

_GP10X_SUB_PARTITIONS = 4
_WARP = 32


class Occupancy(Struct, frozen=True):
    """Theoretical occupancy. `limiter` is `blocks`, `warps`, `registers` or `shared`.

    `limiters` are all limits that bind, in the order of `LIMITERS`; `limiter` is the first.
    `blocks_per_sm` is 0 where the launch cannot run at all. `shared_bytes_per_sm`: what the
    blocks of a full SM take of its shared memory, the driver's reserve included.
    """

    blocks_per_sm: int
    warps_per_sm: int
    fraction: float
    limiter: str
    limiters: tuple[str, ...] = ()
    shared_bytes_per_sm: int = 0


def occupancy(
    gpu: Gpu, *, block_threads: int, registers_per_thread: int, shared_bytes: int
) -> Occupancy:
    """How many blocks of this shape one SM of `gpu` holds at once.

    `shared_bytes` is static plus dynamic shared memory per block, without the driver's reserve.
    A block that cannot run gives 0 blocks; `validate_launch` says why.
    Raises LaunchError for a block without threads and for negative registers or bytes.
    Source: `cudaOccMaxActiveBlocksPerMultiprocessor` of CUDA 13.0's cuda_occupancy.h.
    """
    if block_threads < 1 or registers_per_thread < 0 or shared_bytes < 0:
        raise LaunchError(
            f"a block of {block_threads} threads with {registers_per_thread} registers and "
            f"{shared_bytes} shared bytes: give at least one thread and no negative amounts"
        )
    limits = gpu.limits
    warps = -(-block_threads // _WARP)
    bounds = {
        "blocks": limits.max_blocks_per_sm,
        "warps": _blocks_by_warps(limits, block_threads, warps),
    }
    by_registers = _blocks_by_registers(gpu, registers_per_thread, warps)
    if by_registers is not None:
        bounds["registers"] = by_registers
    by_shared = _blocks_by_shared(limits, shared_bytes)
    if by_shared is not None:
        bounds["shared"] = by_shared
    blocks = min(bounds.values())
    binding = tuple(name for name in LIMITERS if bounds.get(name) == blocks)
    resident = blocks * warps
    allocated = _allocated_shared_bytes(limits, shared_bytes)
    fraction = resident / limits.max_warps_per_sm
    return Occupancy(blocks, resident, fraction, binding[0], binding, blocks * allocated)


def validate_launch(
    gpu: Gpu, *, block: Extents, grid: Extents, registers_per_thread: int, shared_bytes: int
) -> None:
    """Refuses a launch that `gpu` cannot run.

    `shared_bytes` is static plus dynamic shared memory per block, without the driver's reserve.
    Raises LaunchError, which says what is too much and what to do.
    Source: CUDA programming guide, technical specifications per compute capability.
    """
    limits = gpu.limits
    _check_positive("block", block)
    _check_positive("grid", grid)
    threads = block[0] * block[1] * block[2]
    if threads > limits.max_threads_per_block:
        raise LaunchError(
            f"a block of {_shown(block)} has {threads} threads, the most is "
            f"{limits.max_threads_per_block}: make the block smaller and the grid larger"
        )
    _check_extents("block", block, limits.max_block_dim)
    _check_extents("grid", grid, limits.max_grid_dim)
    _check_shared(gpu, shared_bytes)
    _check_registers(gpu, registers_per_thread, threads)


def _check_positive(what: str, extents: Extents) -> None:
    for axis, extent in zip("xyz", extents, strict=True):
        if extent < 1:
            raise LaunchError(
                f"the {what} {_shown(extents)} has extent {extent} along {axis}: give at least 1"
            )


def _check_extents(what: str, extents: Extents, most: Extents) -> None:
    for axis, extent, bound in zip("xyz", extents, most, strict=True):
        if extent > bound:
            raise LaunchError(
                f"the {what} {_shown(extents)} has extent {extent} along {axis}, the most is "
                f"{bound}: move work to another axis"
            )


def _check_shared(gpu: Gpu, shared_bytes: int) -> None:
    most = gpu.limits.max_shared_bytes_per_block
    if shared_bytes < 0:
        raise LaunchError(f"{shared_bytes} bytes of shared memory: give 0 or more")
    if _blocks_by_shared(gpu.limits, shared_bytes) == 0:
        raise LaunchError(
            f"a block takes {shared_bytes} bytes of shared memory, {gpu.id} has at most {most} "
            "for one block: use less (--shared is added to what the kernel declares)"
        )


def _check_registers(gpu: Gpu, registers_per_thread: int, threads: int) -> None:
    most = gpu.limits.max_registers_per_thread
    if not 0 <= registers_per_thread <= most:
        raise LaunchError(
            f"{registers_per_thread} registers per thread: give 0 to {most} (--registers)"
        )
    if _blocks_by_registers(gpu, registers_per_thread, -(-threads // _WARP)) == 0:
        raise LaunchError(
            f"{threads} threads of {registers_per_thread} registers do not fit the "
            f"{gpu.limits.max_registers_per_block} registers that one block may take on "
            f"{gpu.id}: use a smaller block or fewer registers (.maxnreg, --registers)"
        )


def _shown(extents: Extents) -> str:
    return "x".join(str(extent) for extent in extents)


def _blocks_by_warps(limits: Limits, block_threads: int, warps: int) -> int:
    if block_threads > limits.max_threads_per_block:
        return 0
    return limits.max_warps_per_sm // warps


def _blocks_by_registers(gpu: Gpu, registers_per_thread: int, warps: int) -> int | None:
    """Blocks that the register file holds; None where the kernel uses no register."""
    limits = gpu.limits
    if registers_per_thread == 0:
        return None
    blocks = _blocks_by_register_file(limits, registers_per_thread, warps, limits.schedulers_per_sm)
    # A kernel that GP10x cannot hold is refused on GP100 too, though its two large
    # sub-partitions could hold it (cuda_occupancy.h: compatibility within Pascal).
    if gpu.compute_capability == (6, 0) and blocks:
        shared_rule = _blocks_by_register_file(
            limits, registers_per_thread, warps, _GP10X_SUB_PARTITIONS
        )
        return blocks if shared_rule else 0
    return blocks


def _blocks_by_register_file(
    limits: Limits, registers_per_thread: int, warps: int, sub_partitions: int
) -> int:
    per_warp = _round_up(registers_per_thread * _WARP, limits.register_unit_per_warp)
    # The hardware's check takes every sub-partition to hold as many warps as the fullest.
    assumed = per_warp * _round_up(warps, sub_partitions)
    if (
        assumed > limits.max_registers_per_block
        or registers_per_thread > limits.occupancy_registers_per_thread
    ):
        return 0
    warps_per_sub_partition = limits.registers_per_sm // sub_partitions // per_warp
    return warps_per_sub_partition * sub_partitions // warps


def _blocks_by_shared(limits: Limits, shared_bytes: int) -> int | None:
    """Blocks that the shared memory holds; None where a block takes none."""
    allocated = _allocated_shared_bytes(limits, shared_bytes)
    if allocated == 0:
        return None
    if allocated > limits.max_shared_bytes_per_block + limits.reserved_shared_bytes_per_block:
        return 0
    return limits.shared_bytes_per_sm // allocated


def _allocated_shared_bytes(limits: Limits, shared_bytes: int) -> int:
    """What one block takes, the driver's reserve and rounding included."""
    with_reserve = shared_bytes + limits.reserved_shared_bytes_per_block
    return _round_up(with_reserve, limits.shared_unit_bytes)


def _round_up(value: int, unit: int) -> int:
    return -(-value // unit) * unit
