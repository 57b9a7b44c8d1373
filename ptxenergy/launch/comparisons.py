"""Evidence from comparisons and divisions: what bounds an index, and what parts it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ptxenergy.launch.evidence import (
    LOOP_BOUND,
    Evidence,
    Rank,
    Scene,
    fields_of,
    others_of,
    place_of,
    step_of,
)
from ptxenergy.launch.forms import Form, Leaf, Term, scaled, total
from ptxenergy.program.values import Operation

_ORDERS = frozenset({"lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"})


def of_operation(operation: Operation, scene: Scene) -> Iterator[Evidence]:
    """What one operation on integers tells of the arguments."""
    if operation.type.startswith(("f", "bf")):
        return
    if operation.kind in ("setp", "set", "min", "max") and len(operation.inputs) >= 2:
        yield from _comparison(operation, scene)
    elif operation.kind in ("div", "rem") and len(operation.inputs) == 2:
        yield from _division(operation, scene)


def _division(operation: Operation, scene: Scene) -> Iterator[Evidence]:
    index, divisor = (scene.known.value(given) for given in operation.inputs)
    axes = sorted({atom.name for atom in index.depends if atom.kind == "ctaid"})
    value, rank = LOOP_BOUND, Rank.DIVISOR if axes else Rank.DIMENSION
    if len(axes) == 1 and axes[0] != scene.axes_read:
        value = _index_extent(index, axes, 1, scene)
    for term in divisor.terms:
        if len(term) == 1 and fields_of(term):
            yield _evidence(operation, term, rank, (value, "a divisor"))


def _comparison(operation: Operation, scene: Scene) -> Iterator[Evidence]:
    first, second = (scene.known.value(given) for given in operation.inputs[:2])
    difference = total(first, scaled(second, -1))
    if difference is None:
        return
    for side, other in ((first, second), (second, first)):
        plain = [term for term in side.terms if fields_of(term) and not others_of(term)]
        multiplied = {field for term in plain if len(term) > 1 for field in term}
        for term in plain:
            is_alone = len(term) > 1 or term[0] not in multiplied
            if is_alone and _bounds(term, side, other):
                yield from _bound(operation, term, (side, other, difference), scene)


def _bounds(term: Term, side: Form, other: Form) -> bool:
    """Whether a term of arguments bounds an index, rather than being added to it.

    It does where it is compared with the index, or where the index is taken from it (`n - i`).
    """
    if not any(atom.kind == "ctaid" for atom in side.depends):
        return True
    if any(atom.kind == "ctaid" for atom in other.depends):
        return False
    steps = [value for t, value in side.terms.items() if any(a.kind == "ctaid" for a in t)]
    return side.terms[term] > 0 and any(step < 0 for step in steps)


def _bound(
    operation: Operation, term: Term, compared: tuple[Form, Form, Form], scene: Scene
) -> Iterator[Evidence]:
    """Evidence for a term of arguments alone within a comparison (its sides, their difference)."""
    side, other, difference = compared
    factor = abs(side.terms[term])
    atoms = side.depends | other.depends
    blocks = sorted({atom.name for atom in atoms if atom.kind == "ctaid"})
    lanes = sorted({atom.name for atom in atoms if atom.kind == "tid"})
    if blocks:
        yield from _index_bound(operation, term, (difference, factor, blocks), scene)
    elif len(term) > 1:
        return
    elif atoms & scene.known.loops:
        yield _evidence(operation, term, Rank.LOOP, (LOOP_BOUND, "the bound of a loop"))
    elif lanes:
        value = max(1, round(_thread_extent(difference, lanes, scene) / factor))
        yield _evidence(operation, term, Rank.THREAD, (value, "compared with a thread index"))
    elif difference.terms.keys() - {term, ()} and _ORDERS & set(operation.modifiers):
        reason = "compared with a value from memory"
        yield _evidence(operation, term, Rank.DIMENSION, (LOOP_BOUND, reason))


def _index_bound(
    operation: Operation, term: Term, compared: tuple[Form, float, list[str]], scene: Scene
) -> Iterator[Evidence]:
    form, factor, axes = compared
    value = _index_extent(form, axes, factor, scene)
    named = "·".join(axes)
    if len(term) > 1:
        yield from _shares(operation, term, value)
    elif any(atom.kind == "ctaid" for other in form.terms for atom in other):
        reason = f"compared with the {named} index"
        yield _evidence(operation, term, Rank.INDEX, (value, reason))
    else:
        reason = f"bounds what the {named} index leads to"
        yield _evidence(operation, term, Rank.HIDDEN, (min(value, LOOP_BOUND), reason))


def _index_extent(form: Form, axes: list[str], factor: float, scene: Scene) -> int:
    """How far an index runs, in units of `factor`: blocks × what each advances it by.

    Problem extents that were asked for are taken as they are.
    """
    if len(axes) > 1:
        return max(1, round(prod(scene.extent(axis) for axis in axes) / factor))
    (axis,) = axes
    step = step_of(form, "ctaid", axis)
    if scene.threads is not None and Leaf("tid", axis) in form.depends:
        return scene.extent(axis)
    if not step:
        return max(1, round(scene.extent(axis) / max(1, factor)))
    return max(1, round(step * scene.grid(axis) / factor))


def _thread_extent(form: Form, axes: list[str], scene: Scene) -> float:
    """How far an index within the block runs; a constant beyond that counts on top."""
    steps = {axis: step_of(form, "tid", axis) for axis in axes}
    if not all(steps.values()):
        return prod(scene.block(axis) for axis in axes)
    reach = max(scene.block(axis) * steps[axis] for axis in axes)
    beyond = abs(form.terms.get((), 0))
    return reach + (beyond if beyond >= reach else 0)


def _shares(operation: Operation, term: Term, value: int) -> Iterator[Evidence]:
    places = [place_of(field) for field in term]
    for at, place in enumerate(places):
        partners = tuple(places[:at] + places[at + 1 :])
        line = operation.instruction.location.line
        reason = "a factor of what an index is compared with"
        yield Evidence(place, Rank.PRODUCT, value, reason, line, partners)


def _evidence(operation: Operation, term: Term, rank: Rank, found: tuple[int, str]) -> Evidence:
    value, reason = found
    return Evidence(place_of(term[0]), rank, value, reason, operation.instruction.location.line)
