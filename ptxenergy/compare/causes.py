"""Why one version costs more than another: what each change in the counts moves in the bound.

A change of two versions is rarely one change, and what one moves depends on the others (a longer
wait costs nothing behind a busier memory). So each part that differs is given the mean of what it
moves when it is exchanged, over all orders in which the parts could be exchanged one by one (the
Shapley value). These shares add up to the difference of the two bounds, and a part that changes
nothing gets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial

from msgspec import Struct, field

from ptxenergy.compare.assembly import Mixer
from ptxenergy.compare.counted import Counted, counted
from ptxenergy.compare.parts import Side
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.board import Board

# Parts that are looked at one by one; the lesser ones go together. 2^n bounds are made.
_ALONE = 8
_NOTHING = 1e-9
REST = "rest"


class Cause(Struct, frozen=True):
    """One change in the counts and its share of the change of the bound.

    `energy_j`, `time_s`: what it moves, negative where it saves. `counted` says it in counts, of
    the whole launch; `parts` are several where lesser changes were put together.
    """

    code: str
    counted: Counted
    energy_j: float
    time_s: float
    parts: tuple[str, ...] = field(default=())


Effect = tuple[float, float]


def causes_of(old: Side, new: Side, gpu: Gpu, board: Board) -> tuple[Cause, ...]:
    """The causes of the change of the bound, the largest change of energy first.

    Their joules and seconds add up to the new version's bound less the old one's.
    """
    mixer = Mixer(old, new, gpu, board)
    effect = _effects(mixer)
    everything = mixer.changed()
    whole = tuple(abs(a) + abs(b) for a, b in zip(effect(()), effect(everything), strict=True))

    def alone(part: str) -> float:
        """How much a part moves first or last, as a fraction of what there is."""
        others = tuple(other for other in everything if other != part)
        first, last = _less(effect((part,)), effect(())), _less(effect(everything), effect(others))
        return max(abs(f) / w + abs(g) / w for f, g, w in zip(first, last, whole, strict=True))

    sizes = {part: alone(part) for part in everything}
    ordered = sorted(everything, key=lambda part: -sizes[part])
    acting = [part for part in ordered[:_ALONE] if sizes[part] > _NOTHING]
    rest = tuple(ordered[len(acting) :])
    players: list[tuple[str, ...]] = [(part,) for part in acting]
    players += [rest] if rest else []
    shares = shapley(players, effect)
    found = [
        Cause(_code(parts), counted(parts, old, new), *share, parts)
        for parts, share in shares.items()
        if any(abs(one) > _NOTHING * w for one, w in zip(share, whole, strict=True))
    ]
    return tuple(sorted(found, key=lambda cause: -abs(cause.energy_j)))


def shapley(
    players: Sequence[tuple[str, ...]], effect: Callable[[tuple[str, ...]], Effect]
) -> Mapping[tuple[str, ...], Effect]:
    """What each player moves, averaged over all orders; 2^n values of `effect` are asked for."""
    count = len(players)
    found: dict[tuple[str, ...], Effect] = {}
    for player in players:
        others = [other for other in players if other != player]
        total = (0.0, 0.0)
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for before in combinations(others, size):
                named = tuple(name for one in before for name in one)
                moved = _less(effect((*named, *player)), effect(named))
                total = (total[0] + weight * moved[0], total[1] + weight * moved[1])
        found[player] = total
    return found


def _effects(mixer: Mixer) -> Callable[[tuple[str, ...]], Effect]:
    """Energy and time of the bound with some parts exchanged; each mixture is made once."""
    known: dict[frozenset[str], Effect] = {}

    def effect(parts: tuple[str, ...]) -> Effect:
        key = frozenset(parts)
        if key not in known:
            bound = mixer.bound(key)
            known[key] = bound.energy_j, bound.time_s
        return known[key]

    return effect


def _less(one: Effect, other: Effect) -> Effect:
    return one[0] - other[0], one[1] - other[1]


def _code(parts: tuple[str, ...]) -> str:
    if len(parts) > 1:
        return REST
    return parts[0].replace(":", "-").replace(" ", "-")
