"""Numbers for people: SI prefixes, three significant digits, whole numbers with separators."""

from __future__ import annotations

import math

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_LOWEST, _HIGHEST = min(_PREFIXES), max(_PREFIXES)


def si(value: float, unit: str) -> str:
    """The value with an SI prefix and three significant digits: `si(0.00123, "J")` is `1.23 mJ`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    exponent = 3 * math.floor(math.log10(abs(value)) / 3)
    exponent = min(max(exponent, _LOWEST), _HIGHEST)
    scaled = value / 10.0**exponent
    if exponent < _HIGHEST and abs(float(f"{scaled:.3g}")) >= 1000:
        exponent += 3
        scaled = value / 10.0**exponent
    return f"{_three_digits(scaled)} {_PREFIXES[exponent]}{unit}"


def whole(value: float) -> str:
    """A count with thousands separators; an estimate is rounded to a whole number."""
    return f"{round(value):,}" if math.isfinite(value) else f"{value:g}"


def ratio(numerator: float, denominator: float) -> str:
    """A quotient with up to two decimals, `-` where the denominator is zero; `<0.01` for less."""
    if not denominator:
        return "-"
    if 0 < numerator / denominator < 0.005:
        return "<0.01"
    return f"{numerator / denominator:.2f}".rstrip("0").rstrip(".")


def percent(fraction: float) -> str:
    """A fraction as a whole percentage; `<1 %` for what would round to nothing."""
    if 0 < fraction < 0.005:
        return "<1 %"
    return f"{fraction * 100:.0f} %"


def plain_number(value: float) -> int | float:
    """The same number as an `int` where it is whole, so that JSON prints it without a point."""
    if math.isfinite(value) and value == int(value):
        return int(value)
    return float(value)


def _three_digits(value: float) -> str:
    magnitude = abs(value)
    decimals = 0 if magnitude >= 99.95 else 1 if magnitude >= 9.995 else 2
    return f"{value:,.{decimals}f}"
