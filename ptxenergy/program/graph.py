"""Walks over directed graphs given as lists of successors; all linear and without recursion."""

from __future__ import annotations

from collections.abc import Collection, Sequence

Successors = Sequence[Sequence[int]]


def depth_first(successors: Successors, root: int) -> tuple[list[int], list[int]]:
    """Nodes reachable from `root` in depth-first preorder, and each node's parent (-1: none)."""
    parent = [-1] * len(successors)
    seen = [False] * len(successors)
    seen[root] = True
    order = [root]
    stack = [(root, iter(successors[root]))]
    while stack:
        node, rest = stack[-1]
        for following in rest:
            if not seen[following]:
                seen[following] = True
                parent[following] = node
                order.append(following)
                stack.append((following, iter(successors[following])))
                break
        else:
            stack.pop()
    return order, parent


def reversed_edges(successors: Successors) -> list[list[int]]:
    """The same graph with every edge turned round."""
    predecessors: list[list[int]] = [[] for _ in successors]
    for node, following in enumerate(successors):
        for other in following:
            predecessors[other].append(node)
    return predecessors


def reached(successors: Successors, roots: Collection[int]) -> set[int]:
    """The nodes that can be reached from any of `roots`, themselves included."""
    seen = set(roots)
    pending = list(roots)
    while pending:
        for following in successors[pending.pop()]:
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return seen


def components(successors: Successors, nodes: Collection[int]) -> list[set[int]]:
    """Strongly connected components of the graph cut down to `nodes` (Kosaraju and Sharir)."""
    predecessors = reversed_edges(successors)
    found: list[set[int]] = []
    open_nodes = set(nodes)
    for root in reversed(_finishing_order(successors, nodes)):
        if root not in open_nodes:
            continue
        component = {root}
        pending = [root]
        open_nodes.discard(root)
        while pending:
            for before in predecessors[pending.pop()]:
                if before in open_nodes:
                    open_nodes.discard(before)
                    component.add(before)
                    pending.append(before)
        found.append(component)
    return found


def _finishing_order(successors: Successors, nodes: Collection[int]) -> list[int]:
    """`nodes` in the order in which a depth-first walk among them leaves them."""
    fresh = set(nodes)
    order: list[int] = []
    for root in sorted(nodes):
        if root not in fresh:
            continue
        fresh.discard(root)
        stack = [(root, iter(successors[root]))]
        while stack:
            node, rest = stack[-1]
            for following in rest:
                if following in fresh:
                    fresh.discard(following)
                    stack.append((following, iter(successors[following])))
                    break
            else:
                order.append(node)
                stack.pop()
    return order
