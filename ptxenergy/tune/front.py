"""The Pareto front of energy and time."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ptxenergy.tune.result import Candidate


def with_front(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, those on the front of the verified ones marked: none other is better in one
    of energy and time and no worse in the other."""
    found: list[Candidate] = []
    verified = [one for one in candidates if one.is_verified]
    ordered = sorted(verified, key=lambda one: (one.time_s, one.energy_j))
    front: set[int] = set()
    least = float("inf")
    for one in ordered:
        if one.energy_j < least:
            least = one.energy_j
            front.add(id(one))
    for one in candidates:
        found.append(replace(one, is_on_front=id(one) in front))
    return tuple(found)
