"""What an evaluation found: errors, coverage and picks on kernel families that no model saw.

Errors are fractions (0.25 is 25 %) of the measured value. Every family weighs the same, however
many rows it has.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

BOUND = "bound alone"
CONSTANT_POWER = "constant power × predicted time"
"""Two of the simpler ways to predict that stand `beside` a model."""


class Errors(Struct, frozen=True):
    """Absolute percentage errors as fractions, and R² of the logarithms."""

    median_ape: float
    mean_ape: float
    p90_ape: float
    r2_log: float | None


class Coverage(Struct, frozen=True):
    """How often the interval held the measured value.

    `low` and `high`: the 95 % interval of `share` when families are drawn again.
    `families_below_70`: share of the families that were covered less than 70 %.
    `median_width`: upper over lower end of the interval.
    """

    share: float
    low: float
    high: float
    families_below_70: float
    median_width: float


class Score(Struct, frozen=True):
    """Some rows, scored: by quantity (`energy`, `time`, `power`)."""

    rows: int
    kernels: int
    families: int
    errors: Mapping[str, Errors]
    coverage: Mapping[str, Coverage] = field(default_factory=dict)


class Picks(Struct, frozen=True):
    """How well a rule chooses block shapes: by energy over the measured best.

    `mean_regret` can be negative by chance: best and pick are measured apart. `within_5`: share
    of picks within 5 % of the best.
    """

    kernels: int
    mean_regret: float
    median_regret: float
    within_5: float


class BlockChoice(Struct, frozen=True):
    """Choosing a block shape: rules by name, for all kernels and those where shape matters.

    `spread_kernels` count those whose worst shape takes over 10 % more than their best. Kernels
    whose best shape was measured only once cannot be judged: `unjudged`.
    """

    kernels: int
    spread_kernels: int
    unjudged: int
    all: Mapping[str, Picks]
    spread: Mapping[str, Picks]
    spearman_median: float | None


class RatioScore(Struct, frozen=True):
    """Ratios of one quantity: the median error of the predicted ratio, and how its interval held.

    `median_error` is a fraction of the smaller of both ratios, so that which launch stands above
    does not matter.
    """

    median_error: float
    coverage: Coverage


class Ratios(Struct, frozen=True):
    """Ratios of pairs of left-out launches, by quantity (`energy`, `time`, `power`)."""

    pairs: int
    families: int
    quantities: Mapping[str, RatioScore]


class Data(Struct, frozen=True):
    """What was evaluated. `left_out` counts rows by why they were not used.

    Of `tied_rows` (all that were read) power was tied to the first campaign's anchors, by
    `largest_correction` (a fraction) at most.
    """

    gpu: str
    simulated: bool
    dataset_sha256: str
    rows: int
    points: int
    kernels: int
    families: int
    campaigns: tuple[str, ...]
    cards: int
    left_out: Mapping[str, int]
    tied_rows: int = 0
    largest_correction: float = 0.0


class LockedUse(Struct, frozen=True):
    """One use of the locked families: `date` in UTC, `commit` of the code, and what it found."""

    date: str
    commit: str
    gpu: str
    dataset_sha256: str
    rows: int
    families: int
    energy_median_ape: float
    time_median_ape: float
    power_median_ape: float
    energy_coverage: float


class Evaluation(Struct, frozen=True):
    """The whole protocol's result.

    `model`: families left out, real ones only where there are any. `beside`: other ways to
    predict the same rows. `strata`: parts of the rows. `transfers`: other ways to split; a text
    says why one could not be done.
    """

    data: Data
    feature_version: str
    level: float
    model: Score
    beside: Mapping[str, Score]
    strata: Mapping[str, Score]
    families: Mapping[str, Score]
    ratios: Mapping[str, Ratios]
    blocks: BlockChoice | None
    transfers: Mapping[str, Score | str]
    locked: Score | None = None
    locked_uses: tuple[LockedUse, ...] = ()
