"""What a comparison of two versions is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from ptxenergy.compare.causes import Cause
from ptxenergy.compare.project import LaunchSource
from ptxenergy.model.prediction import Prediction, Quantity
from ptxenergy.pipeline import Skipped
from ptxenergy.ptx.names import short_name

Measure: TypeAlias = Literal["energy", "time", "power"]
MEASURES: Mapping[Measure, tuple[str, str]] = {
    "energy": ("energy_j", "J"),
    "time": ("time_s", "s"),
    "power": ("power_w", "W"),
}
"""The field of a prediction and its unit, by what is compared."""


class Threshold(Struct, frozen=True):
    """What fails: `growth` of `measure` above this fraction, on assumed launches only if
    `hold_assumed`. None never fails."""

    growth: float | None = None
    measure: Measure = "energy"
    hold_assumed: bool = False


class Difference(Struct, frozen=True):
    """Two versions of one kernel at one launch.

    `ratios`: new over old by measure; an interval only where a model was calibrated on versions of
    kernels. `causes`: of the change of the two bounds, the largest first. `assumed`: why the
    comparison rests on something that nobody said; empty where all of the launch was given.
    `notes`: what else to know. `source`: what said the launch; None where options did.
    """

    old: Prediction
    new: Prediction
    ratios: Mapping[Measure, Ratio]
    causes: tuple[Cause, ...]
    threshold: Threshold
    assumed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: LaunchSource | None = None

    @property
    def name(self) -> str:
        """The kernel's short name; both where they differ."""
        was, now = (short_name(one.inspection.profile.kernel) for one in (self.old, self.new))
        return now if was == now else f"{was} → {now}"

    @property
    def growth(self) -> float:
        """How much more the new version needs, as a fraction of the old one."""
        return self.ratios[self.threshold.measure].value - 1

    @property
    def state(self) -> Literal["kept", "broken", "excused"]:
        """What becomes of the threshold: `excused` is broken, but on an assumed launch."""
        limit = self.threshold.growth
        if limit is None or self.growth <= limit:
            return "kept"
        return "excused" if self.assumed and not self.threshold.hold_assumed else "broken"

    @property
    def bound_change_j(self) -> float:
        """Joules of the new version's bound less the old one's: what the causes add up to."""
        return self.new.bound.energy_j - self.old.bound.energy_j

    @property
    def bound_change_s(self) -> float:
        """The same in seconds."""
        return self.new.bound.time_s - self.old.bound.time_s


class Ratio(Struct, frozen=True):
    """New over old. `interval` is None where nobody measured how far off such a ratio may be."""

    value: float
    interval: Quantity | None = None


class Comparison(Struct, frozen=True):
    """Two files. `added` and `removed` are mangled names; `skipped` could not be compared."""

    old_file: str
    new_file: str
    differences: tuple[Difference, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether a kernel exceeds the threshold, or could not be held to it."""
        limits = [one.threshold.growth for one in self.differences]
        is_held = any(limit is not None for limit in limits)
        return any(one.state == "broken" for one in self.differences) or (
            is_held and bool(self.skipped)
        )
