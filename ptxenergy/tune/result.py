"""What choosing a block shape gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from ptxenergy.compare.difference import Measure, Ratio
from ptxenergy.launch.request import Dim3
from ptxenergy.model.goal import Goal, cost
from ptxenergy.model.prediction import Prediction, Quantity

GOALS: Final[Mapping[Goal, str]] = {
    "energy": "least energy", "time": "least time", "edp": "least energy x delay",
}  # fmt: skip
Baseline: TypeAlias = Literal["given", "heuristic"]
INDIFFERENT_BELOW: Final = 0.05


class Candidate(Struct, frozen=True):
    """A shape that may be chosen, with its prediction.

    `doubt` says why it cannot be shown that it does the given launch's work; empty where it was.
    `is_on_front`: no other verified shape needs both less energy and less time. `ratios`: its
    energy, time and power over those of the given block and of the occupancy heuristic's.
    """

    block: Dim3
    grid: Dim3
    prediction: Prediction
    doubt: str = ""
    is_on_front: bool = False
    ratios: Mapping[Baseline, Mapping[Measure, Ratio]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The shape without extents of 1 at its end: `32x8`."""
        return self.block.short

    @property
    def is_verified(self) -> bool:
        """Whether it was shown to do the given launch's work."""
        return not self.doubt

    @property
    def energy_j(self) -> float:
        """Joules of the launch."""
        return self.prediction.energy_j.value

    @property
    def time_s(self) -> float:
        """Seconds of the launch."""
        return self.prediction.time_s.value

    def cost(self, goal: Goal) -> float:
        """Joules, seconds or joule-seconds."""
        return cost(self.prediction, goal)


class Excluded(Struct, frozen=True):
    """A shape that was left out, and why."""

    block: Dim3
    reason: str


class Tuning(Struct, frozen=True):
    """The shapes of one kernel's blocks for one problem on one GPU.

    `file` is that of the PTX, or the command that makes it. `candidates` by rising energy, verified
    ones first. `reference` is the launch that all must do the work of: the `given` block's, else
    what the file requires, else the heuristic's. `heuristic` is None where `by_occupancy`, the
    shape that it would take, is no candidate. `is_required`: the PTX allows no other shape.
    `spread`: most over least energy of the verified candidates. `interval`: of the least energy
    over the most, where a model was calibrated on such pairs.
    """

    file: str
    kernel: str
    gpu: str
    reference: Candidate
    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...]
    given: Candidate | None = None
    heuristic: Candidate | None = None
    by_occupancy: Dim3 | None = None
    interval: Quantity | None = None
    is_required: bool = False

    @property
    def verified(self) -> tuple[Candidate, ...]:
        """The candidates that may be picked."""
        return tuple(one for one in self.candidates if one.is_verified)

    @property
    def calibrated(self) -> bool:
        """Whether measured rows stand behind the predictions, of what may not be picked, too."""
        return all(one.prediction.calibrated for one in self.candidates)

    @property
    def spread(self) -> float:
        """Most over least energy of what may be picked; 1 where that is one shape."""
        energies = [one.energy_j for one in self.verified]
        return max(energies) / min(energies) if energies else 1.0

    @property
    def verdict(self) -> Literal["matters", "indifferent", "only-one", "unverified"]:
        """Whether the shape matters; `unverified` where nothing could be shown to do the work."""
        if not self.verified:
            return "unverified"
        if len(self.verified) == 1:
            return "only-one"
        is_small = self.spread < 1 + INDIFFERENT_BELOW
        may_be_one = self.interval is None or self.interval.low <= 1 <= self.interval.high
        return "indifferent" if is_small and may_be_one else "matters"

    def best(self, goal: Goal) -> Candidate | None:
        """The verified candidate that costs least; None without any."""
        return min(self.verified, key=lambda one: one.cost(goal), default=None)
