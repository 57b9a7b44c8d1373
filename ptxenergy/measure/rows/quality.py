"""Whether a measured window is good: the acceptance rules, each with its flag.

A bad point is kept, flagged and not `ok`; a power-capped one stays good. The ratio of counter to
instant power is judged against the campaign's own median: a constant gain between the two is a
finding, not a fault.
"""

from __future__ import annotations

from ptxenergy.measure.device.sensor import HARDWARE_SLOWDOWN, POWER_CAP
from ptxenergy.measure.device.window import Window

MIN_TICKS = 3
MAX_SPREAD = 0.02
MAX_SPREAD_CAPPED = 0.05
MAX_SPLIT = 0.02
MAX_RATIO_OFF = 0.03
MAX_EDGES_UNSURE = 0.02

FATAL = frozenset(
    (
        "few-ticks", "queue-drained", "power-spread", "time-split", "hardware-slowdown",
        "counter-wrapped", "instant-disagrees", "loose-edges",
    )
)  # fmt: skip


def flags_of(window: Window, split_rel: float, median_ratio: float | None) -> tuple[str, ...]:
    """The flags of a window. `split_rel` is |first half − second half| over their mean.

    `median_ratio` is the campaign's median of counter power over instant power so far, or None
    where too few points are known.
    """
    reasons = throttle_reasons(window)
    capped = bool(reasons & POWER_CAP)
    if window.counter_wrapped or len(window.ticks) < MIN_TICKS:
        return ("counter-wrapped",) if window.counter_wrapped else ("few-ticks",)
    checks = {
        "queue-drained": not window.was_full,
        "power-spread": not window.power_sd_w
        <= window.power_w * (MAX_SPREAD_CAPPED if capped else MAX_SPREAD),
        "time-split": split_rel > MAX_SPLIT,
        "hardware-slowdown": bool(reasons & HARDWARE_SLOWDOWN),
        "instant-disagrees": median_ratio is not None
        and abs(ratio_to_instant(window) / median_ratio - 1.0) > MAX_RATIO_OFF,
        "loose-edges": not window.edges_unsure_rel <= MAX_EDGES_UNSURE,
        "power-capped": capped,
    }
    return tuple(name for name, is_set in checks.items() if is_set)


def is_ok(flags: tuple[str, ...]) -> bool:
    """Whether a point with these flags may be trained on."""
    return not FATAL.intersection(flags)


def throttle_reasons(window: Window) -> int:
    """All reasons seen during the window, together."""
    reasons = 0
    for state in window.states:
        reasons |= state.throttle_reasons
    return reasons


def ratio_to_instant(window: Window) -> float:
    """Counter power over mean instant power; NaN without instant samples."""
    if not window.instant_w:
        return float("nan")
    return window.power_w / (sum(window.instant_w) / len(window.instant_w))
