"""One level of a breadth-first search over a random graph: outwards, and inwards by bit maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import bits, integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.ragged import gathered, row_starts, step_by_row
from ptxenergy.measure.kernels.shapes import LINES, line
from ptxenergy.measure.kernels.trips import trip_pin

_SAMPLED = 4096


def _graph(xp: Any, size: Size, data: Data) -> tuple[Array, Array]:
    """Starts and neighbours of a random graph."""
    vertices, mean = size["vertices"], size["mean"]
    neighbours = integers(xp, (vertices * mean,), (0, vertices), xp.int32, data, 1)
    return row_starts(xp, vertices, mean, data), neighbours


def _warps(steps: Array) -> Array:
    return np.pad(steps, ((0, 0), (0, -steps.shape[1] % 32)), constant_values=-1).reshape(-1, 32)


class BfsPush(Kernel):
    """Marks what the vertices of depth 3, one in `frontier_one_in`, see for the first time."""

    name = entry = "bfs_push"
    family = "bfs"
    sizes = (
        {"vertices": 100_000, "mean": 8, "frontier_one_in": 4},
        {"vertices": 2_000_000, "mean": 8, "frontier_one_in": 20},
        {"vertices": 500_000, "mean": 32, "frontier_one_in": 2},
        {"vertices": 8_000_000, "mean": 3, "frontier_one_in": 200},
    )
    blocks = LINES
    check_size: Size = {"vertices": 602, "mean": 4, "frontier_one_in": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        vertices = size["vertices"]
        chosen = integers(xp, (vertices,), (0, 2 * size["frontier_one_in"]), xp.int32, data, 2)
        # Two in 2·frontier_one_in are the frontier; of the others, half are not reached.
        depths = xp.where(chosen < 2, xp.int32(3), xp.where(chosen % 2 == 0, chosen % 3, -1))
        reached = xp.zeros(vertices, dtype=xp.int32)
        scalars = (np.uint32(vertices), np.int32(3))
        return *_graph(xp, size, data), depths.astype(xp.int32), reached, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["vertices"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        starts, neighbours, depths, reached = (np.array(a) for a in arguments[:4])
        owner = np.repeat(np.arange(size["vertices"]), np.diff(starts))
        seen = neighbours[depths[owner] == 3]
        reached[seen[depths[seen] < 0]] = 4
        return {3: reached}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        starts, neighbours, depths = (np.asarray(argument) for argument in arguments[:3])
        is_frontier = depths == 3
        steps = step_by_row(starts)
        steps = np.where(is_frontier[: steps.shape[1]], steps, -1)
        seen = gathered(steps, neighbours)
        marked = np.where(gathered(seen, depths) < 0, seen, -1)
        lengths = np.diff(starts)[is_frontier]
        return (
            Pin("elsewhere", "branch", 1.0 - float(is_frontier.mean())),
            Pin("alone", "branch", float((lengths == 0).mean())),
            trip_pin("edges", np.where(is_frontier, np.diff(starts), 0)),
            Pin("edge", "access", sectors_per_request(_warps(steps), 4)),
            Pin("neighbour", "access", sectors_per_request(_warps(seen), 4)),
            Pin("new", "branch", float((depths[neighbours] < 0).mean())),
            Pin("mark", "access", sectors_per_request(_warps(np.where(seen < 0, -1, marked)), 4)),
        )


class BfsPull(Kernel):
    """Finds for each vertex not reached, one in two, a parent in the frontier."""

    name = entry = "bfs_pull"
    family = "bfs"
    sizes = (
        {"vertices": 100_000, "mean": 8, "frontier_one_in": 4},
        {"vertices": 4_000_000, "mean": 8, "frontier_one_in": 16},
        {"vertices": 500_000, "mean": 32, "frontier_one_in": 128},
        {"vertices": 8_000_000, "mean": 4, "frontier_one_in": 2},
    )
    blocks = LINES
    check_size: Size = {"vertices": 608, "mean": 4, "frontier_one_in": 4}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        vertices, words = size["vertices"], -(-size["vertices"] // 32)
        # A bit of `visited` is set with probability ½, one of `frontier` with ½, ¼, …
        visited = (bits(xp, words, data, 2) >> xp.uint64(16)).astype(xp.uint32)
        frontier = visited
        for stream in range(size["frontier_one_in"].bit_length() - 2):
            frontier = frontier & (bits(xp, words, data, 3 + stream) >> xp.uint64(16)).astype(
                xp.uint32
            )
        following = xp.zeros(words, dtype=xp.uint32)
        parents = xp.zeros(vertices, dtype=xp.int32)
        graph = _graph(xp, size, data)
        return *graph, visited, frontier, following, parents, np.uint32(vertices)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["vertices"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        starts, neighbours, visited, frontier, following, parents = map(np.array, arguments[:6])
        looked, places = self._looks(starts, neighbours, visited, frontier, len(parents))
        lane = np.arange(len(parents))
        found = looked.any(axis=0)
        first = places[looked.argmax(axis=0), lane]
        parents[found] = neighbours[first[found]]
        np.bitwise_or.at(following, lane[found] // 32, np.uint32(1) << (lane[found] % 32))
        return {4: following, 5: parents}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        starts, neighbours, visited, frontier = map(np.asarray, arguments[:4])
        count = min(_SAMPLED, size["vertices"])
        looked, places = self._looks(starts, neighbours, visited, frontier, count)
        before = np.cumsum(looked, axis=0) - looked
        places = np.where(before == 0, places, -1)
        seen = gathered(places, neighbours)
        lane = np.arange(count)
        waits = (visited[lane // 32] >> (lane % 32) & 1) == 0
        searching = int((waits & (np.diff(starts[: count + 1]) > 0)).sum())
        finds = looked.any(axis=0)
        words = np.where(seen < 0, -1, seen // 32)
        return (
            Pin("searches", "branch", float(waits.mean())),
            Pin("any", "branch", searching / max(1, int(waits.sum()))),
            trip_pin("looked", (places >= 0).sum(axis=0)),
            Pin("edge", "access", sectors_per_request(_warps(places), 4)),
            Pin("flags", "access", sectors_per_request(_warps(words), 4)),
            Pin("found", "branch", float(finds.mean())),
            Pin("parent", "access", sectors_per_request(np.where(finds, lane, -1), 4)),
        )

    @staticmethod
    def _looks(
        starts: Array, neighbours: Array, visited: Array, frontier: Array, count: int
    ) -> tuple[Array, Array]:
        """Whether each step of each vertex would find, and where it looks (-1: nowhere)."""
        lane = np.arange(count)
        waits = (visited[lane // 32] >> (lane % 32) & 1) == 0
        places = np.where(waits, step_by_row(starts[: count + 1]), -1)
        seen = gathered(places, neighbours)
        flags = frontier[np.maximum(seen, 0) // 32] >> (np.maximum(seen, 0) % 32) & 1
        return (flags == 1) & (seen >= 0), places
