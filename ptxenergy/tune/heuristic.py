"""What is taken for lack of measurements: the block of the highest occupancy."""

from __future__ import annotations

from collections.abc import Iterable

from ptxenergy.errors import PtxEnergyError
from ptxenergy.gpu.occupancy import occupancy
from ptxenergy.launch.request import Dim3
from ptxenergy.tune.problem import Problem
from ptxenergy.tune.shapes import unread_axis
from ptxenergy.tune.sources import Source

USUAL_THREADS = 256


def by_occupancy(shapes: Iterable[Dim3], source: Source, problem: Problem) -> list[Dim3]:
    """The shapes that fit, as `cudaOccupancyMaxPotentialBlockSize` would rank them: the highest
    occupancy, and the largest block of those; it knows no second dimension, so that of equals
    the widest along x comes first."""
    ranked: list[tuple[int, int, int, Dim3]] = []
    for shape in shapes:
        if unread_axis(shape, source.axes) or shape.volume > (source.most_threads or shape.volume):
            continue
        try:
            fit = occupancy(
                source.version.gpu,
                block_threads=shape.volume,
                registers_per_thread=source.registers,
                shared_bytes=source.shared_bytes + problem.shared_bytes(shape, source.kernel),
            )
        except PtxEnergyError:
            continue
        if fit.blocks_per_sm:
            ranked.append((fit.warps_per_sm, shape.volume, shape.x, shape))
    return [shape for *_, shape in sorted(ranked, reverse=True)] or [Dim3(USUAL_THREADS)]
