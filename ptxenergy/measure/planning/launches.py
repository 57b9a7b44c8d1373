"""Which block shapes of a kernel can run, and which of them a plan measures."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.compile import Target
from ptxenergy.measure.kernels.kernel import Extent, Size
from ptxenergy.measure.planning.heuristic import blocks_per_sm, pick

_MOST_GRID_YZ = 65_535
REQUIRED = (Extent(256, 1), Extent(32, 8), Extent(16, 16), Extent(8, 32))
"""The shapes that the shape study compares on every kernel in it."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A size and a block of a kernel."""

    size: Size
    block: Extent

    @property
    def key(self) -> tuple[str, Extent]:
        """The same for equal launches of one kernel."""
        return str(sorted(self.size.items())), self.block


def can_run(entry: Entry, target: Target, size: Size, block: Extent) -> bool:
    """Whether a GPU of compute capability 9.0 accepts the launch."""
    grid = entry.kernel.grid(size, block)
    dynamic_bytes = entry.kernel.dynamic_shared_bytes(size, block)
    shared_bytes = target.static_shared_bytes + dynamic_bytes
    fits_grid = grid.x < 2**31 and grid.y <= _MOST_GRID_YZ and grid.z <= _MOST_GRID_YZ
    return fits_grid and blocks_per_sm(block, target.registers_per_thread, shared_bytes) > 0


def legal_blocks(entry: Entry, target: Target, size: Size) -> list[Extent]:
    """The kernel's shapes that can run at a size, in its own order."""
    return [block for block in entry.kernel.blocks if can_run(entry, target, size, block)]


def heuristic_pick(entry: Entry, target: Target, size: Size) -> Extent | None:
    """What the occupancy heuristic takes of the kernel's shapes."""
    kernel = entry.kernel
    shapes = [
        (block, kernel.dynamic_shared_bytes(size, block))
        for block in legal_blocks(entry, target, size)
    ]
    return pick(shapes, target.registers_per_thread, target.static_shared_bytes)


def spread(entry: Entry, target: Target, count: int, seed: int) -> list[Launch]:
    """At most `count` launches over all sizes and shapes, each size and shape about as often.

    The first is the middle size in the kernel's first shape.
    """
    sizes = list(entry.kernel.sizes)
    sizes = sizes[len(sizes) // 2 :] + sizes[: len(sizes) // 2]
    generator = random.Random(f"{seed} {entry.kernel.name}")
    chosen: dict[tuple[str, Extent], Launch] = {}
    orders = []
    for size in sizes:
        blocks = legal_blocks(entry, target, size)
        orders.append(blocks[:1] + generator.sample(blocks[1:], max(0, len(blocks) - 1)))
    for round_ in range(max(map(len, orders), default=0)):
        for number, (size, order) in enumerate(zip(sizes, orders, strict=True)):
            if order and len(chosen) < count:
                block = order[(round_ + number) % len(order)]
                launch = Launch(size, block)
                chosen.setdefault(launch.key, launch)
    return list(chosen.values())


def shape_study(entry: Entry, target: Target, most: int) -> list[Launch]:
    """One size in `most` shapes at equal work: the required ones, the heuristic's, and others.

    Empty where fewer than ten shapes, or not all required ones, are legal.
    """
    size = entry.kernel.sizes[len(entry.kernel.sizes) // 2]
    blocks = legal_blocks(entry, target, size)
    picked = heuristic_pick(entry, target, size)
    if len(blocks) < 10 or picked is None or not set(REQUIRED) <= set(blocks):
        return []
    first = dict.fromkeys([*REQUIRED, picked])
    rest = [block for block in blocks if block not in first]
    step = max(1.0, len(rest) / max(1, most - len(first)))
    others = [rest[int(k * step)] for k in range(min(len(rest), most - len(first)))]
    return [Launch(size, block) for block in [*first, *others]]
