"""Which blocks of a grid stand for the others.

Blocks fall into strata by whether they lie first, last or between along each axis: guards of the
kind `i < n` switch off threads of the last ones only. Inside, a low-discrepancy sequence spreads
the sample, so that no row, column or stride of the grid is preferred.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final, TypeAlias

import numpy as np

from ptxenergy.launch.request import Dim3

Stratum: TypeAlias = tuple[int, int, int]
"""Along x, y and z: 0 first, 1 between, 2 last (a single block counts as last)."""

# Powers of the inverse of the root of x^4 = x + 1 (M. Roberts' R3 sequence), for x, y and z.
_STEPS: Final = (0.8191725133961645, 0.6710436067037893, 0.5497004779019703)
_MOST_TRIES: Final = 4096
NEAR: Final = (1, 2, 4, 8)
"""Distances at which a sample looks for blocks that touch what another one touches."""


def number_of(grid: Dim3, place: tuple[int, int, int]) -> int:
    """The linear number of a block, x fastest."""
    return place[0] + grid.x * (place[1] + grid.y * place[2])


def stratum_of(grid: Dim3, block: int) -> Stratum:
    """The stratum of a block, by its linear number."""
    x, rest = block % grid.x, block // grid.x
    place = (x, rest % grid.y, rest // grid.y)
    a, b, c = (
        2 if at == extent - 1 else (0 if at == 0 else 1)
        for at, extent in zip(place, grid, strict=True)
    )
    return a, b, c


def size_of_stratum(grid: Dim3, stratum: Stratum) -> int:
    """How many blocks a stratum has."""
    size = 1
    for kind, extent in zip(stratum, grid, strict=True):
        size *= max(0, extent - 2) if kind == 1 else (1 if kind == 2 or extent > 1 else 0)
    return size


def strata_of(grid: Dim3) -> list[Stratum]:
    """All strata that have blocks, the largest first."""
    every: list[Stratum] = [(a, b, c) for a, b, c in product((0, 1, 2), repeat=3)]
    present = [stratum for stratum in every if size_of_stratum(grid, stratum)]
    return sorted(present, key=lambda s: (-size_of_stratum(grid, s), s))


def in_order(grid: Dim3) -> Iterator[int]:
    """Blocks in the order in which a sample takes them, none twice: the middle, the last one,
    the first one, one of every other stratum, those near the middle, then points spread over
    the whole grid.
    """
    last = grid.volume - 1
    first = [_middle_of(grid, strata_of(grid)[0]), last, 0]
    first += [_middle_of(grid, stratum) for stratum in strata_of(grid)]
    first += [near for axis in range(3) for near, _ in neighbours(grid, first[0], axis)]
    seen: set[int] = set()
    for block in (*first, *_spread(grid)):
        if block not in seen:
            seen.add(block)
            yield block


def neighbours(grid: Dim3, block: int, axis: int) -> list[tuple[int, int]]:
    """(number, distance) of blocks near one along an axis, on both sides, the nearest first."""
    step = (1, grid.x, grid.x * grid.y)[axis]
    at = block // step % grid[axis]
    return [
        (block + side * distance * step, side * distance)
        for distance in NEAR
        for side in (-1, 1)
        if 0 <= at + side * distance < grid[axis]
    ]


def _middle_of(grid: Dim3, stratum: Stratum) -> int:
    x, y, z = (
        (0, extent // 2, extent - 1)[kind] for kind, extent in zip(stratum, grid, strict=True)
    )
    return number_of(grid, (x, y, z))


def _spread(grid: Dim3) -> list[int]:
    index = np.arange(1, _MOST_TRIES)
    x, y, z = (
        ((0.5 + index * step) % 1.0 * extent).astype(np.int64)
        for step, extent in zip(_STEPS, grid, strict=True)
    )
    numbers: list[int] = (x + grid.x * (y + grid.y * z)).tolist()
    return numbers


def weights_of(grid: Dim3, blocks: tuple[int, ...]) -> list[float]:
    """How many blocks of the grid each block of a sample stands for.

    A stratum without a block in the sample is stood for by the largest stratum that has one.
    """
    members: dict[Stratum, int] = {}
    own = [stratum_of(grid, block) for block in blocks]
    for stratum in own:
        members[stratum] = members.get(stratum, 0) + 1
    sizes = {stratum: size_of_stratum(grid, stratum) for stratum in members}
    left = grid.volume - sum(sizes.values())
    largest = max(sizes, key=lambda stratum: (sizes[stratum], stratum))
    sizes[largest] += left
    return [sizes[stratum] / members[stratum] for stratum in own]
