"""Which bytes of a kernel's parameters hold pointers.

A 64-bit field is a pointer where the parameter is marked `.ptr`, or where its value reaches the
base of a memory access (or a `cvta`), added to at most: a factor of a product is an index, not a
pointer. Values are followed through moves, selects, calls, struct fields and local memory.
"""

from __future__ import annotations

from collections.abc import Iterable

from ptxenergy.program.dataflow import ValueGraph
from ptxenergy.program.values import Field, Node, Operation
from ptxenergy.ptx.syntax import Function

_POINTER_BYTES = 8
# No address is a sum of so many fields; a node that more can flow into is followed by its inputs.
_TERMS_MAX = 32
_WIDE_TYPES = frozenset({"u64", "s64", "b64"})
_COPIES = frozenset({"copy", "selp", "slct", "min", "max", "and"})
_SUMS = frozenset({"add", "sub", "mad", "or"})

Place = tuple[int, int | None]


def pointer_fields(graph: ValueGraph, kernel: Function) -> frozenset[tuple[int, int]]:
    """(parameter index, byte offset) of every pointer.

    Where a sum of two fields is an address and nothing else tells which is the pointer, the one
    known as a pointer elsewhere wins, and else both are taken for pointers.
    """
    marked: set[Place] = {(i, 0) for i, p in enumerate(kernel.parameters) if p.is_pointer}
    roots = _Roots(graph)
    pointers = marked | _converted(graph, roots)
    undecided: list[tuple[frozenset[Place], ...]] = []
    for parts in roots.sums(use.node for use in graph.address_uses):
        if len(parts) == 1:
            pointers |= parts[0]
        else:
            undecided.append(parts)
    for parts in undecided:
        if not any(part & pointers for part in parts):
            pointers |= frozenset().union(*parts)
    return _concrete(pointers, graph, kernel)


def _converted(graph: ValueGraph, roots: _Roots) -> set[Place]:
    """Fields that a `cvta` takes, alone."""
    converted = [
        value
        for operation in graph.operations
        if operation.instruction.opcode.startswith("cvta")
        for value in operation.inputs
        if isinstance(value, Node)
    ]
    return {place for parts in roots.sums(converted) if len(parts) == 1 for place in parts[0]}


def _concrete(
    pointers: set[Place], graph: ValueGraph, kernel: Function
) -> frozenset[tuple[int, int]]:
    """Fields with a known offset; one read at an unknown offset fills the whole parameter.

    What is read elsewhere as something else keeps its own kind.
    """
    read = {
        (value.parameter, value.offset)
        for operation in graph.operations
        for value in operation.inputs
        if isinstance(value, Field)
    }
    found: set[tuple[int, int]] = set()
    for parameter, offset in pointers:
        size = kernel.parameters[parameter].size_bytes
        if offset is not None:
            if offset + _POINTER_BYTES <= size:
                found.add((parameter, offset))
            continue
        for at in range(0, size - _POINTER_BYTES + 1, _POINTER_BYTES):
            covered = {(parameter, at + byte) for byte in range(_POINTER_BYTES)}
            if not covered & read or (parameter, at) in pointers:
                found.add((parameter, at))
    return frozenset(found)


class _Roots:
    """Finds the fields that a node's value consists of, as the terms of one sum."""

    def __init__(self, graph: ValueGraph) -> None:
        self._definitions = graph.definitions
        self._terms = terms_of_nodes(graph)

    def sums(self, nodes: Iterable[Node]) -> list[tuple[frozenset[Place], ...]]:
        """Each way in which fields make up one of the nodes: a set of fields per term of a sum."""
        found: list[tuple[frozenset[Place], ...]] = []
        seen = set(nodes)
        pending = list(seen)
        while pending:
            for operation in self._definitions.get(pending.pop(), ()):
                direct = frozenset(
                    (v.parameter, v.offset)
                    for v in operation.inputs
                    if isinstance(v, Field) and v.type in _WIDE_TYPES
                )
                if direct:
                    found.append((direct,))
                parts = _flowing(operation)
                holding = [part for part in parts if self._terms.get(part)]
                if operation.kind in _SUMS and len(holding) > 1:
                    found.append(tuple(self._terms[part] for part in holding))
                    continue
                for part in holding:
                    if part not in seen:
                        seen.add(part)
                        pending.append(part)
        return found


def _flowing(operation: Operation) -> list[Node]:
    """The inputs whose value, or whose value plus something, the result can be."""
    nodes = list(operation.inputs)
    if operation.kind in ("cvt",):
        kept = nodes if operation.type in _WIDE_TYPES and _is_wide_cvt(operation) else []
    elif operation.kind == "mad":
        kept = nodes[2:3]
    elif operation.kind == "sub":
        kept = nodes[:1]
    elif operation.kind in ("selp", "slct"):
        kept = nodes[:2]
    elif operation.kind in _COPIES or operation.kind in _SUMS:
        kept = nodes
    else:
        kept = []
    return [value for value in kept if isinstance(value, Node)]


def _is_wide_cvt(operation: Operation) -> bool:
    return all(m in _WIDE_TYPES for m in operation.modifiers if m[-2:].isdigit())


def terms_of_nodes(graph: ValueGraph) -> dict[Node, frozenset[Place]]:
    """All fields that can flow into each node by moves and sums (least fixed point).

    Passes in text order: values mostly come from above, and only loops and calls need another.
    """
    terms: dict[Node, frozenset[Place]] = {}
    flows = [(operation, _flowing(operation)) for operation in graph.operations]
    flows = [(o, nodes) for o, nodes in flows if nodes or _is_wide_field(o)]
    changed = True
    while changed:
        changed = False
        for operation, nodes in flows:
            known = terms.get(operation.result, frozenset())
            if len(known) >= _TERMS_MAX:
                continue
            grown = known.union(*(terms[node] for node in nodes if node in terms))
            if _is_wide_field(operation):
                grown |= {(v.parameter, v.offset) for v in operation.inputs if isinstance(v, Field)}
            if len(grown) > len(known):
                terms[operation.result] = grown
                changed = True
    return terms


def _is_wide_field(operation: Operation) -> bool:
    return operation.kind == "field" and operation.type in _WIDE_TYPES
