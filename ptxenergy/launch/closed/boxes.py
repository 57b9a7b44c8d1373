"""Boxes of blocks that are evaluated as one, and how they are cut where blocks differ."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.launch.request import Dim3

Triple: TypeAlias = tuple[int, int, int]


class Box(Struct, frozen=True):
    """Blocks `origin + step · j` along each axis, for every j below `extent`."""

    origin: Triple
    step: Triple
    extent: Triple

    @staticmethod
    def of(grid: Dim3) -> Box:
        """All blocks of a grid."""
        return Box((0, 0, 0), (1, 1, 1), (grid.x, grid.y, grid.z))

    @property
    def volume(self) -> int:
        """How many blocks it has."""
        return self.extent[0] * self.extent[1] * self.extent[2]

    def cut(self, axis: int, positions: Iterable[int]) -> list[Box]:
        """The boxes between positions along an axis (in steps of this box)."""
        extent = self.extent[axis]
        ends = sorted({0, extent, *(p for p in positions if 0 < p < extent)})
        return [
            self._with(axis, self.origin[axis] + first * self.step[axis], self.step[axis], end)
            for first, end in ((a, b - a) for a, b in pairwise(ends))
        ]

    def combed(self, axis: int, period: int) -> list[Box]:
        """Boxes of every `period`-th block along an axis; single blocks where there are no more."""
        extent, step = self.extent[axis], self.step[axis]
        period = min(period, extent)
        return [
            self._with(
                axis, self.origin[axis] + r * step, step * period, -(-(extent - r) // period)
            )
            for r in range(period)
        ]

    def _with(self, axis: int, origin: int, step: int, extent: int) -> Box:
        def put(values: Triple, value: int) -> Triple:
            return (*values[:axis], value, *values[axis + 1 :])  # type: ignore[return-value]

        return replace(
            self,
            origin=put(self.origin, origin),
            step=put(self.step, step),
            extent=put(self.extent, extent),
        )
