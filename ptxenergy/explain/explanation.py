"""What an explanation is: a prediction's energy, taken apart in several ways that all add up."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ptxenergy.launch.profile import InstructionProfile
from ptxenergy.model.prediction import Contribution, Prediction
from ptxenergy.pipeline import Skipped

CONSTANT = "static"
"""The contribution that is no event's: constant power over the launch's time."""

MEMORY = frozenset({"shared memory", "L1", "L2", "DRAM", "atomics"})
"""The contributions of moving data; what is neither these nor constant is computing."""


class Parts(Struct, frozen=True):
    """Joules by contribution (`model.energies.ENERGY_NAMES`); what is zero may be missing."""

    by_name_j: Mapping[str, float]

    @property
    def energy_j(self) -> float:
        """All of it."""
        return sum(self.by_name_j.values(), 0.0)

    @property
    def constant_j(self) -> float:
        """The share of constant power that was given to it (docs/explain.md has the rule)."""
        return self.by_name_j.get(CONSTANT, 0.0)

    @property
    def memory_j(self) -> float:
        """What moving data costs, at all levels."""
        return sum((value for name, value in self.by_name_j.items() if name in MEMORY), 0.0)

    @property
    def compute_j(self) -> float:
        """Issue, pipes, matrix units and barriers: all events that are not memory's."""
        others = MEMORY | {CONSTANT}
        return sum((value for name, value in self.by_name_j.items() if name not in others), 0.0)


class InstructionCost(Struct, frozen=True):
    """What one static instruction of the PTX costs over the launch."""

    profile: InstructionProfile
    parts: Parts


class Place(Struct, frozen=True, order=True):
    """A line of a source file, named as `.loc` and `.file` name it; lines count from 1."""

    file: str
    line: int


class LineCost(Struct, frozen=True):
    """What a source line costs over the launch; `place` is None for all that has no line.

    `instructions` are its static PTX instructions, `callers` the lines that it was inlined into,
    nearest first by instruction, each once.
    """

    place: Place | None
    parts: Parts
    instructions: tuple[InstructionCost, ...]
    callers: tuple[Place, ...] = ()

    @property
    def warp_instructions(self) -> float:
        """Times that warps issued an instruction of this line."""
        return sum(one.profile.warp for one in self.instructions)


class FeatureEffect(Struct, frozen=True):
    """What the trees made of one feature of the launch, in the logarithm of time and of power.

    `value` is the feature's, in `unit`; NaN where it has no meaning for this launch.
    """

    name: str
    unit: str
    meaning: str
    value: float
    time_log: float
    power_log: float

    @property
    def energy_log(self) -> float:
        """The effect on the logarithm of energy, which is that of time and that of power."""
        return self.time_log + self.power_log


class Correction(Struct, frozen=True):
    """What a model's trees added to the bound: ln(prediction / bound), by quantity and feature.

    `base_log` is what they add to the average launch that they were trained on, `shift_log` what
    adaptation to other rows added; with the effects of all features they sum to `total_log`.
    Keys are `time` and `power`. `effects` has the features that did anything, strongest first.
    """

    model_id: str
    base_log: Mapping[str, float]
    shift_log: Mapping[str, float]
    total_log: Mapping[str, float]
    effects: tuple[FeatureEffect, ...]


class RoofPoint(Struct, frozen=True):
    """How one memory level was used.

    `intensity`: warp instructions of the machine per 32-byte sector that the level moves.
    `sectors_per_s`: what the level can move.
    """

    level: str
    intensity: float
    sectors_per_s: float


class Roofline(Struct, frozen=True):
    """The instruction roofline at the prediction's clock (Ding and Williams, 2019).

    `issued_per_s`: warp instructions of the machine per second of the launch. `peak_per_s`: what
    all schedulers can issue.
    """

    issued_per_s: float
    peak_per_s: float
    points: tuple[RoofPoint, ...]


class Explanation(Struct, frozen=True):
    """A prediction and where its energy goes.

    The joules of `contributions` add up to the predicted energy, and so do those of `lines`, those
    of `instructions` where there are any, and name by name the parts of all lines to each
    contribution (relative error below 1e-9). `at_call`: lines are those that code was inlined
    into, not those where it stands. `correction` is None where no model was used.
    """

    prediction: Prediction
    contributions: tuple[Contribution, ...]
    instructions: tuple[InstructionCost, ...]
    lines: tuple[LineCost, ...]
    roofline: Roofline
    correction: Correction | None = None
    at_call: bool = False

    @property
    def only_cost_s(self) -> Mapping[str, float]:
        """Seconds that each resource would take if it were the only cost."""
        return self.prediction.bound.times_s

    @property
    def has_lines(self) -> bool:
        """Whether the PTX says of any of its instructions which source line it is of."""
        return any(line.place is not None for line in self.lines)


class Explanations(Struct, frozen=True):
    """What `explain` gives: one Explanation a kernel, and the kernels that could not be done."""

    results: tuple[Explanation, ...]
    skipped: tuple[Skipped, ...] = ()
