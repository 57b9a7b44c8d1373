"""What is assumed of a launch that is not given in full, and how each assumption is pinned.

Scalars follow `ptxenergy.launch.evidence`; a scalar without evidence is 1, a float 1.0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from ptxenergy.launch.arguments import describe_parameter
from ptxenergy.launch.evidence import Evidence, Rank
from ptxenergy.launch.fields import ReadField, is_float, type_bytes
from ptxenergy.launch.request import Assumption
from ptxenergy.ptx.syntax import Function

Place = tuple[int, int]
Choice = tuple[int | float, str, int]

_DEFAULT = 1
_UNSETTLED = frozenset({Rank.HIDDEN, Rank.PRODUCT})


def choose(
    fields: Sequence[ReadField],
    evidence_of: Callable[[Mapping[Place, int | float]], Sequence[Evidence]],
    given: Mapping[Place, int | float],
) -> dict[Place, Choice]:
    """A (value, reason, line) for every field that was not given.

    The strongest evidence wins; of equal evidence the largest value, so that no thread of the
    grid falls outside the problem. `evidence_of` gathers evidence once some values are known: it
    is asked again for what only the values of other arguments can settle.
    """
    chosen: dict[Place, Choice] = {}
    if not fields:
        return chosen
    open_fields: list[ReadField] = []
    evidence = _by_place(evidence_of(given))
    for field in fields:
        found = evidence.get(_place(field), [])
        if is_float(field.type):
            chosen[_place(field)] = (1.0, "a float", field.line)
        elif found and min(item.rank for item in found) in _UNSETTLED:
            open_fields.append(field)
        else:
            chosen[_place(field)] = _settled(field, found)
    if open_fields:
        known = {**given, **{place: choice[0] for place, choice in chosen.items()}}
        later = _by_place(evidence_of(known))
        for field in open_fields:
            choice = _settled(field, later.get(_place(field), []), known)
            chosen[_place(field)] = choice
            known[_place(field)] = choice[0]
    return chosen


def _place(field: ReadField) -> Place:
    return field.parameter, field.offset


def _by_place(evidence: Iterable[Evidence]) -> dict[Place, list[Evidence]]:
    found: dict[Place, list[Evidence]] = {}
    for item in evidence:
        found.setdefault(item.place, []).append(item)
    return found


def _settled(
    field: ReadField, evidence: list[Evidence], known: Mapping[Place, int | float] | None = None
) -> Choice:
    best = min(evidence, key=_strength, default=None)
    if best is None:
        return _DEFAULT, "nothing tells its size", field.line
    value = best.value if best.rank is not Rank.PRODUCT else _share(best, known or {})
    return _fitting(value, field.type), best.reason, best.line


def _share(item: Evidence, known: Mapping[Place, int | float]) -> int:
    """One factor of a product: what the known factors leave, parted evenly among the open."""
    rest, open_count = float(item.value), 1
    for partner in item.partners:
        if partner in known:
            rest /= max(1.0, float(known[partner]))
        else:
            open_count += 1
    return max(1, round(math.pow(rest, 1 / open_count)))


def _strength(item: Evidence) -> tuple[int, int, int]:
    return item.rank, -item.value, item.line


def _fitting(value: int, type_: str) -> int:
    """The value, or the largest that the type holds."""
    bits = 8 * type_bytes(type_) - (type_[0] == "s")
    return min(value, (1 << bits) - 1)


def argument_assumption(kernel: Function, field: ReadField, choice: Choice) -> Assumption:
    """The assumption of one field, with the option that pins it."""
    value, reason, line = choice
    parameter = kernel.parameters[field.parameter]
    where = describe_parameter(kernel, field.parameter)
    if parameter.is_array:
        where = f"byte {field.offset} ({field.type}) of {where}"
    option = f"--arg {option_name(kernel, field)}={value}"
    return Assumption("argument", line, f"{where} = {value}: {reason}", option)


def option_name(kernel: Function, field: ReadField) -> str:
    """How `--arg` names a field; the index stands for a name that only repeats it."""
    parameter = kernel.parameters[field.parameter]
    is_numbered = parameter.name.endswith(f"_param_{field.parameter}")
    name = str(field.parameter) if is_numbered else parameter.name
    return f"{name}+{field.offset}:{field.type}" if parameter.is_array else name
