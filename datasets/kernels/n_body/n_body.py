"""Forces of all bodies on each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class NBodyTiled(Kernel):
    """Pull and potential of `sources` bodies at `targets` places, by tiles of shared memory."""

    name = entry = "n_body_tiled"
    family = "n_body"
    sizes = (
        {"targets": 10_000, "sources": 3_000},
        {"targets": 65_536, "sources": 16_384},
        {"targets": 300_000, "sources": 1_024},
        {"targets": 34_000, "sources": 60_000},
    )
    blocks = LINES
    check_size: Size = {"targets": 77, "sources": 101}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        targets = uniform(xp, (size["targets"], 4), xp.float32, data)
        sources = uniform(xp, (size["sources"], 4), xp.float32, data, 1)
        pulls = xp.zeros((size["targets"], 4), dtype=xp.float32)
        scalars = (np.uint32(size["targets"]), np.uint32(size["sources"]), np.float32(0.01))
        return targets, sources, pulls, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["targets"], block)

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 16 * block.volume

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        targets, sources = (np.asarray(argument, np.float64) for argument in arguments[:2])
        way = sources[None, :, :3] - targets[:, None, :3]
        inverse = 1 / np.sqrt((way**2).sum(axis=2) + float(arguments[5]))
        share = sources[None, :, 3] * inverse
        pull = (way * (share * inverse**2)[:, :, None]).sum(axis=1)
        return {2: np.concatenate([pull, -share.sum(axis=1)[:, None]], axis=1)}
