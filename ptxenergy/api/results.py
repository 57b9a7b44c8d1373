"""What the Python interface gives: frozen values that show themselves in a notebook as on the
terminal, and give a pandas frame on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast, overload

from ptxenergy.errors import PtxEnergyError
from ptxenergy.explain.explanation import Explanation, Explanations
from ptxenergy.explain.listing import folders_of, texts_of
from ptxenergy.model.goal import Goal
from ptxenergy.model.prediction import Prediction, Quantity
from ptxenergy.ptx.names import short_name
from ptxenergy.report.explanation import show_explanations
from ptxenergy.report.line import prediction_line
from ptxenergy.report.notebook import as_html
from ptxenergy.report.prediction import show_prediction
from ptxenergy.report.tuning import show_tuning, verdict
from ptxenergy.report.words import printable
from ptxenergy.tune.result import GOALS, Tuning

if TYPE_CHECKING:
    import pandas as pd

_QUANTITIES = ("energy_j", "time_s", "power_w")


class MissingPandasError(PtxEnergyError):
    """A frame was asked for and pandas is not installed."""

    code = "missing-pandas"


@dataclass(frozen=True, slots=True)
class LaunchPrediction:
    """The prediction of one launch; `prediction` has all of it."""

    prediction: Prediction

    def __repr__(self) -> str:
        return f"<{prediction_line(self.prediction)}>"

    @property
    def energy_j(self) -> Quantity:
        """Joules of the launch, with the interval that should hold it."""
        return self.prediction.energy_j

    @property
    def time_s(self) -> Quantity:
        """Seconds of the launch."""
        return self.prediction.time_s

    @property
    def power_w(self) -> Quantity:
        """Mean watts of the board during the launch."""
        return self.prediction.power_w

    @property
    def calibrated(self) -> bool:
        """Whether measured rows stand behind it; else it is the physical bound."""
        return self.prediction.calibrated

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What nobody said, each with the option of the command line that says it, if any does."""
        found = self.prediction.inspection.profile.assumptions
        return tuple(f"{a.message}  {a.option}".rstrip() for a in found)

    def to_frame(self) -> pd.DataFrame:
        """One row: launch, quantities with their intervals, occupancy, how much was assumed."""
        return _frame([_row(self.prediction)])

    def _repr_html_(self) -> str:
        return as_html(show_prediction(self.prediction))


@dataclass(frozen=True, slots=True)
class LaunchPredictions(Sequence[LaunchPrediction | PtxEnergyError]):
    """Predictions in the order in which they were asked for; errors, where those were kept."""

    results: tuple[LaunchPrediction | PtxEnergyError, ...]

    def __len__(self) -> int:
        return len(self.results)

    def __repr__(self) -> str:
        failed = sum(isinstance(one, PtxEnergyError) for one in self.results)
        return f"<{len(self)} launches{f', {failed} with an error' if failed else ''}: to_frame()>"

    @overload
    def __getitem__(self, place: int) -> LaunchPrediction | PtxEnergyError: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[LaunchPrediction | PtxEnergyError]: ...
    def __getitem__(self, place: int | slice) -> Any:
        """The one at a place, or those of a slice."""
        return self.results[place]

    def __iter__(self) -> Iterator[LaunchPrediction | PtxEnergyError]:
        return iter(self.results)

    def to_frame(self) -> pd.DataFrame:
        """A row for each launch; of one that could not be done only `error` is filled in."""
        return _frame(
            [
                {"error": str(one)} if isinstance(one, PtxEnergyError) else _row(one.prediction)
                for one in self.results
            ]
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(escape=True, max_rows=40))


@dataclass(frozen=True, slots=True)
class LaunchExplanation:
    """Where the energy of one launch goes; `explanation` has all of it."""

    explanation: Explanation
    text: bytes = field(repr=False)

    def __repr__(self) -> str:
        lines = len(self.explanation.lines)
        return f"<{prediction_line(self.explanation.prediction)}; by {lines} source lines>"

    def to_frame(self) -> pd.DataFrame:
        """A row for each source line: file, line, joules in all, constant, of memory, of compute,
        and warp instructions."""
        return _frame(
            [
                {
                    "file": None if line.place is None else line.place.file,
                    "line": None if line.place is None else line.place.line,
                    "energy_j": line.parts.energy_j,
                    "constant_j": line.parts.constant_j,
                    "memory_j": line.parts.memory_j,
                    "compute_j": line.parts.compute_j,
                    "warp_instructions": line.warp_instructions,
                }
                for line in self.explanation.lines
            ]
        )

    def _repr_html_(self) -> str:
        folders = folders_of(self.explanation.prediction.inspection.file)
        texts = [texts_of(self.explanation, self.text, folders)]
        return as_html(show_explanations(Explanations((self.explanation,)), texts))


@dataclass(frozen=True, slots=True)
class BlockTuning:
    """Block shapes that do the same work; `tuning` has all of it."""

    tuning: Tuning

    def __repr__(self) -> str:
        state = "" if self.tuning.calibrated else ", not calibrated"
        said = f"{short_name(self.tuning.kernel)}: {verdict(self.tuning)}{state}"
        return printable(f"<{said}>")

    @property
    def verdict(self) -> str:
        """`matters`, `indifferent`, `only-one` or `unverified`."""
        return self.tuning.verdict

    def best(self, goal: str = "energy") -> tuple[int, int, int] | None:
        """The block of least `energy`, `time` or `edp`; None where none was shown to do the work.

        Raises ValueError for another goal.
        """
        if goal not in GOALS:
            raise ValueError(f"{goal!r} is no goal: write {', '.join(GOALS)}")
        found = self.tuning.best(cast("Goal", goal))
        return None if found is None else (found.block.x, found.block.y, found.block.z)

    def to_frame(self) -> pd.DataFrame:
        """A row for each candidate, by rising energy, verified ones first."""
        return _frame(
            [
                _row(one.prediction)
                | {"edp_js": one.cost("edp")}
                | {"verified": one.is_verified, "doubt": one.doubt, "on_front": one.is_on_front}
                for one in self.tuning.candidates
            ]
        )

    def _repr_html_(self) -> str:
        return as_html(show_tuning(self.tuning))


def _row(prediction: Prediction) -> dict[str, Any]:
    inspection = prediction.inspection
    launch = inspection.profile.launch
    found: dict[str, Any] = {
        "kernel": inspection.profile.kernel,
        "gpu": inspection.gpu,
        "block": launch.block.short,
        "grid": launch.grid.short,
    }
    for name in _QUANTITIES:
        quantity: Quantity = getattr(prediction, name)
        found |= {name: quantity.value, f"{name}_low": quantity.low, f"{name}_high": quantity.high}
    return found | {
        "occupancy": inspection.occupancy.fraction,
        "calibrated": prediction.calibrated,
        "exact": inspection.profile.exact.all,
        "assumed": len(inspection.profile.assumptions),
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    try:
        import pandas as pd
    except ImportError:
        raise MissingPandasError("a frame needs pandas: pip install pandas") from None
    return pd.DataFrame(rows)
