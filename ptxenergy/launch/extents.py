"""Block and grid of a launch: asked for, said by the file, or assumed."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, isqrt

from ptxenergy.errors import LaunchError
from ptxenergy.launch.request import Assumption, Dim3, LaunchRequest
from ptxenergy.program.dataflow import ValueGraph
from ptxenergy.ptx.syntax import Function

ASSUMED_THREADS = 256
_FLATTEST = 4
_SHAPES = {1: (256, 1, 1), 2: (16, 16, 1), 3: (8, 8, 4)}
_AXES = "xyz"

Resolved = tuple[Dim3, tuple[Assumption, ...]]


def resolve_block(kernel: Function, request: LaunchRequest, graph: ValueGraph) -> Resolved:
    """The block: as asked, else `.reqntid`, else 256 threads or `.maxntid` where that is less.

    Raises LaunchError where what is asked contradicts `.reqntid` or `.maxntid` (PTX ISA 11.4).
    """
    required = kernel.directives.get("reqntid")
    most = kernel.directives.get("maxntid")
    if request.block is not None:
        block = checked(request.block, "block")
        if required and block != _dim(required):
            raise LaunchError(
                f"{kernel.name} requires a block of {_dim(required)} (.reqntid), not {block}"
            )
        if most and block.volume > _dim(most).volume:
            raise LaunchError(
                f"{kernel.name} allows at most {_dim(most).volume} threads per block (.maxntid), "
                f"not {block} = {block.volume}"
            )
        return block, ()
    if required:
        return checked(_dim(required), "block"), ()
    if most and _dim(most).volume < ASSUMED_THREADS:
        block = checked(_dim(most), "block")
    else:
        axes = axes_read(graph, ("tid", "ntid"))
        block = Dim3(*_SHAPES[len(axes) if "y" in axes and "x" in axes else 1])
    message = f"block of {block.volume} threads, {block}: the file requires none"
    return block, (Assumption("block", None, message, f"--block {block}"),)


def resolve_grid(
    kernel: Function,
    request: LaunchRequest,
    graph: ValueGraph,
    fit: tuple[Dim3, Callable[[Dim3], int]],
) -> Resolved:
    """The grid: as asked, else the ceiling of the problem over the block, else one full wave.

    `fit` is the block and how many blocks of that size the GPU holds at once.
    """
    block, wave_blocks = fit
    cluster = _dim(kernel.directives.get("reqnctapercluster", (1, 1, 1)))
    if request.grid is not None and request.threads is not None:
        raise LaunchError("a grid and problem extents (threads) are both given: give one")
    if request.grid is not None:
        grid = checked(request.grid, "grid")
        if any(extent % part for extent, part in zip(grid, cluster, strict=True)):
            raise LaunchError(
                f"a grid of {grid} is no multiple of {kernel.name}'s cluster {cluster}"
            )
        return grid, ()
    if request.threads is not None:
        threads = checked(request.threads, "problem")
        parts = zip(threads, block, cluster, strict=True)
        return Dim3(*(ceil(ceil(n / b) / c) * c for n, b, c in parts)), ()
    blocks = wave_blocks(block)
    if blocks < 1:
        raise LaunchError(f"no block of {block} threads of {kernel.name} fits on this GPU")
    axes = axes_read(graph, ("ctaid", "clusterid"))
    clusters = near_square(max(1, blocks // cluster.volume), axes)
    grid = Dim3(*(n * c for n, c in zip(clusters, cluster, strict=True)))
    message = f"grid of {grid.volume} blocks, {grid}: one full wave of {blocks} blocks"
    return grid, (Assumption("grid", None, message, f"--grid {grid}"),)


def checked(extents: Dim3, what: str) -> Dim3:
    """The extents, where each is at least 1; raises LaunchError."""
    if min(extents) < 1:
        raise LaunchError(f"{what} {extents} has an extent below 1")
    return extents


def axes_read(graph: ValueGraph, words: tuple[str, ...]) -> str:
    """The axes, of `xyz`, of the special registers that the kernel reads."""
    found: set[str] = set()
    for name in graph.special_registers:
        word, _, axis = name.lstrip("%").partition(".")
        if word in words:
            found |= set(axis or _AXES)
    return "".join(axis for axis in _AXES if axis in found)


def near_square(count: int, axes: str) -> Dim3:
    """`count` as extents along `axes`, as equal as can be, the earlier axis the longer.

    The product is `count`, except where all its factorisations are flatter than 4 to 1: then it
    is the largest near-square product below it.
    """
    axes = axes or "x"
    sides = _sides(count, len(axes))
    extents = dict.fromkeys(_AXES, 1) | dict(zip(axes, sides, strict=True))
    return Dim3(extents["x"], extents["y"], extents["z"])


def _sides(count: int, dimensions: int) -> tuple[int, ...]:
    if dimensions == 1:
        return (count,)
    if dimensions == 2:
        return _rectangle(count)
    edge = max(1, round(count ** (1 / 3)))
    depth = next(d for d in range(edge, 0, -1) if count % d == 0)
    if depth * _FLATTEST < edge:
        depth = edge
    return (*_rectangle(count // depth), depth)


def _rectangle(count: int) -> tuple[int, int]:
    root = isqrt(count)
    short = next(side for side in range(root, 0, -1) if count % side == 0)
    if count // short <= _FLATTEST * short:
        return count // short, short
    return count // root, root


def _dim(extents: tuple[int, ...]) -> Dim3:
    return Dim3(*(*extents, 1, 1, 1)[:3])
