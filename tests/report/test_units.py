"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.report.units import percent, plain_number, ratio, si, whole


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0, "J", "0 J"),
        (1.234e-3, "J", "1.23 mJ"),
        (9.996e-4, "J", "1.00 mJ"),
        (999.6e-6, "s", "1.00 ms"),
        (3.456e-6, "s", "3.46 µs"),
        (0.5e-12, "J", "500 fJ"),
        (12.34, "W", "12.3 W"),
        (699.6, "W", "700 W"),
        (1234, "J", "1.23 kJ"),
        (5e15, "J", "5,000 TJ"),
        (float("inf"), "J", "inf J"),
    ],
)
def test_si_keeps_three_digits_and_the_nearest_prefix(value: float, unit: str, shown: str) -> None:
    assert si(value, unit) == shown


@given(st.floats(min_value=1e-14, max_value=1e14))
def test_si_is_within_half_a_percent_of_the_value(value: float) -> None:
    prefixes = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0}
    prefixes |= {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
    number, unit = si(value, "J").replace(",", "").split(" ")
    assert float(number) * prefixes[unit.removesuffix("J")] == pytest.approx(value, rel=0.0051)


def test_counts_have_separators_and_ratios_no_idle_zeros() -> None:
    assert whole(1234567.4) == "1,234,567"
    assert ratio(32, 8) == "4"
    assert ratio(1, 3) == "0.33"
    assert ratio(1, 0) == "-"
    assert ratio(3, 1056) == "<0.01"
    assert ratio(0, 7) == "0"
    assert percent(0.004) == "<1 %"
    assert percent(0) == "0 %"


def test_whole_numbers_become_ints() -> None:
    assert isinstance(plain_number(3.0), int)
    assert plain_number(2.5) == 2.5
    assert plain_number(1e15) == 10**15
