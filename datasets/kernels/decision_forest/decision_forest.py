"""Forests of decision trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line


def _walk(
    features: Array, nodes: Array, limits: Array, samples: Array
) -> Iterator[tuple[Array, Array]]:
    """Each step of one tree for some samples: where each is (-1: arrived), and what it reads."""
    at = np.zeros(len(samples), np.int64)
    goes_on = np.ones(len(samples), bool)
    while goes_on.any():
        feature, child = nodes[at].T
        yield np.where(goes_on, at, -1), np.maximum(feature, 0)
        goes_on = goes_on & (feature >= 0)
        value = features[np.maximum(feature, 0), samples]
        at = np.where(goes_on, child + np.where(value < limits[at], 0, 1), at)


class ForestPredict(Kernel):
    """Mean of `trees` trees of at most `depth` levels; one inner node in eight is a leaf."""

    name = entry = "forest_predict"
    family = "decision_forest"
    sizes = (
        {"samples": 20_000, "trees": 10, "depth": 6, "features": 16},
        {"samples": 200_000, "trees": 50, "depth": 10, "features": 30},
        {"samples": 1_000_000, "trees": 8, "depth": 4, "features": 8},
        {"samples": 50_000, "trees": 20, "depth": 16, "features": 100},
    )
    blocks = LINES
    check_size: Size = {"samples": 301, "trees": 3, "depth": 5, "features": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        samples, trees, count = size["samples"], size["trees"], (1 << size["depth"]) - 1
        features = uniform(xp, (size["features"], samples), xp.float32, data)
        tested = integers(xp, (trees, count), (0, size["features"]), xp.int32, data, 1)
        number = xp.arange(count, dtype=xp.int32).reshape(1, count)
        stops = integers(xp, (trees, count), (0, 8), xp.int32, data, 2) == 3
        is_leaf = (stops & (number > 0)) | (number >= count // 2)
        tested = xp.where(is_leaf, xp.int32(-1), tested)
        children = xp.zeros((trees, count), dtype=xp.int32) + (2 * number + 1)
        nodes = xp.stack([tested, children], axis=2).astype(xp.int32)
        limits = xp.float32(0.5) * uniform(xp, (trees, count), xp.float32, data, 3)
        votes = xp.zeros(samples, dtype=xp.float32)
        return features, nodes, limits, votes, *(np.uint32(v) for v in (samples, trees, count))

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["samples"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        features, nodes, limits = (np.asarray(argument) for argument in arguments[:3])
        samples, total = np.arange(size["samples"]), np.zeros(size["samples"])
        for tree, limit in zip(nodes, limits, strict=True):
            leaf = np.zeros(len(samples), np.int64)
            for at, _ in _walk(features, tree, limit, samples):
                leaf = np.where(at >= 0, at, leaf)
            total += limit[leaf]
        return {3: total / size["trees"]}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        features, nodes, limits = (np.asarray(argument) for argument in arguments[:3])
        samples = np.arange(min(2048, size["samples"] // 32 * 32))
        walks = [
            (at, np.where(at < 0, -1, read * size["samples"] + samples))
            for tree, limit in zip(nodes[:8], limits[:8], strict=True)
            for at, read in _walk(features, tree, limit, samples)
        ]
        places, reads = (np.concatenate(parts) for parts in zip(*walks, strict=True))
        trips = float((places >= 0).sum()) / (len(samples) * min(8, size["trees"]))
        return (
            Pin("depth", "trip", trips),
            Pin("node", "access", sectors_per_request(places, 8)),
            Pin("limit", "access", sectors_per_request(places, 4)),
            Pin("feature", "access", sectors_per_request(reads, 4)),
        )
