"""Block shapes that kernel definitions share, and the grids that cover their work."""

from __future__ import annotations

from ptxenergy.measure.kernels.kernel import Extent

LINES = tuple(
    Extent(x, y)
    for x, y in (
        (256, 1), (32, 1), (64, 1), (96, 1), (128, 1), (192, 1), (384, 1), (512, 1), (768, 1),
        (1024, 1), (32, 8), (16, 16), (8, 32), (64, 4),
    )
)  # fmt: skip
"""Shapes of kernels that number their threads in one line over the whole block."""

PLANES = tuple(
    Extent(x, y)
    for x, y in (
        (32, 8), (16, 16), (8, 32), (256, 1), (64, 4), (128, 2), (4, 64), (32, 4), (32, 16),
        (32, 32), (16, 8), (8, 8), (64, 1), (128, 1), (512, 1), (1024, 1),
    )
)  # fmt: skip
"""Shapes of kernels that give a block a piece of a plane."""

POWERS = tuple(
    Extent(x, y)
    for x, y in (
        (256, 1), (128, 1), (512, 1), (1024, 1), (64, 1), (32, 8), (16, 16), (8, 32), (32, 1),
        (64, 4), (32, 4), (32, 32),
    )
)  # fmt: skip
"""Shapes of kernels whose number of threads must be a power of two."""


def pieces(whole: int, each: int) -> int:
    """How many pieces of `each` cover `whole`; the last may be short."""
    return -(-whole // each)


def line(threads: int, block: Extent) -> Extent:
    """The grid along x that holds so many threads."""
    return Extent(pieces(threads, block.volume))


def plane(columns: int, rows: int, block: Extent, depth: int = 1) -> Extent:
    """The grid that covers a plane, columns along x and rows along y, `depth` times along z."""
    return Extent(pieces(columns, block.x), pieces(rows, block.y), depth)


def of_volume(blocks: tuple[Extent, ...], *volumes: int) -> tuple[Extent, ...]:
    """Those of the shapes that hold one of these numbers of threads."""
    return tuple(block for block in blocks if block.volume in volumes)


def at_most(blocks: tuple[Extent, ...], threads: int) -> tuple[Extent, ...]:
    """Those of the shapes that hold no more than so many threads."""
    return tuple(block for block in blocks if block.volume <= threads)
