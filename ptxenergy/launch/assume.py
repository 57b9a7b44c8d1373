"""What is assumed of a launch that is not given in full, and how each assumption is pinned.

Scalars follow `ptxenergy.launch.evidence`; a scalar without evidence is 1, a float 1.0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ptxenergy.launch.arguments import describe_parameter
from ptxenergy.launch.evidence import Evidence, Rank
from ptxenergy.launch.fields import ReadField, is_float, type_bytes
from ptxenergy.launch.request import Assumption
from ptxenergy.ptx.syntax import Function

Place = tuple[int, int]
Choice = tuple[int | float, str, int]

_DEFAULT = 1


def choose(
    fields: Iterable[ReadField], evidence: Sequence[Evidence], given: dict[Place, int | float]
) -> dict[Place, Choice]:
    """A (value, reason, line) for every field that was not given.

    The strongest evidence wins; of equal evidence the largest value, so that no thread of the
    grid falls outside the problem.
    """
    by_place: dict[Place, list[Evidence]] = defaultdict(list)
    for item in evidence:
        by_place[item.place].append(item)
    chosen: dict[Place, Choice] = {}
    shared: list[tuple[ReadField, Evidence]] = []
    for field in fields:
        place = (field.parameter, field.offset)
        if is_float(field.type):
            chosen[place] = (1.0, "a float", field.line)
            continue
        best = min(by_place[place], key=_strength, default=None)
        if best is None:
            chosen[place] = (_DEFAULT, "nothing tells its size", field.line)
        elif best.rank is Rank.PRODUCT:
            shared.append((field, best))
        else:
            chosen[place] = (_fitting(best.value, field.type), best.reason, best.line)
    known = given | {place: choice[0] for place, choice in chosen.items()}
    chosen |= _shares(shared, known)
    return chosen


def _strength(item: Evidence) -> tuple[int, int, int]:
    return item.rank, -item.value, item.line


def _shares(
    shared: list[tuple[ReadField, Evidence]], known: dict[Place, int | float]
) -> dict[Place, Choice]:
    """Factors of one product: what the known ones leave, parted evenly (the last takes it up)."""
    chosen: dict[Place, Choice] = {}
    for field, item in shared:
        place = (field.parameter, field.offset)
        rest, open_count = float(item.value), 1
        for partner in item.partners:
            if partner in known:
                rest /= max(1.0, float(known[partner]))
            else:
                open_count += 1
        value = max(1, round(rest ** (1 / open_count)))
        chosen[place] = (_fitting(value, field.type), item.reason, item.line)
        known[place] = value
    return chosen


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
