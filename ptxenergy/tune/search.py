"""Predicts a kernel in every block shape that does the same work, and puts them in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.compare.frozen import frozen
from ptxenergy.errors import PtxEnergyError
from ptxenergy.launch.request import Dim3
from ptxenergy.pipeline import Options, Track
from ptxenergy.tune.formula import Formula
from ptxenergy.tune.front import with_front
from ptxenergy.tune.heuristic import USUAL_THREADS, by_occupancy
from ptxenergy.tune.parallel import outcomes
from ptxenergy.tune.problem import Problem
from ptxenergy.tune.result import Baseline, Candidate, Excluded, Tuning
from ptxenergy.tune.saving import interval_of, with_ratios
from ptxenergy.tune.shapes import shapes
from ptxenergy.tune.sources import OneText, Texts
from ptxenergy.tune.trial import Done, Trial

__all__ = ["OneText", "Search", "Texts", "tune"]


class Search(Struct, frozen=True):
    """What is searched. `shapes`: these only; `every`: all that make whole warps.

    `grid_from` and `shared_from` give grid and dynamic shared memory of a block; without the first
    the grid is the problem's extents over the block, rounded up.
    """

    shapes: tuple[Dim3, ...] = ()
    every: bool = False
    grid_from: Formula | None = None
    shared_from: Formula | None = None


def tune(
    texts: Texts, options: Options, search: Search, track: Track = iter, processes: int = 1
) -> Tuning:
    """Predict every shape that does the given launch's work.

    `options` hold the problem (`threads`, or `grid` with `block`), the kernel where there are
    several, and the launch that is given, if any. `track` is handed the shapes' names; so many
    `processes` try shapes at once. Raises PtxEnergyError where the problem is not said or no launch
    can be predicted that says what the work is.
    """
    return _Tuner(texts, options, search).run(track, processes)


class _Tuner:
    def __init__(self, texts: Texts, options: Options, search: Search) -> None:
        self.texts, self.options, self.search = texts, options, search
        problem = Problem(options.request, search.grid_from, search.shared_from)
        self.trial = Trial(texts, options, problem)
        self.given = options.request.block
        self.source = self.trial.sources.of(self.given)
        self.required = None if texts.axes else self.source.required
        self.problem = self.trial.problem = replace(problem, required=self.required)
        self.problem.check()

    def run(self, track: Track, processes: int) -> Tuning:
        wanted = self._shapes()
        ranked = by_occupancy(wanted, self.source, self.problem)
        first = self._first(ranked)
        launch = first.prediction.inspection.profile.launch
        kernels = (self.source.kernel, self.source.kernel)
        pins = self.options.request.pins
        self.trial.base, _ = frozen(first.asked, launch, kernels, pins=pins)
        self.trial.reference = first.work
        own = Candidate(launch.block, launch.grid, first.prediction, first.work.doubt)
        others = {str(shape): shape for shape in wanted if shape != launch.block}
        self.texts.prepare(others.values())
        found = {launch.block: own}
        excluded: list[Excluded] = []
        tried = outcomes(self.trial, tuple(others.values()), processes)
        for _, one in zip(track(tuple(others)), tried, strict=True):
            if isinstance(one, Excluded):
                excluded.append(one)
            else:
                found[one.block] = one
        return self._tuning(found, tuple(excluded), launch.block, ranked[0])

    def _shapes(self) -> Sequence[Dim3]:
        if self.search.shapes:
            return self.search.shapes
        if self.required is not None:
            return (self.required,)
        axes = self.texts.axes or self.source.axes
        return shapes(self.source.version.gpu, axes, every=self.search.every)

    def _first(self, ranked: Iterable[Dim3]) -> Done:
        """The launch whose work all must do: the given block's, else what the file requires, else
        that of the highest occupancy at which nothing is seen to be wrong."""
        request = self.options.request
        block = self.given or self.required
        if block is not None:
            return self.trial.predict(block, request)
        done: list[Done] = []
        failed: list[PtxEnergyError] = []
        for shape in ranked:
            try:
                done.append(self.trial.predict(shape, request))
            except PtxEnergyError as error:
                failed.append(error)
                continue
            if not done[-1].work.defect:
                return done[-1]
        if not done:
            raise failed[0]
        return done[0]

    def _tuning(
        self,
        done: dict[Dim3, Candidate],
        excluded: tuple[Excluded, ...],
        reference: Dim3,
        heuristic: Dim3,
    ) -> Tuning:
        model = self.source.version.model
        against: dict[Baseline, Dim3 | None] = {"given": self.given, "heuristic": heuristic}
        named = {name: done[block] for name, block in against.items() if block in done}
        candidates = with_front(sorted(with_ratios(done.values(), named, model), key=_order))
        by_block = {one.block: one for one in candidates}
        return Tuning(
            file=self.texts.title,
            kernel=self.source.name,
            gpu=self.source.version.gpu.id,
            reference=by_block[reference],
            candidates=candidates,
            excluded=excluded,
            given=by_block.get(self.given) if self.given else None,
            heuristic=by_block.get(heuristic),
            by_occupancy=heuristic,
            is_required=self.required is not None,
            interval=interval_of(candidates, model),
        )


def _order(one: Candidate) -> tuple[bool, float, float, float]:
    """What may be picked first, then what costs less; of equals the one nearest to 256 threads."""
    far = abs(log2(one.block.volume / USUAL_THREADS))
    return not one.is_verified, one.energy_j, one.time_s, far
