"""One block shape after another, predicted and held against the reference."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct, field

from ptxenergy.errors import LaunchError, PtxEnergyError
from ptxenergy.launch.closed.evaluate import Run
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options
from ptxenergy.tune.problem import Problem
from ptxenergy.tune.result import Candidate, Excluded
from ptxenergy.tune.shapes import unread_axis
from ptxenergy.tune.sources import Sources, Texts
from ptxenergy.tune.work import Work, difference


class Done(Struct, frozen=True):
    """A launch that was predicted, and what it was seen to do."""

    asked: LaunchRequest
    prediction: Prediction
    work: Work


class Trial(Struct, dict=True):
    """A problem, tried in blocks of one shape after another.

    `base` is the launch with all that was assumed of the reference, `reference` what that does;
    both are set once it is known.
    """

    texts: Texts
    options: Options
    problem: Problem
    base: LaunchRequest = field(default_factory=LaunchRequest)
    reference: Work | None = None
    _seen: Work = field(default_factory=lambda: Work(None, 0))

    @cached_property
    def sources(self) -> Sources:
        """The kernel in each of its texts."""
        return Sources(self.texts, self.options, self._note)

    def outcome(self, shape: Dim3) -> Candidate | Excluded:
        """A shape, predicted, or why it is left out."""
        try:
            return self._candidate(shape)
        except PtxEnergyError as error:
            return Excluded(shape, str(error))

    def predict(self, block: Dim3, base: LaunchRequest) -> Done:
        """Predict the launch of `base` in blocks of this shape. Raises PtxEnergyError."""
        source = self.sources.of(block)
        asked = self.problem.cut(block, source.kernel, base)
        self._seen = Work(None, source.shared_bytes + asked.shared_bytes)
        prediction = source.version.predict(source.name, asked)
        return Done(asked, prediction, self._seen)

    def _candidate(self, shape: Dim3) -> Candidate:
        source = self.sources.of(shape)
        axis = None if self.texts.axes else unread_axis(shape, source.axes)
        if axis is not None:
            raise LaunchError(f"the kernel does not look at {axis}")
        most = source.most_threads
        if most is not None and shape.volume > most:
            raise LaunchError(f"the kernel allows at most {most} threads per block (.maxntid)")
        done = self.predict(shape, self.base)
        other, doubt = difference(done.work, self.reference or done.work)
        if other:
            raise LaunchError(other)
        launch = done.prediction.inspection.profile.launch
        return Candidate(shape, launch.grid, done.prediction, doubt)

    def _note(self, run: Run | None) -> None:
        """Look at what a launch does before it is counted, which takes as long again. Raises
        LaunchError where it is other work than the reference's."""
        self._seen = Work(run, self._seen.shared_bytes)
        if self.reference is not None:
            other, _ = difference(self._seen, self.reference)
            if other:
                raise LaunchError(other)
