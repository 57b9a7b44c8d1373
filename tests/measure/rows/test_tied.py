"""What cards and drift do to power is taken out by the anchors, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.measure.rows.summary import summarise
from ptxenergy.measure.rows.tied import RowText, Tie, tied

TRUTH = {"p0": 100.0, "p1": 300.0, "p2": 700.0}
ANCHORS = {"a0": 250.0, "a1": 500.0}


def row(name: str, campaign: str, minute: int, gain: float, *, ok: bool = True) -> RowText:
    power_w = {**TRUTH, **ANCHORS}[name] * gain
    return {
        "point_id": name,
        "campaign_id": campaign,
        "started_utc": f"2026-01-01T{minute // 60:02}:{minute % 60:02}:00+00:00",
        "is_anchor": str(name in ANCHORS).lower(),
        "ok": str(ok).lower(),
        "power_w": repr(power_w),
        "time_s": "0.5",
        "energy_j": repr(power_w * 0.5),
        "energy_dynamic_j": repr((power_w - 80.0) * 0.5),
        "idle_cold_w": "80.0",
        "power_instant_w": repr(power_w),
        "flags": "",
        "gpu": "NVIDIA H200",
        "kernel": name,
        "family": "f",
    }


def campaign(name: str, start: int, gain: float, drift: float = 0.0) -> list[RowText]:
    """Anchors and points in turn, their power off by a gain that grows by `drift` to the end."""
    names = ["a0", "p0", "a1", "p1", "a0", "p2", "a1", "p0", "a0"]
    last = len(names) - 1
    return [row(n, name, start + i, gain * (1 + drift * i / last)) for i, n in enumerate(names)]


def powers(rows: list[RowText]) -> list[float]:
    return [float(r["power_w"]) / {**TRUTH, **ANCHORS}[r["point_id"]] for r in rows]


def test_another_card_reads_as_the_first_one() -> None:
    rows = campaign("one", 0, 1.0) + campaign("two", 100, 1.05)
    found, tie = tied(rows)
    assert powers(found) == pytest.approx([1.0] * len(rows))
    assert tie.rows == 9
    assert tie.largest == pytest.approx(0.05)
    assert found[:9] == rows[:9]
    for one in found:
        assert float(one["energy_j"]) == pytest.approx(float(one["power_w"]) * 0.5)
        assert float(one["energy_dynamic_j"]) == pytest.approx((float(one["power_w"]) - 80) * 0.5)


def test_drift_is_interpolated_between_anchors() -> None:
    rows = campaign("one", 0, 1.0) + campaign("two", 100, 1.0, drift=0.06)
    found, tie = tied(rows)
    assert max(powers(rows)) == pytest.approx(1.06)
    # Neighbours' medians hold the ends back by half a step.
    assert powers(found) == pytest.approx([1.0] * len(rows), abs=0.008)
    assert tie.rows == 9


@given(st.floats(0.991, 1.009), st.floats(0.2, 5))
def test_what_is_not_felt_stays_and_scales_of_all_do_not_matter(gain: float, scale: float) -> None:
    rows = campaign("one", 0, scale) + campaign("two", 100, scale * gain)
    assert tied(rows) == (rows, Tie())


def test_rows_without_anchors_and_bad_anchors_correct_nothing() -> None:
    rows = [*campaign("one", 0, 1.0), row("p0", "two", 100, 1.2)]
    assert tied(rows) == (rows, Tie())
    anchor = row("a0", "two", 100, 1.2, ok=False)
    bad = [*campaign("one", 0, 1.0), anchor, row("p0", "two", 101, 1)]
    assert tied(bad) == (bad, Tie())
    one_off = campaign("one", 0, 1.0)
    one_off[4] = row("a0", "one", 4, 1.3)
    assert tied(one_off) == (one_off, Tie())
    assert tied([]) == ([], Tie())


def test_repeats_on_another_card_do_not_count_its_gain_as_noise() -> None:
    rows = campaign("one", 0, 1.0) + campaign("two", 100, 1.05)
    found = summarise(rows)
    assert found.repeat_spread_median == pytest.approx(0.0, abs=1e-9)
    assert found.anchor_drift == pytest.approx(0.05)


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = campaign("one", 0, 1.0) + campaign("two", 100, 1.05)
    found, _ = tied(rows)
    again, _ = tied(rows[::-1])
    assert again[::-1] == found
