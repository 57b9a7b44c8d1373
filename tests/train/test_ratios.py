"""Ratios of energy, time and power are judged each by its own labels and its own intervals."""

from __future__ import annotations

import numpy as np
import pytest

from ptxenergy.model.calibration import PAIR_KINDS, QUANTITIES
from ptxenergy.train.conformal import pairs_of
from ptxenergy.train.left_out import LeftOut
from ptxenergy.train.ratios import ratios
from ptxenergy.train.table import Table
from tests.train.synthetic import World, table

EVERY = {"energy": 0.3, "time": 0.2, "power": 0.1}
"""Half intervals of log ratios."""


def known() -> Table:
    return table(World(families=5, points=4, generated=2))


def left_out(of: Table, off_log: dict[str, np.ndarray], half: dict[str, float]) -> LeftOut:
    """Predictions off by so much, with such intervals of ratios."""
    values = {q: of.labels(q) * np.exp(off_log[q]) for q in QUANTITIES}
    columns = {q: np.full(len(of), half.get(q, np.nan)) for q in QUANTITIES}
    return LeftOut(values, {}, {}, dict.fromkeys(PAIR_KINDS, columns))


def alternating(of: Table, size: float) -> np.ndarray:
    """Every second row off by ± half of a size: pairs differ by it or not at all."""
    return np.where(np.arange(len(of)) % 2 == 0, size / 2, -size / 2)


def everything(of: Table) -> np.ndarray:
    return np.ones(len(of), dtype=bool)


def test_each_quantity_has_its_error_and_its_interval() -> None:
    of = known()
    off = {"energy": alternating(of, 0.4), "time": alternating(of, 0.0), "power": np.zeros(len(of))}
    found = ratios(of, left_out(of, off, EVERY), everything(of))["launches"]
    assert found.families == len(set(of.groups))
    assert found.pairs == len(pairs_of(of)["launches"])
    assert found.quantities["time"].coverage.share == 1.0
    # Over half of the pairs differ in parity; their ratio is off by 0.4, beyond 0.3.
    assert 0.3 < found.quantities["energy"].coverage.share < 0.5
    assert found.quantities["energy"].median_error == pytest.approx(np.expm1(0.4))
    assert found.quantities["time"].median_error == pytest.approx(0, abs=1e-9)
    for quantity, half in EVERY.items():
        width = found.quantities[quantity].coverage.median_width
        assert width == pytest.approx(np.exp(2 * half))


def test_what_a_whole_family_is_off_by_cancels() -> None:
    of = known()
    places = {group: place for place, group in enumerate(sorted(set(of.groups)))}
    shift = np.array([float(places[group]) for group in of.groups.tolist()])
    found = ratios(of, left_out(of, dict.fromkeys(QUANTITIES, shift), EVERY), everything(of))
    for kind in PAIR_KINDS:
        for score in found[kind].quantities.values():
            assert score.median_error == pytest.approx(0, abs=1e-9)
            assert score.coverage.share == 1.0


def test_only_pairs_of_shown_rows_count() -> None:
    of = known()
    real = np.array([not tags.is_generated for tags in of.tags])
    zero = dict.fromkeys(QUANTITIES, np.zeros(len(of)))
    found = ratios(of, left_out(of, zero, EVERY), real)
    assert found["launches"].families == found["versions"].families == 5


def test_without_intervals_nothing_is_judged() -> None:
    of = known()
    zero = dict.fromkeys(QUANTITIES, np.zeros(len(of)))
    assert ratios(of, left_out(of, zero, {}), everything(of)) == {}
