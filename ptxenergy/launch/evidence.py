"""What the code tells of the size of an argument that was not given.

Each use of an argument is one piece of evidence; `Rank` orders them, the strongest first:

1. INDEX: compared with a global index: that axis's extent (of several axes: their product).
2. DIVISOR: what a global index is divided by, to part it into rows and columns: 1024; but an
   index of one axis of several wraps round at its own extent.
3. PITCH: multiplied with an index of another axis, or with a loop counter, beside the x index:
   the x extent.
4. LOOP: the bound of another loop: 1024.
5. LONE_PITCH: multiplied with the y or z index where no x index is added: the x extent.
6. THREAD: compared with an index within the block: the block's extent.
7. HIDDEN: compared with what is worked out of a global index by a remainder or the like, and
   stays so when the other arguments have values: that axis's extent, at most 1024.
8. PRODUCT: one factor of what a global index is compared with: its share of that extent.
9. DIMENSION: a row length, a bound of loaded values, another divisor: 1024.
10. STRIDE: multiplied with the x index alone: 1.
11. OFFSET: added to an address: 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import prod

from ptxenergy.launch.extents import axes_read
from ptxenergy.launch.forms import Form, Leaf, Term, scaled, total
from ptxenergy.launch.request import Dim3
from ptxenergy.launch.shapes import Geometry, Shapes, shapes
from ptxenergy.program.dataflow import ValueGraph
from ptxenergy.program.values import AddressUse, Operation

LOOP_BOUND = 1024
_ORDERS = frozenset({"lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"})

Place = tuple[int, int]


class Rank(IntEnum):
    """How much a use tells; lower is stronger. See the module's description."""

    INDEX = 1
    DIVISOR = 2
    PITCH = 3
    LOOP = 4
    LONE_PITCH = 5
    THREAD = 6
    HIDDEN = 7
    PRODUCT = 8
    DIMENSION = 9
    STRIDE = 10
    OFFSET = 11


@dataclass(frozen=True, slots=True)
class Evidence:
    """One use of an argument. `value` is the size it suggests, `line` a line of the PTX file.

    `partners` are the other factors where the rank is PRODUCT; `value` is then of them all.
    """

    place: Place
    rank: Rank
    value: int
    reason: str
    line: int
    partners: tuple[Place, ...] = ()


def gather(graph: ValueGraph, geometry: Geometry, threads: Dim3 | None) -> list[Evidence]:
    """All evidence that a kernel holds. `threads` are the problem's extents, where given."""
    reader = _Reader(shapes(graph, geometry), geometry, threads, axes_read(graph, ("ctaid",)))
    found = [item for operation in graph.operations for item in reader.of_operation(operation)]
    found += [item for use in graph.address_uses for item in reader.of_address(use)]
    return found


