"""Loops that data ends: how many iterations lanes draw, and how `--trip` says it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxenergy.errors import LaunchError
from ptxenergy.launch.parse import parse_pins
from ptxenergy.launch.reference.policy import iterations
from ptxenergy.launch.request import Trips

WARPS = 20_000


def drawn(trips: Trips) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """By warp and lane."""
    random = np.random.default_rng(7)
    of_warp = np.repeat(random.random(WARPS), 32)
    found: np.ndarray[tuple[int, int], np.dtype[np.int64]] = iterations(
        trips, random.random(32 * WARPS), of_warp
    ).reshape(WARPS, 32)
    return found


@given(st.floats(0.5, 500), st.floats(1.001, 25))
def test_lanes_and_warps_have_the_means_that_are_asked_for(mean: float, ratio: float) -> None:
    found = drawn(Trips(mean, mean * ratio))
    assert found.mean() == pytest.approx(mean, rel=0.05, abs=0.02)
    assert found.max(axis=1).mean() == pytest.approx(mean * ratio, rel=0.02, abs=0.02)
    assert found.min() >= 0


def test_with_the_mean_alone_all_lanes_make_about_as_many() -> None:
    found = drawn(Trips(3.25, 0.0))
    assert set(np.unique(found)) == {3, 4}
    assert found.mean() == pytest.approx(3.25, abs=0.01)


def test_one_lane_that_makes_all_is_the_most_unequal() -> None:
    found = drawn(Trips(1.0, 32.0))
    assert found.mean() == pytest.approx(1.0, rel=0.1)
    assert found.max(axis=1).mean() > 20


def test_both_means_are_written_with_a_slash() -> None:
    pins = parse_pins(("44=8/20", "55=2.5"), (), ())
    assert pins.trips == {44: Trips(8, 20), 55: 2.5}


@pytest.mark.parametrize("text", ["44=8/7", "44=8/257", "44=8/", "44=/8", "44=8/x", "44=0/1"])
def test_a_warps_mean_lies_between_the_lanes_mean_and_thirty_two_times_that(text: str) -> None:
    with pytest.raises(LaunchError, match="--trip 44="):
        parse_pins((text,), (), ())
