"""Predicts a kernel in every block shape that does the same work, and puts them in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2

from ptxenergy.compare.frozen import frozen
from ptxenergy.errors import LaunchError, PtxEnergyError
from ptxenergy.launch.closed.evaluate import Run
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options, Track
from ptxenergy.tune.formula import Formula
from ptxenergy.tune.front import with_front
from ptxenergy.tune.heuristic import USUAL_THREADS, by_occupancy
from ptxenergy.tune.problem import Problem
from ptxenergy.tune.result import Baseline, Candidate, Excluded, Tuning
from ptxenergy.tune.saving import interval_of, with_ratios
from ptxenergy.tune.shapes import shapes, unread_axis
from ptxenergy.tune.sources import OneText, Sources, Texts
from ptxenergy.tune.work import Work, difference

__all__ = ["OneText", "Search", "Texts", "tune"]


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched. `shapes`: these only; `every`: all that make whole warps.

    `grid_from` and `shared_from` give grid and dynamic shared memory of a block; without the first
    the grid is the problem's extents over the block, rounded up.
    """

    shapes: tuple[Dim3, ...] = ()
    every: bool = False
    grid_from: Formula | None = None
    shared_from: Formula | None = None


def tune(texts: Texts, options: Options, search: Search, track: Track = iter) -> Tuning:
    """Predict every shape that does the given launch's work.

    `options` hold the problem (`threads`, or `grid` with `block`), the kernel where there are
    several, and the launch that is given, if any. `track` is handed the shapes' names. Raises
    PtxEnergyError where the problem is not said or no launch can be predicted that says what the
    work is.
    """
    return _Tuner(texts, options, search).run(track)


@dataclass(frozen=True, slots=True)
class _Done:
    """A launch that was predicted, and what it was seen to do."""

    asked: LaunchRequest
    prediction: Prediction
    work: Work


class _Tuner:
    def __init__(self, texts: Texts, options: Options, search: Search) -> None:
        self.texts, self.options, self.search = texts, options, search
        self.problem = Problem(options.request, search.grid_from, search.shared_from)
        self.sources = Sources(texts, options, self._note)
        self.given = options.request.block
        self.source = self.sources.of(self.given)
        self.seen = Work(None, 0)
        self.shared_bytes = 0
        self.reference: Work | None = None

    def run(self, track: Track) -> Tuning:
        wanted = self._shapes()
        ranked = by_occupancy(wanted, self.source, self.problem)
        first = self._first(ranked)
        launch = first.prediction.inspection.profile.launch
        self.reference = first.work
        kernels = (self.source.kernel, self.source.kernel)
        base, _ = frozen(first.asked, launch, kernels, pins=self.options.request.pins)
        own = Candidate(launch.block, launch.grid, first.prediction, first.work.doubt)
        found = {launch.block: own}
        excluded: list[Excluded] = []
        others = {str(shape): shape for shape in wanted if shape != launch.block}
        self.texts.prepare(others.values())
        for name in track(tuple(others)):
            shape = others[name]
            try:
                found[shape] = self._candidate(shape, base)
            except PtxEnergyError as error:
                excluded.append(Excluded(shape, str(error)))
        return self._tuning(found, tuple(excluded), launch.block, ranked[0])

    def _shapes(self) -> Sequence[Dim3]:
        if self.search.shapes:
            return self.search.shapes
        if self.source.required is not None and not self.texts.axes:
            return (self.source.required,)
        axes = self.texts.axes or self.source.axes
        return shapes(self.source.version.gpu, axes, every=self.search.every)

    def _first(self, ranked: Iterable[Dim3]) -> _Done:
        """The launch whose work all must do: the given block's, else what the file requires, else
        that of the highest occupancy at which nothing is seen to be wrong."""
        request = self.options.request
        block = self.given or (None if self.texts.axes else self.source.required)
        if block is not None:
            return self._predict(block, request)
        done: list[_Done] = []
        failed: list[PtxEnergyError] = []
        for shape in ranked:
            try:
                done.append(self._predict(shape, request))
            except PtxEnergyError as error:
                failed.append(error)
                continue
            if not done[-1].work.defect:
                return done[-1]
        if not done:
            raise failed[0]
        return done[0]

    def _candidate(self, shape: Dim3, base: LaunchRequest) -> Candidate:
        """A shape, predicted. Raises PtxEnergyError, whose text says why it is left out."""
        source = self.sources.of(shape)
        axis = None if self.texts.axes else unread_axis(shape, source.axes)
        if axis is not None:
            raise LaunchError(f"the kernel does not look at {axis}")
        most = source.most_threads
        if most is not None and shape.volume > most:
            raise LaunchError(f"the kernel allows at most {most} threads per block (.maxntid)")
        done = self._predict(shape, base)
        other, doubt = difference(done.work, self.reference or done.work)
        if other:
            raise LaunchError(other)
        launch = done.prediction.inspection.profile.launch
        return Candidate(shape, launch.grid, done.prediction, doubt)

    def _predict(self, block: Dim3, base: LaunchRequest) -> _Done:
        source = self.sources.of(block)
        asked = self.problem.cut(block, source.kernel, base)
        self.shared_bytes = source.shared_bytes + asked.shared_bytes
        self.seen = Work(None, self.shared_bytes)
        prediction = source.version.predict(source.name, asked)
        return _Done(asked, prediction, self.seen)

    def _note(self, run: Run | None) -> None:
        """Look at what a launch does before it is counted, which takes as long again. Raises
        LaunchError where it is other work than the reference's."""
        self.seen = Work(run, self.shared_bytes)
        if self.reference is not None:
            other, _ = difference(self.seen, self.reference)
            if other:
                raise LaunchError(other)

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
            file=self.source.version.file,
            kernel=self.source.name,
            gpu=self.source.version.gpu.id,
            reference=by_block[reference],
            candidates=candidates,
            excluded=excluded,
            given=by_block.get(self.given) if self.given else None,
            heuristic=by_block.get(heuristic),
            interval=interval_of(candidates, model),
        )


def _order(one: Candidate) -> tuple[bool, float, float, float]:
    """What may be picked first, then what costs less; of equals the one nearest to 256 threads."""
    far = abs(log2(one.block.volume / USUAL_THREADS))
    return not one.is_verified, one.energy_j, one.time_s, far
