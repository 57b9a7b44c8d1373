"""In which order points are measured: random within the plan's parts, anchors and repeats between.

Every kernel comes once before the shape study, and that before all else: a campaign is cut off
at any time, and a study of shapes is of use only where it is whole. Deterministic for a plan and a
seed, so that a later campaign goes on where the last one stopped.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from ptxenergy.measure.planning.point import Point

ANCHOR_EVERY = 15
REPEAT_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Turn:
    """One measurement to make. `replicate_of` is the point's id where it is measured again."""

    point: Point
    replicate_of: str = ""
    is_anchor: bool = False


def in_order(
    points: Sequence[Point],
    anchors: Sequence[Point],
    measured: Mapping[str, int],
    seed: int,
    *,
    lost: Set[str] = frozenset(),
    first: Sequence[Turn] = (),
) -> list[Turn]:
    """The turns still to take, those of `first` before the others.

    The plan's first points, up to where every kernel was there, come before its shape study, and
    this before the rest; each part is shuffled. `measured` says how often a point was measured
    well: once leaves out its first turn, twice its repeat, too. `lost` points are left out.
    """
    generator = random.Random(seed)
    turns: list[Turn] = []
    for part in _parts(points):
        generator.shuffle(part)
        repeated = generator.sample(part, round(REPEAT_SHARE * len(part)))
        turns += _with_repeats(part, repeated, generator)
    still = [
        turn
        for turn in turns
        if measured.get(turn.point.point_id, 0) < (2 if turn.replicate_of else 1)
        and turn.point.point_id not in lost
    ]
    return _with_anchors([*first, *still], anchors)


def _parts(points: Sequence[Point]) -> tuple[list[Point], list[Point], list[Point]]:
    missing = {point.kernel for point in points}
    count = 0
    while missing:
        missing.discard(points[count].kernel)
        count += 1
    rest = points[count:]
    return (
        list(points[:count]),
        [point for point in rest if point.study == "shape"],
        [point for point in rest if point.study != "shape"],
    )


def _with_repeats(
    points: list[Point], repeated: list[Point], generator: random.Random
) -> list[Turn]:
    """Each repeat stands somewhere after the half of the points that follows its first turn."""
    turns = [Turn(point) for point in points]
    for point in repeated:
        first = next(i for i, turn in enumerate(turns) if turn.point is point)
        place = generator.randint(min(len(turns), first + 1 + len(points) // 10), len(turns))
        turns.insert(place, Turn(point, replicate_of=point.point_id))
    return turns


def _with_anchors(turns: list[Turn], anchors: Sequence[Point]) -> list[Turn]:
    """The anchors in rotation, one before every 15 turns and all of them at the end."""
    if not anchors or not turns:
        return turns
    result: list[Turn] = []
    for index, turn in enumerate(turns):
        if index % ANCHOR_EVERY == 0:
            anchor = anchors[index // ANCHOR_EVERY % len(anchors)]
            result.append(Turn(anchor, is_anchor=True))
        result.append(turn)
    return result + [Turn(anchor, is_anchor=True) for anchor in anchors]
