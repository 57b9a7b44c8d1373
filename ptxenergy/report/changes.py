"""A comparison in words: what every form of the report says the same way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ptxenergy.compare.causes import Cause
from ptxenergy.compare.counted import BYTES, WARPS, Counted
from ptxenergy.compare.difference import MEASURES, Comparison, Difference, Measure, Ratio
from ptxenergy.ptx.names import demangle
from ptxenergy.report.units import percent, si, whole


def change_words(one: Difference) -> Iterator[str]:
    """First the answer in a line, then the other quantities, the causes, what was assumed."""
    measure = one.threshold.measure
    yield ", ".join(
        filter(None, (f"{one.name}: {measure_words(one, measure)}", threshold_words(one)))
    )
    for other in MEASURES:
        if other != measure:
            yield measure_words(one, other)
    for cause in one.causes:
        yield f"{cause_words(cause)}: {signed(cause.energy_j, 'J')}, {signed(cause.time_s, 's')}"
    yield from (*one.assumed, *one.notes, trust(one))


def measure_words(one: Difference, measure: Measure) -> str:
    """`energy 578 µJ → 1.20 mJ (+108 %)`."""
    name, unit = MEASURES[measure]
    old, new = getattr(one.old, name).value, getattr(one.new, name).value
    ratio = one.ratios[measure]
    between = interval_words(ratio)
    more = f", ratio {between}" if between else ""
    return f"{measure} {si(old, unit)} → {si(new, unit)} ({growth_words(ratio)}{more})"


def growth_words(ratio: Ratio) -> str:
    """`+108 %`, with a decimal below ten per cent; `0.0 %` where it rounds to nothing."""
    change = 100 * (ratio.value - 1)
    if abs(change) < 0.05:
        return "0.0 %"
    return f"{change:+.0f} %" if abs(change) >= 9.95 else f"{change:+.1f} %"


def interval_words(ratio: Ratio) -> str:
    """`1.95 to 2.21 (90 %)`; empty without an interval."""
    interval = ratio.interval
    if interval is None:
        return ""
    return f"{interval.low:.3g} to {interval.high:.3g} ({percent(interval.level)})"


def threshold_words(one: Difference) -> str:
    """`above the limit of 5 %`, and why it may be excused; empty where it is kept."""
    if one.threshold.growth is None or one.state == "kept":
        return ""
    excuse = (
        "; not held, for what is assumed (--hold-assumed holds it)"
        if one.state == "excused"
        else ""
    )
    return f"above the limit of {limit_words(one)}{excuse}"


def place_words(file: str, line: int, root: Path) -> str:
    """`src/k.cu:7`, relative to `root` where it lies there."""
    return f"{under(root, file)}:{line}"


def under(root: Path, file: str) -> Path:
    """A file's path, relative to `root` where it lies there."""
    path = Path(file)
    return path.relative_to(root) if path.is_absolute() and path.is_relative_to(root) else path


def limit_words(one: Difference) -> str:
    """`5 %`; empty without a limit."""
    growth = one.threshold.growth
    return "" if growth is None else f"{100 * growth:.3g} %"


def cause_words(cause: Cause) -> str:
    """`global stores: sectors 8 → 32 a request`."""
    counted = cause.counted
    more = f" ({counted.detail})" if counted.detail else ""
    return f"{counted.what} {count_words(counted)}{more}"


def count_words(counted: Counted) -> str:
    """`8 → 32 a request`; the unit of most counts is left out."""
    if counted.unit == BYTES:
        return f"{si(counted.old, 'B')} → {si(counted.new, 'B')}"
    unit = "" if counted.unit == WARPS else f" {counted.unit}"
    return f"{_number(counted.old)} → {_number(counted.new)}{unit}"


def signed(value: float, unit: str) -> str:
    """`+402 µJ`."""
    sign = "" if value == 0 else "-" if value < 0 else "+"
    return f"{sign}{si(abs(value), unit)}"


def trust(one: Difference) -> str:
    """What stands behind the numbers and the ratio."""
    has_interval = one.ratios["energy"].interval is not None
    if has_interval:
        return f"Corrected by model {one.new.model_id}; ratios with their interval."
    if one.new.calibrated and one.old.calibrated:
        return (
            f"Corrected by model {one.new.model_id}, which was not calibrated on versions of "
            "kernels: ratios have no interval."
        )
    return "Not calibrated: physical bounds; how far off a ratio of them may be is not known."


def listed(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """(`added` or `removed`, demangled name) of kernels that are in one file only."""
    for what, names in (("added", comparison.added), ("removed", comparison.removed)):
        for name in names:
            yield what, demangle(name)


def _number(value: float) -> str:
    return whole(value) if value >= 100 or value == int(value) else f"{value:.3g}"
