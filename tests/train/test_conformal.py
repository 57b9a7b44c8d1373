"""Quantiles that count families, and pairs whose ratios they speak of."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.train.conformal import (
    calibrate,
    class_families,
    conformal_quantile,
    pairs_of,
    weighted_quantile,
)
from tests.train.synthetic import World, table


def test_one_row_a_family_is_the_textbook_quantile() -> None:
    scores = np.arange(1.0, 20.0)
    groups = np.array([f"f{n}" for n in range(19)])
    # ceil(0.9 · 20) = 18 of 19.
    assert conformal_quantile(scores, groups) == 18.0


def test_a_family_of_many_rows_weighs_no_more() -> None:
    scores = np.concatenate([np.full(1000, 0.01), np.arange(1.0, 20.0)])
    groups = np.array(["big"] * 1000 + [f"f{n}" for n in range(19)])
    assert conformal_quantile(scores, groups) == 18.0


def test_too_few_families_bound_nothing() -> None:
    eight = np.array([f"f{n}" for n in range(8)])
    assert math.isinf(conformal_quantile(np.ones(8), eight))
    assert conformal_quantile(np.ones(9), np.array([*eight, "f8"])) == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(9, 60), st.integers(0, 2**20))
def test_the_share_of_families_held_is_never_less_than_asked(families: int, seed: int) -> None:
    scores = np.random.default_rng(seed).exponential(size=families)
    held = np.mean(scores <= conformal_quantile(scores, np.arange(families).astype(str)))
    assert held >= 0.9


def test_weighted_quantile() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0])
    assert weighted_quantile(values, weights, 0.5) == 1.0
    assert weighted_quantile(values, weights, 0.9) == 3.0


def residuals(count: int, spread: float) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {name: random.normal(0, spread, count) for name in ("energy", "time", "power")}


def test_pairs_are_of_one_kernel_or_of_one_problem() -> None:
    known = table(World(repeats=2, generated=1))
    pairs = pairs_of(known)
    for one, other in pairs["launches"]:
        assert known.tags[one].kernel == known.tags[other].kernel
        assert known.tags[one].point_id != known.tags[other].point_id
    for one, other in pairs["versions"]:
        assert known.tags[one].kernel != known.tags[other].kernel
        assert known.tags[one].size == known.tags[other].size
        assert known.tags[one].family == known.tags[other].family != "generated:kind0"
    assert len(pairs["launches"]) and len(pairs["versions"])


def test_what_kernels_have_in_common_cancels_in_ratios() -> None:
    """A whole family that is off by the same factor widens the interval, and no ratio."""
    known = table(World(families=20))
    shift = {group: n / 10 for n, group in enumerate(sorted(set(known.groups)))}
    common = np.array([shift[group] for group in known.groups.tolist()])
    off = {name: common + values for name, values in residuals(len(known), 0.01).items()}
    found = calibrate(known, off, np.ones(len(known)), cards=2)
    assert found.quantiles["energy"] > 0.5
    assert found.ratio_quantiles["launches"]["energy"] < 0.1


def test_one_card_adds_its_unknown_gain_and_two_do_not() -> None:
    known = table()
    gains = [calibrate(known, residuals(len(known), 0.1), np.ones(len(known)), n) for n in (1, 2)]
    assert gains[0].gain_log == pytest.approx(math.log(1.05))
    assert gains[1].gain_log == 0.0


@settings(max_examples=15, deadline=None)
@given(st.sampled_from((-1.0, 0.0, 1.0)), st.integers(0, 2**16))
def test_an_interval_is_wider_farther_from_training_whatever_the_errors(
    power: float, seed: int
) -> None:
    """Errors that shrink with distance, stay, or grow: nobody is surer where nothing is known."""
    known = table(World(families=12, points=3))
    distances = np.random.default_rng(seed).uniform(0.1, 3, len(known))
    off = {q: values * distances**power for q, values in residuals(len(known), 0.1).items()}
    found = calibrate(known, off, distances, cards=2)
    time_s = found.time_range_s[0]
    for quantity in off:
        halves = [found.half_width_log(quantity, at, time_s) for at in (0.0, 0.5, 1.0, 5.0)]
        assert all(near < far for near, far in pairwise(halves))


def test_an_interval_stays_finite_where_all_left_out_launches_are_training_launches() -> None:
    known = table()
    found = calibrate(known, residuals(len(known), 0.1), np.zeros(len(known)), cards=1)
    assert found.half_width_log("energy", 0.1, found.time_range_s[0]) < 1
    assert math.exp(found.half_width_log("energy", 1e300, 1e300)) < math.inf


def test_width_grows_faster_with_distance_where_errors_do() -> None:
    known = table(World(families=30))
    distances = np.random.default_rng(3).uniform(0.1, 3, len(known))
    even = residuals(len(known), 0.1)
    growing = {name: values * distances for name, values in even.items()}
    assert (
        calibrate(known, growing, distances, 1).slope > calibrate(known, even, distances, 1).slope
    )


def test_classes_are_counted_by_family() -> None:
    known = table(World(families=10))
    with_tensor = {
        group
        for group, one in zip(known.groups, known.counted, strict=True)
        if one.shares["tensor"]
    }
    found = class_families(known)
    assert found["issue"] == 10
    assert found.get("tensor", 0) == len(with_tensor)
