"""What the occupancy heuristic would pick: the shape a programmer gets without measuring.

Limits of compute capability 9.0 (CUDA programming guide, technical specifications per compute
capability); the rule of choice is that of `cudaOccupancyMaxPotentialBlockSize`, among the shapes
that a kernel allows: the highest occupancy, and the largest block of those.
"""

from __future__ import annotations

from collections.abc import Iterable

from ptxenergy.measure.kernels.kernel import Extent

WARP, WARPS_PER_SM, BLOCKS_PER_SM, THREADS_PER_BLOCK = 32, 64, 32, 1024
REGISTERS_PER_SM, REGISTER_UNIT = 65_536, 256
SHARED_PER_SM_BYTES, SHARED_PER_BLOCK_BYTES = 228 * 1024, 227 * 1024
SHARED_RESERVED_BYTES, SHARED_UNIT_BYTES = 1024, 128
_SUB_PARTITIONS = 4


def blocks_per_sm(block: Extent, registers_per_thread: int, shared_bytes: int) -> int:
    """How many blocks one SM holds at once; 0 where a block cannot run at all.

    `shared_bytes` is static plus dynamic shared memory of one block.
    """
    warps = -(-block.volume // WARP)
    if block.volume > THREADS_PER_BLOCK or block.z > 64 or shared_bytes > SHARED_PER_BLOCK_BYTES:
        return 0
    bounds = [BLOCKS_PER_SM, WARPS_PER_SM // warps]
    if registers_per_thread:
        per_warp = _rounded(registers_per_thread * WARP, REGISTER_UNIT)
        warps_of_part = REGISTERS_PER_SM // _SUB_PARTITIONS // per_warp
        bounds.append(warps_of_part * _SUB_PARTITIONS // warps)
    taken = _rounded(shared_bytes + SHARED_RESERVED_BYTES, SHARED_UNIT_BYTES)
    bounds.append(SHARED_PER_SM_BYTES // taken)
    return min(bounds)


def pick(
    shapes: Iterable[tuple[Extent, int]], registers_per_thread: int, static_shared_bytes: int
) -> Extent | None:
    """The heuristic's shape of (shape, dynamic shared bytes); None where none can run.

    It knows no second dimension: shapes along x are preferred to others of their size.
    """
    best: tuple[int, int, int] | None = None
    found = None
    for block, dynamic_bytes in shapes:
        shared_bytes = static_shared_bytes + dynamic_bytes
        blocks = blocks_per_sm(block, registers_per_thread, shared_bytes)
        if not blocks:
            continue
        rank = (blocks * -(-block.volume // WARP), block.volume, block.x)
        if best is None or rank > best:
            best, found = rank, block
    return found


def _rounded(value: int, unit: int) -> int:
    return -(-value // unit) * unit
