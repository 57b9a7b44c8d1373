"""What a shape needs over what others need, with the intervals that a model has for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from ptxenergy.compare.ratios import ratios_of
from ptxenergy.model.artifact import Model
from ptxenergy.model.prediction import Quantity
from ptxenergy.tune.result import Baseline, Candidate

_KIND = "launches"


def with_ratios(
    candidates: Iterable[Candidate], against: Mapping[Baseline, Candidate], model: Model | None
) -> list[Candidate]:
    """The candidates, each with its ratios over those that are named."""
    return [
        replace(
            one,
            ratios={
                name: ratios_of(one.prediction, other.prediction, model, _KIND)
                for name, other in against.items()
            },
        )
        for one in candidates
    ]


def interval_of(candidates: Sequence[Candidate], model: Model | None) -> Quantity | None:
    """The least energy over the most, of those that may be picked, with its interval; None where
    no model was calibrated on pairs of launches, and of a single one."""
    verified = sorted((c for c in candidates if c.is_verified), key=lambda one: one.energy_j)
    if len(verified) < 2:
        return None
    found = ratios_of(verified[0].prediction, verified[-1].prediction, model, _KIND)
    return found["energy"].interval
