"""Immediate dominators of any directed graph, in O(edges · log nodes), without recursion.

Lengauer and Tarjan, "A fast algorithm for finding dominators in a flowgraph", TOPLAS 1(1), 1979
(the simple variant, with path compression). Iterative schemes are shorter but quadratic on the
ladders of early exits that unrolled kernels contain.
"""

from __future__ import annotations

from ptxenergy.program.graph import Successors, depth_first


def immediate_dominators(successors: Successors, root: int) -> list[int]:
    """Each node's immediate dominator; -1 for `root` and for what it does not reach."""
    order, parent_of = depth_first(successors, root)
    number = {node: position for position, node in enumerate(order)}
    parent = [number.get(parent_of[node], 0) for node in order]
    predecessors: list[list[int]] = [[] for _ in order]
    for position, node in enumerate(order):
        for following in successors[node]:
            predecessors[number[following]].append(position)
    by_number = _number_dominators(parent, predecessors)
    result = [-1] * len(successors)
    for position, node in enumerate(order[1:], start=1):
        result[node] = order[by_number[position]]
    return result


def _number_dominators(parent: list[int], predecessors: list[list[int]]) -> list[int]:
    """Immediate dominators over depth-first numbers, where number 0 is the root."""
    forest = _Forest(len(parent))
    buckets: list[list[int]] = [[] for _ in parent]
    dominator = [0] * len(parent)
    for node in range(len(parent) - 1, 0, -1):
        for before in predecessors[node]:
            best = forest.best(before)
            forest.semi[node] = min(forest.semi[node], forest.semi[best])
        buckets[forest.semi[node]].append(node)
        above = parent[node]
        forest.ancestor[node] = above
        for waiting in buckets[above]:
            best = forest.best(waiting)
            dominator[waiting] = best if forest.semi[best] < forest.semi[waiting] else above
        buckets[above] = []
    for node in range(1, len(parent)):
        if dominator[node] != forest.semi[node]:
            dominator[node] = dominator[dominator[node]]
    return dominator


class _Forest:
    """The linked part of the depth-first tree; `best` finds the least semidominator above."""

    def __init__(self, size: int) -> None:
        self.semi = list(range(size))
        self.ancestor = [-1] * size
        self._label = list(range(size))

    def best(self, node: int) -> int:
        """The node of least semidominator on the linked path above `node`, itself included."""
        if self.ancestor[node] < 0:
            return node
        path = []
        while self.ancestor[self.ancestor[node]] >= 0:
            path.append(node)
            node = self.ancestor[node]
        for below in reversed(path):
            above = self.ancestor[below]
            if self.semi[self._label[above]] < self.semi[self._label[below]]:
                self._label[below] = self._label[above]
            self.ancestor[below] = self.ancestor[above]
        return self._label[path[0] if path else node]
