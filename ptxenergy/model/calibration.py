"""How wide an interval must be, as learnt from kernel families that the model had not seen."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct, field

QUANTITIES = ("energy", "time", "power")
# Whose ratios have intervals of their own: two launches of one kernel, two versions of one.
PAIR_KINDS = ("launches", "versions")
# Board power is read with a gain error of about 5 % that differs from card to card
# (arXiv 2312.02741): rows of one card cannot show it, and ratios on one card are free of it.
CARD_GAIN = 0.05
# A factor of a thousand million above and below says all that an interval can say, and is finite.
WIDEST_LOG = math.log(1e9)


class Calibration(Struct, frozen=True):
    """What the residuals of left-out families say. All residuals are of natural logarithms.

    `quantiles`: by quantity, the conformal quantile of |residual| / `width(distance)`.
    `ratio_quantiles`: by kind of pair (`launches` of one kernel, `versions` of one kernel) and
    quantity, that of |log ratio residual|. `slope` (above 0) and `reference_distance` make the
    width grow.
    `far_distance`: beyond it, few left-out launches lay. `gain_log`: added for rows of one card.
    `time_range_s`: the training launches' times. `class_families`: in how many training families
    each resource of the bound carried weight.
    """

    level: float
    quantiles: Mapping[str, float]
    slope: float
    reference_distance: float
    far_distance: float
    time_range_s: tuple[float, float]
    gain_log: float = 0.0
    ratio_quantiles: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    class_families: Mapping[str, int] = field(default_factory=dict)

    def width(self, distance: float) -> float:
        """The interval's relative width at a distance from training, 1 for a training launch."""
        return 1.0 + self.slope * distance / self.reference_distance

    def half_width_log(self, quantity: str, distance: float, time_s: float) -> float:
        """Half of the interval of a quantity, in natural logarithms, for a predicted time.

        Outside the training times it grows by the logarithm of how far outside; at most
        `WIDEST_LOG`.
        """
        half = self.quantiles[quantity] * self.width(distance) + self.outside_log(time_s)
        return min(WIDEST_LOG, half + (self.gain_log if quantity != "time" else 0.0))

    def outside_log(self, time_s: float) -> float:
        """How far a time lies outside the training times, in natural logarithms; 0 inside."""
        shortest_s, longest_s = self.time_range_s
        return max(0.0, math.log(shortest_s / time_s), math.log(time_s / longest_s))

    def ratio_factor(self, kind: str, quantity: str) -> float | None:
        """The factor above and below a predicted ratio that its interval spans; None without."""
        quantile = self.ratio_quantiles.get(kind, {}).get(quantity)
        return None if quantile is None else math.exp(quantile)
