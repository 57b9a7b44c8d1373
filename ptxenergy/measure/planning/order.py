"""In which order points are measured: random within the plan's parts, anchors and repeats between.

Deterministic for a plan and a seed, so that a later campaign goes on where the last one stopped.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
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
    points: Sequence[Point], anchors: Sequence[Point], done: Iterable[str], seed: int
) -> list[Turn]:
    """The turns still to take.

    The first quarter of the plan (which covers every kernel once) comes before the rest; each
    part is shuffled. Points in `done` are left out, and their repeats with them.
    """
    generator = random.Random(seed)
    quarter = -(-len(points) // 4)
    turns: list[Turn] = []
    for part in (list(points[:quarter]), list(points[quarter:])):
        generator.shuffle(part)
        repeated = generator.sample(part, round(REPEAT_SHARE * len(part)))
        turns += _with_repeats(part, repeated, generator)
    finished = set(done)
    open_turns = [turn for turn in turns if turn.point.point_id not in finished]
    return _with_anchors(open_turns, anchors)


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
