"""Kernels held to what they may need: each limit of a budget against one prediction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from ptxenergy.compare.baseline import Baseline, Recorded
from ptxenergy.model.prediction import Prediction
from ptxenergy.settings import LIMITS, Budget

State: TypeAlias = Literal["kept", "broken", "excused", "open"]

UNITS = {"energy_j": "J", "time_s": "s", "power_w": "W", "registers_per_thread": "registers"}
"""The unit of each limit; a growth has none."""

NO_BASELINE = "no baseline was given (--against)"
"""Why a limit of growth is open where nothing earlier is at hand."""

QUANTITY_OF = {"energy_growth": "energy_j", "time_growth": "time_s", "power_growth": "power_w"}
"""What each limit of growth is of."""


class Check(Struct, frozen=True):
    """One limit and what was found.

    `found` is in the limit's unit, or a fraction for a growth. `state`: `excused` is broken on a
    launch that had to be assumed; `open` could not be told, `reason` says why.
    """

    limit: str
    allowed: float
    found: float | None
    state: State
    reason: str = ""


def hold(
    prediction: Prediction,
    budget: Budget,
    baseline: Baseline | None = None,
    *,
    is_excused: bool = False,
    file: str = "",
) -> tuple[Check, ...]:
    """Each limit of a budget against a prediction, in the order of `LIMITS`.

    `is_excused`: the launch was assumed and may not fail anything. `file` tells kernels of one
    name apart in a baseline.
    """
    over: State = "excused" if is_excused else "broken"
    return tuple(_checks(prediction, budget, _before(prediction, baseline, file), over))


def value_of(prediction: Prediction, quantity: str) -> float:
    """What a prediction says of `energy_j`, `time_s`, `power_w` or `registers_per_thread`."""
    if quantity == "registers_per_thread":
        return float(prediction.inspection.registers_per_thread)
    value: float = getattr(prediction, quantity).value
    return value


def _checks(
    prediction: Prediction, budget: Budget, before: Recorded | str, over: State
) -> Iterator[Check]:
    for name in LIMITS:
        allowed: float | None = getattr(budget, name)
        if allowed is None:
            continue
        if name in QUANTITY_OF:
            if isinstance(before, str):
                yield Check(name, allowed, None, "open", before)
                continue
            value = value_of(prediction, QUANTITY_OF[name]) / before.values[QUANTITY_OF[name]] - 1
        else:
            value = value_of(prediction, name)
        yield Check(name, allowed, value, over if value > allowed else "kept")


def _before(prediction: Prediction, baseline: Baseline | None, file: str) -> Recorded | str:
    """What the baseline has of this kernel, or why it has nothing that compares."""
    if baseline is None:
        return NO_BASELINE
    return baseline.comparable(prediction, file)
