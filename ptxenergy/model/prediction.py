"""A prediction: joules, seconds and watts, each with an interval and its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ptxenergy.launch.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with the interval that should hold it with probability `level` (0–1)."""

    value: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """A named part of the energy, in joules; the parts of one prediction add up to it."""

    name: str
    energy_j: float


@dataclass(frozen=True, slots=True)
class Bound:
    """The physical bound. `times_s` names each resource's time as if it were the only cost."""

    energy_j: float
    time_s: float
    power_w: float
    clock_mhz: float
    times_s: Mapping[str, float]
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what the prediction holds. `data` is the kind of values assumed in memory."""

    clock_mhz: float
    power_limit_w: float
    cache: str
    data: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction of one launch on one GPU. `calibrated` is false without measured rows."""

    inspection: Inspection
    energy_j: Quantity
    time_s: Quantity
    power_w: Quantity
    bound: Bound
    calibrated: bool
    conditions: Conditions
    contributions: tuple[Contribution, ...]
    model_id: str | None = None
    feature_version: str | None = None
    flags: tuple[str, ...] = ()
