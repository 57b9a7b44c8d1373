"""Costs by source line: every instruction belongs to the line that its `.loc` names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ptxenergy.explain.costs import added_up
from ptxenergy.explain.explanation import InstructionCost, LineCost, Parts, Place
from ptxenergy.model.prediction import Contribution
from ptxenergy.ptx.syntax import SourceLine


def lines_of(
    costs: Sequence[InstructionCost],
    contributions: Iterable[Contribution],
    *,
    at_call: bool = False,
) -> tuple[LineCost, ...]:
    """Costs by line, by file and line, the instructions without a line last.

    `at_call`: code that was inlined belongs to the line of the kernel that it was inlined into,
    instead of the line where it stands. Where no instruction was issued, all that the launch costs
    has no line.
    """
    by_place: dict[Place | None, list[InstructionCost]] = defaultdict(list)
    for cost in costs:
        by_place[place_of(cost.profile.instruction.source, at_call=at_call)].append(cost)
    if not costs:
        whole = Parts({part.name: part.energy_j for part in contributions})
        return (LineCost(None, whole, ()),)
    ordered = sorted(by_place.items(), key=lambda item: (item[0] is None, item[0] or _FIRST))
    return tuple(_line(place, found, at_call=at_call) for place, found in ordered)


_FIRST = Place("", 0)


def place_of(source: SourceLine | None, *, at_call: bool = False) -> Place | None:
    """The line of an instruction; line 0 is what compilers write for none."""
    chain = list(chain_of(source))
    if not chain:
        return None
    found = chain[-1] if at_call else chain[0]
    return Place(found.file, found.line) if found.line > 0 else None


def chain_of(source: SourceLine | None) -> Iterator[SourceLine]:
    """The line itself, then the lines that it was inlined into, from the nearest on."""
    at = source
    while at is not None:
        yield at
        at = at.inlined_at


def _line(place: Place | None, costs: list[InstructionCost], *, at_call: bool) -> LineCost:
    callers: dict[Place, None] = {}
    for cost in costs if not at_call else ():
        chain = list(chain_of(cost.profile.instruction.source))
        callers |= {Place(one.file, one.line): None for one in chain[1:]}
    return LineCost(place, added_up(cost.parts for cost in costs), tuple(costs), tuple(callers))