class _Reader:
    def __init__(
        self, known: Shapes, geometry: Geometry, threads: Dim3 | None, axes_read: str
    ) -> None:
        self._axes_read = axes_read
        self._known = known
        self._geometry = geometry
        self._threads = threads
        self._values = known.value

    def of_operation(self, operation: Operation) -> Iterator[Evidence]:
        if operation.type.startswith(("f", "bf")):
            return
        if operation.kind in ("setp", "set", "min", "max") and len(operation.inputs) >= 2:
            yield from self._comparison(operation)
        elif operation.kind in ("div", "rem") and len(operation.inputs) == 2:
            yield from self._division(operation)

    def _division(self, operation: Operation) -> Iterator[Evidence]:
        index, divisor = (self._values(given) for given in operation.inputs)
        axes = sorted({atom.name for atom in index.depends if atom.kind == "ctaid"})
        value, rank = LOOP_BOUND, Rank.DIVISOR if axes else Rank.DIMENSION
        if len(axes) == 1 and axes[0] != self._axes_read:
            value = self._index_extent(index, axes, 1)
        for term in divisor.terms:
            if _is_field(term):
                yield _evidence(operation, term[0], rank, value, "a divisor")

    def of_address(self, use: AddressUse) -> Iterator[Evidence]:
        form = self._known.forms.get(use.node)
        if form is None:
            return
        line = use.instruction.location.line
        inner = self._inner_axes(form)
        factors: dict[Leaf, set[Leaf]] = {}
        for term in form.terms:
            fields = _fields(term)
            if len(fields) == 1:
                factors.setdefault(fields[0], set()).update(_others(term))
            elif len(fields) == 2:
                yield from self._plane(term, fields, form, line)
        for field, others in factors.items():
            yield from self._pitch(field, others, (form, inner), line)
        for term in form.terms:
            if len(term) == 1 and term[0] in self._known.loops:
                yield from self._strides(term[0], inner, line)

    def _inner_axes(self, form: Form) -> set[str]:
        """Axes whose block index an address holds with no argument as its factor."""
        plain = [atom for term in form.terms if not _fields(term) for atom in term]
        found = {atom.name for atom in plain if atom.kind == "ctaid"}
        if any(atom.kind == "opaque" for atom in plain):
            shown = {atom for term in form.terms for atom in term}
            hidden = form.depends - shown
            found |= {atom.name for atom in hidden if atom.kind == "ctaid"}
        return found

    def _axes(self, term: Term) -> list[Leaf]:
        return [atom for atom in term if atom.kind in ("tid", "ctaid")]

    def _pitch(
        self, field: Leaf, others: set[Leaf], within: tuple[Form, set[str]], line: int
    ) -> Iterator[Evidence]:
        """Evidence for an argument that an address holds times `others`."""
        form, inner = within
        place = (int(field.name), field.offset)
        axes = {atom.name for atom in others if atom.kind == "ctaid"}
        axes = axes or {atom.name for atom in others if atom.kind == "tid"}
        is_loop = any(atom.kind == "loop" for atom in others)
        if not others:
            yield Evidence(place, Rank.OFFSET, 0, "added to an address", line)
        elif axes - {"x"} or (is_loop and not axes and "x" in inner):
            rank = Rank.PITCH if "x" in inner else Rank.LONE_PITCH
            yield Evidence(place, rank, self.extent("x"), "used as a pitch", line)
        elif axes and inner - {"x"}:
            axis = min(inner - {"x"})
            value = self.extent(axis)
            yield Evidence(place, Rank.PITCH, value, f"used as a pitch beside {axis}", line)
        elif axes and not any(_moves(other) for other in form.terms if not _fields(other)):
            yield Evidence(place, Rank.STRIDE, 1, "a stride between neighbouring threads", line)
        else:
            yield Evidence(place, Rank.DIMENSION, LOOP_BOUND, "a row length", line)

    def _plane(self, term: Term, fields: list[Leaf], form: Form, line: int) -> Iterator[Evidence]:
        """`z·(height·width)` beside `y·width`: what is no pitch of y is the extent of y."""
        pitches = {
            atom
            for other in form.terms
            if len(_fields(other)) == 1 and any(a.name == "y" for a in self._axes(other))
            for atom in _fields(other)
        }
        if not any(atom.name == "z" for atom in self._axes(term)):
            return
        for field in fields:
            if field not in pitches and pitches & set(fields):
                place = (int(field.name), field.offset)
                yield Evidence(place, Rank.PITCH, self.extent("y"), "a plane's height", line)

    def _strides(self, atom: Leaf, inner: set[str], line: int) -> Iterator[Evidence]:
        """An address that a loop moves on by a multiple of an argument: a pitch."""
        for step in self._known.steps[atom]:
            for term in step.terms:
                if _is_field(term) and "x" in inner:
                    place = (int(term[0].name), term[0].offset)
                    yield Evidence(place, Rank.PITCH, self.extent("x"), "used as a pitch", line)

    def _comparison(self, operation: Operation) -> Iterator[Evidence]:
        first, second = (self._values(given) for given in operation.inputs[:2])
        difference = total(first, scaled(second, -1))
        if difference is None:
            return
        atoms = frozenset(
            atom
            for side in (first, second)
            for atom in side.depends
            if atom.kind in ("tid", "ctaid") or atom in self._known.loops
        )
        for side, other in ((first, second), (second, first)):
            for term in side.terms:
                if _fields(term) and not _others(term) and _bounds(term, side, other):
                    yield from self._bound(operation, term, side.terms[term], (difference, atoms))

    def _bound(
        self,
        operation: Operation,
        term: Term,
        factor: float,
        compared: tuple[Form, frozenset[Leaf]],
    ) -> Iterator[Evidence]:
        """Evidence for a term of arguments alone that is compared with a form."""
        form, atoms = compared
        factor = abs(factor)
        blocks = sorted({atom.name for atom in atoms if atom.kind == "ctaid"})
        lanes = sorted({atom.name for atom in atoms if atom.kind == "tid"})
        is_loop = any(atom.kind == "loop" for atom in atoms)
        fields = _fields(term)
        if blocks:
            value = self._index_extent(form, blocks, factor)
            if len(fields) > 1:
                yield from _shares(operation, fields, value)
                return
            axes = "·".join(blocks)
            if any(atom.kind == "ctaid" for other in form.terms for atom in other):
                reason = f"compared with the {axes} index"
                yield _evidence(operation, fields[0], Rank.INDEX, value, reason)
            else:
                value, reason = min(value, LOOP_BOUND), f"bounds what the {axes} index leads to"
                yield _evidence(operation, fields[0], Rank.HIDDEN, value, reason)
        elif len(fields) > 1:
            return
        elif is_loop:
            yield _evidence(operation, fields[0], Rank.LOOP, LOOP_BOUND, "the bound of a loop")
        elif lanes:
            value = max(1, round(self._thread_extent(form, lanes) / factor))
            reason = "compared with a thread index"
            yield _evidence(operation, fields[0], Rank.THREAD, value, reason)
        elif form.terms.keys() - {term, ()} and _ORDERS & set(operation.modifiers):
            reason = "compared with a value from memory"
            yield _evidence(operation, fields[0], Rank.DIMENSION, LOOP_BOUND, reason)

    def extent(self, axis: str) -> int:
        """The problem's extent along an axis: as asked for, or all threads of the grid."""
        at = "xyz".index(axis)
        if self._threads is not None:
            return self._threads[at]
        return self._geometry.grid[at] * self._geometry.block[at]

    def _index_extent(self, form: Form, axes: list[str], factor: float) -> int:
        """How far an index runs, in units of `factor`: blocks × what each advances it by.

        Problem extents that were asked for are taken as they are.
        """
        if len(axes) > 1:
            return max(1, round(prod(self.extent(axis) for axis in axes) / factor))
        (axis,) = axes
        step = abs(form.terms.get((Leaf("ctaid", axis),), 0))
        if self._threads is not None and Leaf("tid", axis) in form.depends:
            return self.extent(axis)
        if not step:
            return max(1, round(self.extent(axis) / max(1, factor)))
        return max(1, round(step * self._geometry.grid["xyz".index(axis)] / factor))

    def _thread_extent(self, form: Form, axes: list[str]) -> float:
        """One more than the largest value of an index within the block, as far as known."""
        extents = {axis: self._geometry.block["xyz".index(axis)] for axis in axes}
        steps = {axis: abs(form.terms.get((Leaf("tid", axis),), 0)) for axis in axes}
        if not all(steps.values()):
            return prod(extents.values())
        return max(1, 1 + sum((extents[axis] - 1) * steps[axis] for axis in axes))


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


def _shares(operation: Operation, fields: list[Leaf], value: int) -> Iterator[Evidence]:
    places = [(int(field.name), field.offset) for field in fields]
    for at, place in enumerate(places):
        partners = tuple(places[:at] + places[at + 1 :])
        line = operation.instruction.location.line
        reason = "a factor of what an index is compared with"
        yield Evidence(place, Rank.PRODUCT, value, reason, line, partners)


def _evidence(operation: Operation, field: Leaf, rank: Rank, value: int, reason: str) -> Evidence:
    line = operation.instruction.location.line
    return Evidence((int(field.name), field.offset), rank, value, reason, line)


def _fields(term: Term) -> list[Leaf]:
    return [atom for atom in term if atom.kind == "field"]


def _others(term: Term) -> list[Leaf]:
    return [atom for atom in term if atom.kind != "field"]


def _is_field(term: Term) -> bool:
    return len(term) == 1 and term[0].kind == "field"


def _moves(term: Term) -> bool:
    """Whether a term of an address differs between threads or turns of a loop."""
    return any(atom.kind in ("tid", "ctaid", "loop", "opaque") for atom in term)
