"""Natural loops of a control-flow graph: headers, latches, nesting, where they are left.

A loop is named by its header: all back edges to one header form one loop (Aho, Lam, Sethi and
Ullman, "Compilers", section 9.6). Cycles with several entries are not natural loops; the edges
that close them are reported apart.
"""

from __future__ import annotations

from msgspec import Struct

from ptxenergy.errors import EvaluationError
from ptxenergy.program.graph import Successors, reversed_edges

# The blocks of all loops together, each counted once per loop: real kernels stay below a tenth.
_MEMBERS_MAX = 2_000_000


class Loop(Struct, frozen=True):
    """A natural loop over block numbers.

    `latches` are the blocks that jump back to the header; `exits` the blocks of the body that can
    leave it. `parent` is the index of the enclosing loop, `depth` 1 for an outermost loop.
    """

    index: int
    header: int
    body: frozenset[int]
    latches: tuple[int, ...]
    exits: tuple[int, ...]
    parent: int | None
    depth: int


class LoopForest(Struct, frozen=True):
    """All loops, outer before inner. `innermost` gives each block's loop index or None.

    `irreducible_edges` close cycles whose target does not dominate their source.
    """

    loops: tuple[Loop, ...]
    innermost: tuple[int | None, ...]
    irreducible_edges: tuple[tuple[int, int], ...]


def find_loops(successors: Successors, dominators: list[int], leaving: set[int]) -> LoopForest:
    """The loops of a graph entered at node 0. `leaving` are nodes with a way out of the graph.

    Raises EvaluationError where thousands of loops are nested in each other.
    """
    back, irreducible = _closing_edges(successors, dominators)
    predecessors = reversed_edges(successors)
    reachable = {0} | {node for node, above in enumerate(dominators) if above >= 0}
    bodies = _bodies(back, predecessors, reachable)
    headers = sorted(bodies, key=lambda header: (-len(bodies[header]), header))
    loops: list[Loop] = []
    innermost: list[int | None] = [None] * len(successors)
    for index, header in enumerate(headers):
        body = bodies[header]
        parent = innermost[header]
        exits = sorted(
            node
            for node in body
            if node in leaving or any(other not in body for other in successors[node])
        )
        depth = 1 if parent is None else loops[parent].depth + 1
        latches = tuple(sorted(back[header]))
        loops.append(Loop(index, header, body, latches, tuple(exits), parent, depth))
        for node in body:
            innermost[node] = index
    return LoopForest(tuple(loops), tuple(innermost), tuple(irreducible))


def _closing_edges(
    successors: Successors, dominators: list[int]
) -> tuple[dict[int, list[int]], list[tuple[int, int]]]:
    """Back edges by header, and retreating edges whose target does not dominate their source."""
    enter, leave = _intervals(dominators)
    back: dict[int, list[int]] = {}
    irreducible: list[tuple[int, int]] = []
    for source, target in _retreating_edges(successors):
        if enter[target] <= enter[source] and leave[source] <= leave[target]:
            back.setdefault(target, []).append(source)
        else:
            irreducible.append((source, target))
    return back, irreducible


def _retreating_edges(successors: Successors) -> list[tuple[int, int]]:
    """Edges of a depth-first walk from node 0 that reach a node still on the walk's path."""
    if not successors:
        return []
    fresh, on_path, done = 0, 1, 2
    state = [fresh] * len(successors)
    state[0] = on_path
    stack = [(0, iter(successors[0]))]
    found: dict[tuple[int, int], None] = {}
    while stack:
        node, rest = stack[-1]
        for following in rest:
            if state[following] == on_path:
                found[node, following] = None
            elif state[following] == fresh:
                state[following] = on_path
                stack.append((following, iter(successors[following])))
                break
        else:
            state[node] = done
            stack.pop()
    return list(found)


def _intervals(dominators: list[int]) -> tuple[list[int], list[int]]:
    """Entry and exit times of a walk of the dominator tree: nested exactly as dominance is."""
    children: list[list[int]] = [[] for _ in dominators]
    for node, above in enumerate(dominators):
        if above >= 0:
            children[above].append(node)
    enter = [-1] * len(dominators)
    leave = [-1] * len(dominators)
    clock = 0
    stack = [(0, False)] if dominators else []
    while stack:
        node, finished = stack.pop()
        if finished:
            leave[node] = clock
            continue
        enter[node] = clock
        clock += 1
        stack.append((node, True))
        stack.extend((child, False) for child in children[node])
    return enter, leave


def _bodies(
    back: dict[int, list[int]], predecessors: list[list[int]], reachable: set[int]
) -> dict[int, frozenset[int]]:
    bodies: dict[int, frozenset[int]] = {}
    members = 0
    for header, latches in back.items():
        bodies[header] = frozenset(_body(header, latches, predecessors) & reachable)
        members += len(bodies[header])
        if members > _MEMBERS_MAX:
            raise EvaluationError("loops are nested too deeply to be followed")
    return bodies


def _body(header: int, latches: list[int], predecessors: list[list[int]]) -> set[int]:
    """The header and all that reaches a latch without passing through it."""
    body = {header}
    pending = list(latches)
    while pending:
        node = pending.pop()
        if node not in body:
            body.add(node)
            pending.extend(predecessors[node])
    return body
