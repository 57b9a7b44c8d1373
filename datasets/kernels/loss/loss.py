"""Losses with their gradients: classification over many classes, triplets with a margin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, pieces


class CrossEntropy(Kernel):
    """Losses and gradients of rows of logits, smoothed; one target in 16 is to be ignored."""

    name = entry = "cross_entropy"
    family = "norm"
    sizes = (
        {"rows": 1_000, "classes": 1_000},
        {"rows": 4_096, "classes": 32_000},
        {"rows": 100_000, "classes": 100},
        {"rows": 500, "classes": 128_256},
    )
    blocks = LINES
    check_size: Size = {"rows": 24, "classes": 333}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, classes = shape = size["rows"], size["classes"]
        logits = 5 * uniform(xp, shape, xp.float32, data)
        targets = integers(xp, (rows,), (0, classes), xp.int32, data, 1)
        ignored = integers(xp, (rows,), (0, 16), xp.int32, data, 2) == 0
        targets = xp.where(ignored, xp.int32(-1), targets).astype(xp.int32)
        results = xp.zeros(rows, dtype=xp.float32), xp.zeros(shape, dtype=xp.float32)
        return logits, targets, *results, np.uint32(classes), np.float32(0.1)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["rows"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        logits, targets = np.asarray(arguments[0], np.float64), np.asarray(arguments[1])
        top = logits.max(axis=1, keepdims=True)
        total = top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
        wanted = 0.9 * (np.arange(size["classes"]) == targets[:, None]) + 0.1 / size["classes"]
        counts = targets >= 0
        losses = counts * (wanted * (total - logits)).sum(axis=1)
        return {2: losses, 3: counts[:, None] * (np.exp(logits - total) - wanted)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        ignored = float((np.asarray(arguments[1]) < 0).mean())
        return Pin("ignored", "branch", ignored), Pin("target", "access", 1.0)


class ContrastiveMargin(Kernel):
    """Losses of triplets and the gradients of those whose margin is not kept."""

    name = entry = "contrastive_margin"
    family = "loss"
    sizes = (
        {"triplets": 5_000, "width": 128},
        {"triplets": 50_000, "width": 512},
        {"triplets": 300_000, "width": 64},
        {"triplets": 10_000, "width": 4_096},
    )
    blocks = LINES
    check_size: Size = {"triplets": 21, "width": 45}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        triplets, width = shape = size["triplets"], size["width"]
        vectors = (uniform(xp, shape, xp.float32, data, stream) for stream in range(3))
        results = xp.zeros(triplets, dtype=xp.float32), xp.zeros(shape, dtype=xp.float32)
        return *vectors, *results, np.uint32(triplets), np.uint32(width), np.float32(0.2)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(pieces(size["triplets"], block.volume // 32))

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        (near, far), loss = self._distances(arguments)
        anchors, like, unlike = (np.asarray(argument, np.float64) for argument in arguments[:3])
        gradient = (anchors - like) / near[:, None] - (anchors - unlike) / far[:, None]
        return {3: np.maximum(loss, 0), 4: np.where(loss[:, None] > 0, gradient, 0)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        return (Pin("kept", "branch", float((self._distances(arguments)[1] <= 0).mean())),)

    def _distances(self, arguments: tuple[Argument, ...]) -> tuple[list[Array], Array]:
        anchors, like, unlike = (np.asarray(argument, np.float64) for argument in arguments[:3])
        near, far = (np.sqrt(((anchors - other) ** 2).sum(axis=1)) for other in (like, unlike))
        return [near, far], near - far + float(arguments[7])
