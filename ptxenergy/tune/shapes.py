"""The block shapes that are worth asking about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ptxenergy.errors import LaunchError
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.parse import parse_dim3
from ptxenergy.launch.request import Dim3

_WARP: Final = 32
_AXES: Final = "xyz"


def shapes(gpu: Gpu, axes: str, *, every: bool) -> list[Dim3]:
    """Shapes of whole warps that the GPU can run, wider than 1 only along the axes that the kernel
    reads; small blocks first, long along x first.

    Extents are powers of two, or three times one, and blocks are so large that an SM runs out of
    warps before it runs out of blocks: smaller ones leave it half empty. With `every`, all that
    make whole warps.
    """
    limits = gpu.limits
    most = limits.max_threads_per_block
    few = sorted({*_powers(1, most), *_powers(3, most)})
    wide = range(1, most + 1) if every else few
    along = [wide if axis in axes else [1] for axis in _AXES]
    found = [
        Dim3(x, y, z)
        for x in along[0]
        for y in _up_to(along[1], most // x)
        for z in _up_to(along[2], most // (x * y))
        if x * y * z % _WARP == 0
    ]
    widest = Dim3(*limits.max_block_dim)
    least = 1 if every else _WARP * -(-limits.max_warps_per_sm // limits.max_blocks_per_sm)
    allowed = (d for d in found if d.volume >= least and all(map(int.__le__, d, widest)))
    return sorted(allowed, key=lambda d: (d.volume, -d.x, -d.y))


def _powers(first: int, most: int) -> Iterator[int]:
    while first <= most:
        yield first
        first *= 2


def _up_to(extents: Iterable[int], most: int) -> Iterator[int]:
    for extent in extents:
        if extent > most:
            return
        yield extent


def unread_axis(shape: Dim3, axes: str) -> str | None:
    """The first axis along which a shape is wider than 1 though the kernel does not look at it."""
    wide = (axis for axis, extent in zip(_AXES, shape, strict=True) if extent > 1)
    return next((axis for axis in wide if axis not in axes), None)


def parse_shapes(text: str) -> tuple[Dim3, ...]:
    """Shapes as typed, separated by commas: `32x8,16x16`. Raises LaunchError."""
    found = tuple(dict.fromkeys(parse_dim3(one.strip()) for one in text.split(",") if one.strip()))
    if not found:
        raise LaunchError("--shapes: write block shapes separated by commas, such as 32x8,16x16")
    return found
