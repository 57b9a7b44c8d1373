"""Which launches decide what block shapes are worth: they are measured a second time.

The least of ten equal measurements looks some per cent better than it is. So the shapes that seem
best are measured again, and with them what else would be picked: the fastest, and the shape of the
occupancy heuristic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from ptxenergy.measure.planning.heuristic import pick
from ptxenergy.measure.planning.order import Turn
from ptxenergy.measure.planning.point import Point

_BEST = 2


@dataclass(frozen=True, slots=True)
class Earlier:
    """A good measurement of a point that was made before."""

    energy_j: float
    time_s: float
    registers_per_thread: int
    static_shared_bytes: int


def deciding(
    points: Iterable[Point],
    earlier: Mapping[str, Sequence[Earlier]],
    lost: Set[str] = frozenset(),
) -> list[Turn]:
    """The turns that measure again what decides, of each shape study whose every shape is known.

    `earlier` holds the measurements of a point, by its id, in order of time. `lost` points cannot
    be known. What was measured twice already is left out.
    """
    studies: dict[tuple[str, tuple[tuple[str, int], ...]], list[Point]] = defaultdict(list)
    for point in points:
        if point.study == "shape" and point.point_id not in lost:
            studies[point.kernel, tuple(sorted(point.size.items()))].append(point)
    return [
        Turn(point, replicate_of=point.point_id)
        for study in studies.values()
        if all(earlier.get(point.point_id) for point in study)
        for point in _picks(study, earlier)
        if len(earlier[point.point_id]) < 2
    ]


def _picks(study: list[Point], earlier: Mapping[str, Sequence[Earlier]]) -> list[Point]:
    known = [(point, earlier[point.point_id][0]) for point in study]
    kernel = known[0][1]
    usual = pick(
        [(point.block, point.dynamic_shared_bytes) for point in study],
        kernel.registers_per_thread,
        kernel.static_shared_bytes,
    )
    chosen = {
        *(point.block for point, _ in sorted(known, key=lambda one: one[1].energy_j)[:_BEST]),
        min(known, key=lambda one: one[1].time_s)[0].block,
        usual,
    }
    return [point for point in study if point.block in chosen]
