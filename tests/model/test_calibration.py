"""Intervals grow with distance, outside the training times, and with one card's unknown gain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from ptxenergy.model.neighbours import Neighbours
from tests.model.handmade_model import CALIBRATION


def test_width_grows_with_distance() -> None:
    near, far = (CALIBRATION.half_width_log("time", d, 1e-4) for d in (0.0, 2.0))
    assert near == pytest.approx(0.25)
    assert far == pytest.approx(0.25 * 1.5)


def test_outside_the_training_times_it_grows_by_how_far() -> None:
    inside, short, long = (
        CALIBRATION.half_width_log("time", 0.0, time_s) for time_s in (1e-3, 0.5e-6, 2e-2)
    )
    assert short - inside == pytest.approx(math.log(2))
    assert long - inside == pytest.approx(math.log(2))


def test_one_card_widens_power_and_energy_but_no_time_and_no_ratio() -> None:
    blind = replace(CALIBRATION, gain_log=0.0)
    for quantity, more in (("energy", 0.05), ("power", 0.05), ("time", 0.0)):
        wider = CALIBRATION.half_width_log(quantity, 1.0, 1e-3)
        assert wider - blind.half_width_log(quantity, 1.0, 1e-3) == pytest.approx(more)
    assert CALIBRATION.ratio_factor("launches", "energy") == blind.ratio_factor(
        "launches", "energy"
    )


def test_there_is_no_ratio_interval_without_pairs() -> None:
    assert CALIBRATION.ratio_factor("versions", "energy") is None
    assert CALIBRATION.ratio_factor("launches", "energy") == pytest.approx(math.exp(0.1))


def test_a_training_launch_is_no_distance_away() -> None:
    features = np.random.default_rng(0).normal(size=(40, 3))
    features[3, 1] = np.nan
    assert Neighbours.of(features).distances(features) == pytest.approx(0.0, abs=1e-6)


def test_distance_counts_spreads_and_what_only_one_lacks() -> None:
    near = Neighbours.of(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0]]))
    # The quartiles of the first feature are 2 apart; the second never varies.
    assert near.distances(np.array([[8.0, 0.0]])) == pytest.approx([1.0])
    assert near.distances(np.array([[0.0, np.nan]])) == pytest.approx([0.5])
