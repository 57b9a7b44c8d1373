"""What each integer of a kernel is made of: a polynomial in thread indices and arguments.

`mad.lo.s32 row, ctaid.y, ntid.y, tid.y` becomes `8·ctaid.y + tid.y`. Only what helps to guess
sizes is kept: order, guards and wrap-around are left out, `or` counts as a sum, and whatever is
no polynomial becomes an opaque leaf that remembers what it depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from msgspec import Struct

_TERMS_MAX = 24
_DEGREE_MAX = 5
_DEPENDS_MAX = 64
_COEFFICIENT_MAX = 1 << 64


class Leaf(NamedTuple):
    """An atom of a form.

    `kind`: `tid` or `ctaid` (name: axis), `field` (name: parameter, offset: byte offset),
    `loop` (a node defined more than once), `base` (a pointer or a variable's address) or
    `opaque`.
    """

    kind: str
    name: str
    offset: int = 0


Term: TypeAlias = tuple[Leaf, ...]
Number: TypeAlias = int | float


class Form(Struct, frozen=True):
    """A sum of coefficient × product of leaves; the empty product is the constant.

    `depends` holds every leaf within, those behind opaque leaves included and these left out.
    """

    terms: Mapping[Term, Number]
    depends: frozenset[Leaf]

    @property
    def constant(self) -> Number | None:
        """The value, where it is a constant."""
        if not self.terms:
            return 0
        return self.terms.get(()) if len(self.terms) == 1 else None


def number(value: Number) -> Form:
    """A constant."""
    return Form({(): value} if value else {}, frozenset())


def leaf(kind: str, name: str, offset: int = 0) -> Form:
    """A form of one leaf."""
    atom = Leaf(kind, name, offset)
    return Form({(atom,): 1}, frozenset((atom,)))


def opaque(name: str, sources: Iterable[Form]) -> Form:
    """An unknown function of some forms."""
    return Form({(Leaf("opaque", name),): 1}, _joined(source.depends for source in sources))


def _joined(sets: Iterable[frozenset[Leaf]]) -> frozenset[Leaf]:
    """The union; what depends on very much keeps only the indices that it depends on."""
    depends: frozenset[Leaf] = frozenset().union(*sets)
    if len(depends) <= _DEPENDS_MAX:
        return depends
    return frozenset(atom for atom in depends if atom.kind in ("tid", "ctaid"))


def is_sane(form: Form) -> bool:
    """Whether no coefficient is beyond what 64-bit arithmetic could give."""
    return all(abs(value) <= _COEFFICIENT_MAX for value in form.terms.values())


def scaled(form: Form, factor: Number) -> Form:
    """The form times a number."""
    if not factor:
        return number(0)
    return Form({term: value * factor for term, value in form.terms.items()}, form.depends)


def total(first: Form, second: Form) -> Form | None:
    """The sum; None where it has too many terms to be of use."""
    terms = dict(first.terms)
    for term, value in second.terms.items():
        both = terms.get(term, 0) + value
        if both:
            terms[term] = both
        else:
            terms.pop(term, None)
    if len(terms) > _TERMS_MAX:
        return None
    return Form(terms, _joined((first.depends, second.depends)))


def product(first: Form, second: Form) -> Form | None:
    """The product; None where it has too many terms or factors to be of use."""
    if len(first.terms) * len(second.terms) > 2 * _TERMS_MAX:
        return None
    terms: dict[Term, Number] = {}
    for left, a in first.terms.items():
        for right, b in second.terms.items():
            term = tuple(sorted(left + right))
            if len(term) > _DEGREE_MAX:
                return None
            terms[term] = terms.get(term, 0) + a * b
    kept = {term: value for term, value in terms.items() if value}
    return Form(kept, _joined((first.depends, second.depends))) if len(kept) <= _TERMS_MAX else None


def keeps_all_bits(form: Form, mask: int, block: tuple[int, int, int]) -> bool:
    """Whether `form & mask` is `form`: a mask of high bits, or one that covers a thread index."""
    if mask < 0 and (-mask & (-mask - 1)) == 0:
        return True
    if len(form.terms) != 1:
        return False
    ((term, factor),) = form.terms.items()
    if len(term) != 1 or term[0].kind != "tid" or not isinstance(factor, int) or factor < 1:
        return False
    if factor & (factor - 1):
        return False
    bits = (1 << (block["xyz".index(term[0].name)] - 1).bit_length()) - 1
    return bits * factor & ~mask == 0
