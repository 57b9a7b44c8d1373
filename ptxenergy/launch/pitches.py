"""Evidence from addresses: pitches, strides and offsets."""

from __future__ import annotations

from collections.abc import Iterator

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
from ptxenergy.launch.forms import Form, Leaf, Term
from ptxenergy.program.opcodes import describe
from ptxenergy.program.values import AddressUse


def of_address(use: AddressUse, scene: Scene) -> Iterator[Evidence]:
    """What the address of one memory access tells of the arguments in it."""
    form = scene.known.forms.get(use.node)
    if form is None or not any(atom.kind in ("field", "loop") for atom in form.depends):
        return
    reader = _Address(form, use, scene)
    factors: dict[Leaf, dict[Leaf, float]] = {}
    for term, factor in form.terms.items():
        fields = fields_of(term)
        if len(fields) == 1:
            others = factors.setdefault(fields[0], {})
            others.update(dict.fromkeys(others_of(term), abs(factor)))
        elif len(fields) == 2:
            yield from reader.plane(term, fields)
    for field, others in factors.items():
        yield reader.of_field(field, others)
    for atom in scene.known.loops & {term[0] for term in form.terms if len(term) == 1}:
        yield from reader.of_loop(atom)


class _Address:
    def __init__(self, form: Form, use: AddressUse, scene: Scene) -> None:
        self._form = form
        self._line = use.instruction.location.line
        self._width_bytes = _width_bytes(use)
        self._scene = scene
        self._plain = [term for term in form.terms if not fields_of(term)]
        self._inner = self._inner_axes()

    def of_field(self, field: Leaf, others: dict[Leaf, float]) -> Evidence:
        """Evidence for an argument that the address holds times `others` (factor → weight)."""
        axes = {atom.name for atom in others if atom.kind == "ctaid"}
        axes = axes or {atom.name for atom in others if atom.kind == "tid"}
        is_loop = any(atom.kind == "loop" for atom in others)
        if not others:
            return self._evidence(field, Rank.OFFSET, 0, "added to an address")
        unit = min(others.values())
        if axes - {"x"} or (is_loop and not axes and "x" in self._inner):
            rank = Rank.PITCH if "x" in self._inner else Rank.LONE_PITCH
            return self._evidence(field, rank, self._span("x", unit), "used as a pitch")
        if axes and self._inner - {"x"}:
            axis = min(self._inner - {"x"})
            reason = f"used as a pitch beside {axis}"
            return self._evidence(field, Rank.PITCH, self._span(axis, unit), reason)
        if axes and not any(_moves(term) for term in self._plain):
            value = max(1, round(self._width_bytes / unit))
            reason = "a stride between neighbouring threads"
            return self._evidence(field, Rank.STRIDE, value, reason)
        return self._evidence(field, Rank.DIMENSION, LOOP_BOUND, "a row length")

    def plane(self, term: Term, fields: list[Leaf]) -> Iterator[Evidence]:
        """`z·(height·width)` beside `y·width`: what is no pitch of y is the extent of y."""
        if not any(atom.name == "z" for atom in others_of(term)):
            return
        pitches = {
            field
            for other in self._form.terms
            if len(fields_of(other)) == 1 and any(a.name == "y" for a in others_of(other))
            for field in fields_of(other)
        }
        for field in fields:
            if field not in pitches and pitches & set(fields):
                yield self._evidence(field, Rank.PITCH, self._scene.extent("y"), "a plane's height")

    def of_loop(self, atom: Leaf) -> Iterator[Evidence]:
        """An address that a loop moves on by a multiple of an argument: a pitch."""
        for step in self._scene.known.steps[atom] if "x" in self._inner else ():
            for term, factor in step.terms.items():
                if len(term) == 1 and fields_of(term):
                    value = self._span("x", abs(factor))
                    yield self._evidence(term[0], Rank.PITCH, value, "used as a pitch")

    def _evidence(self, field: Leaf, rank: Rank, value: int, reason: str) -> Evidence:
        return Evidence(place_of(field), rank, value, reason, self._line)

    def _inner_axes(self) -> set[str]:
        """Axes whose block index the address holds with no argument as its factor."""
        atoms = [atom for term in self._plain for atom in term]
        found = {atom.name for atom in atoms if atom.kind == "ctaid"}
        if any(atom.kind == "opaque" for atom in atoms):
            shown = {atom for term in self._form.terms for atom in term}
            hidden = self._form.depends - shown
            found |= {atom.name for atom in hidden if atom.kind == "ctaid"}
        return found

    def _span(self, axis: str, unit: float) -> int:
        """What the address covers along an axis, in units of the pitch."""
        extent = self._scene.extent(axis)
        step = step_of(self._form, "ctaid", axis)
        if not step:
            return extent
        if self._scene.threads is not None:
            one = step_of(self._form, "tid", axis) or unit
            return max(1, round(extent * one / unit))
        return max(1, round(step * self._scene.grid(axis) / unit))


def _moves(term: Term) -> bool:
    """Whether a term of an address differs between threads or turns of a loop."""
    return any(atom.kind in ("tid", "ctaid", "loop", "opaque") for atom in term)


def _width_bytes(use: AddressUse) -> int:
    """What one lane moves; 1 where the opcode does not tell."""
    return max((a.width_bytes for a in describe(use.instruction.opcode).accesses), default=0) or 1
