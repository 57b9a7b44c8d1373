"""The forms of the integers of a kernel, for a given block and grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from ptxenergy.launch.fields import type_bytes
from ptxenergy.launch.forms import (
    Form,
    Leaf,
    is_sane,
    keeps_all_bits,
    leaf,
    number,
    opaque,
    product,
    scaled,
    total,
)
from ptxenergy.launch.request import Dim3
from ptxenergy.program.dataflow import ValueGraph
from ptxenergy.program.values import Field, Input, Node, Operation
from ptxenergy.ptx.syntax import Immediate, SpecialRegister

# A longer shift takes the sign or a few top bits; it does not divide.
_DIVIDING_SHIFT_MAX = 24
_RICH = frozenset({"ctaid"})
_SUMS = frozenset({"add", "addc", "or"})
_DIFFERENCES = frozenset({"sub", "subc"})
_PRODUCTS = frozenset({"mul", "mul24"})
_TELLING = frozenset({"setp", "set", "min", "max", "div", "rem"})
_CHOICES = frozenset({"selp", "slct", "min", "max"})


class Geometry(Struct, frozen=True):
    """The launch as far as it is known: block, grid, pointers and arguments that were given."""

    block: Dim3
    grid: Dim3
    pointers: frozenset[tuple[int, int]]
    given: Mapping[tuple[int, int], int | float]


class Shapes(Struct, frozen=True):
    """`forms` of the nodes; `loops` are the leaves whose node is computed from itself.

    `steps` holds, for each such leaf, the forms by which it grows in one turn. `value` gives the
    form of any operand.
    """

    forms: Mapping[Node, Form]
    value: Callable[[Input], Form]
    loops: frozenset[Leaf]
    steps: Mapping[Leaf, tuple[Form, ...]]


def shapes(graph: ValueGraph, geometry: Geometry) -> Shapes:
    """The forms of the nodes that addresses, comparisons and divisions depend on."""
    walk = _Walk(graph, geometry)
    walk.run()
    if any(operation.result.offset is not None for operation in graph.operations):
        walk.run()
    return Shapes(
        walk.forms, walk.value, frozenset(walk.steps), {k: tuple(v) for k, v in walk.steps.items()}
    )


def loop_leaf(node: Node) -> Leaf:
    """The leaf that stands for a node with several definitions."""
    return Leaf("loop", f"{node.function}:{node.name}", node.offset or 0)


class _Walk:
    """One pass over the operations in text order; a second one sees what calls return."""

    def __init__(self, graph: ValueGraph, geometry: Geometry) -> None:
        self._graph = graph
        self._geometry = geometry
        self._needed = _needed(graph)
        self.forms: dict[Node, Form] = {}
        self.steps: dict[Leaf, list[Form]] = {}

    def run(self) -> None:
        started: set[Node] = set()
        self.steps = {}
        for operation in self._graph.operations:
            node = operation.result
            if node not in self._needed or not _is_integer(operation):
                continue
            form = self._form(operation)
            if len(self._graph.definitions[node]) == 1:
                self.forms[node] = form
            elif node not in started:
                started.add(node)
                atom = loop_leaf(node)
                begun = total(form, leaf(*atom))
                self.forms[node] = begun or opaque(str(node), (form, leaf(*atom)))
            else:
                self._continue(node, form)

    def _continue(self, node: Node, form: Form) -> None:
        """A later definition: a step of a loop if it is computed from the node itself."""
        atom = loop_leaf(node)
        if atom in form.depends:
            step = total(form, scaled(self.forms[node], -1))
            self.steps.setdefault(atom, []).append(step or form)

    def value(self, given: Input) -> Form:
        """The form of an operand."""
        if isinstance(given, Node):
            known = self.forms.get(given)
            return known if known is not None else opaque(f"{given.function}:{given.name}", ())
        if isinstance(given, Immediate):
            return number(given.value) if isinstance(given.value, int) else opaque("number", ())
        if isinstance(given, SpecialRegister):
            return self._special(given.name)
        if isinstance(given, Field):
            return self._field(given)
        return leaf("base", given.name)

    def _special(self, name: str) -> Form:
        word, _, axis = name.lstrip("%").partition(".")
        if word in ("ntid", "nctaid") and axis in ("x", "y", "z"):
            extents = self._geometry.block if word == "ntid" else self._geometry.grid
            return number(extents["xyz".index(axis)])
        if word in ("tid", "ctaid") and axis in ("x", "y", "z"):
            return leaf(word, axis)
        if word in ("laneid", "warpid"):
            return opaque(name, (leaf("tid", "x"),))
        if word in ("clusterid", "cluster_ctaid") and axis:
            return opaque(name, (leaf("ctaid", axis),))
        return opaque(name, ())

    def _field(self, field: Field) -> Form:
        if field.offset is None:
            return opaque("field", ())
        place = (field.parameter, field.offset)
        given = self._geometry.given.get(place)
        if isinstance(given, int):
            return number(given)
        kind = "base" if place in self._geometry.pointers else "field"
        return leaf(kind, str(field.parameter), field.offset)

    def _form(self, operation: Operation) -> Form:
        values = [self.value(given) for given in operation.inputs]
        found = self._polynomial(operation, values)
        if found is not None and is_sane(found):
            return found
        node = operation.result
        return opaque(f"{node.function}:{node.name}:{node.offset}", values)

    def _polynomial(self, operation: Operation, values: list[Form]) -> Form | None:
        kind = operation.kind
        if len(values) == 1:
            if kind in ("copy", "cvt", "field"):
                return values[0]
            if kind == "not":
                return total(scaled(values[0], -1), number(-1))
            return scaled(values[0], -1) if kind == "neg" else None
        if len(values) == 2:
            return self._binary(operation, *values)
        if kind in ("mad", "mad24") and len(values) == 3 and "hi" not in operation.modifiers:
            both = product(values[0], values[1])
            return None if both is None else total(both, values[2])
        return _richer(operation, values) if kind in _CHOICES else None

    def _binary(self, operation: Operation, first: Form, second: Form) -> Form | None:
        kind, factor = operation.kind, second.constant
        if kind in _SUMS:
            return total(first, second)
        if kind in _DIFFERENCES:
            return total(first, scaled(second, -1))
        if kind in _PRODUCTS and "hi" not in operation.modifiers:
            return product(first, second)
        if kind in _CHOICES:
            return _richer(operation, [first, second])
        if not isinstance(factor, int):
            return None
        if kind in ("shr", "div", "rem", "and") and isinstance(first.constant, int):
            return _folded(kind, first.constant, factor)
        return self._by_constant(operation, first, factor)

    def _by_constant(self, operation: Operation, first: Form, factor: int) -> Form | None:
        kind = operation.kind
        if kind == "shl" and 0 <= factor < 64:
            return scaled(first, 1 << factor)
        if kind == "shr" and factor == 8 * type_bytes(operation.type) - 1:
            # The sign bit, with which compilers round a signed division: sizes are positive.
            return number(0)
        if kind == "shr" and 0 <= factor <= _DIVIDING_SHIFT_MAX:
            return scaled(first, 1 / (1 << factor))
        if kind == "div" and factor:
            return scaled(first, 1 / factor)
        if kind == "and" and keeps_all_bits(first, factor, self._geometry.block):
            return first
        return None


def _is_integer(operation: Operation) -> bool:
    if operation.kind in ("unknown", "setp", "set"):
        return False
    return not operation.type.startswith(("f", "bf", "pred"))


def _needed(graph: ValueGraph) -> set[Node]:
    """What addresses, comparisons and divisions depend on."""
    needed = {use.node for use in graph.address_uses}
    for operation in graph.operations:
        if operation.kind in _TELLING:
            needed.update(value for value in operation.inputs if isinstance(value, Node))
    pending = list(needed)
    while pending:
        for operation in graph.definitions.get(pending.pop(), ()):
            for value in operation.inputs:
                if isinstance(value, Node) and value not in needed:
                    needed.add(value)
                    pending.append(value)
    return needed


def _folded(kind: str, first: int, second: int) -> Form | None:
    """The value of an operation on two constants; quotients are cut towards zero, as PTX does."""
    if kind == "and":
        return number(first & second)
    if kind == "shr":
        return number(first >> second) if 0 <= second < 64 else None
    if not second:
        return None
    quotient = abs(first) // abs(second) * (1 if (first < 0) == (second < 0) else -1)
    return number(quotient if kind == "div" else first - quotient * second)


def _richer(operation: Operation, values: list[Form]) -> Form | None:
    """Of the values that a choice can give, the one made of most block indices."""
    best = max(values[:2], key=lambda form: sum(atom.kind in _RICH for atom in form.depends))
    node = operation.result
    return total(best, opaque(f"{node.function}:{node.name}:{node.offset}", values))
