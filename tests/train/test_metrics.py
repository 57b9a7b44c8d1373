"""Errors and coverage by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ptxenergy.train.metrics import coverage, errors


def test_families_weigh_the_same() -> None:
    groups = np.array(["many"] * 9 + ["one"])
    measured = np.geomspace(1, 2, 10)
    predicted = measured * np.array([1.1] * 9 + [1.5])
    found = errors(measured, predicted, groups)
    assert found.mean_ape == pytest.approx((0.1 + 0.5) / 2)
    assert found.median_ape == pytest.approx(0.1)
    assert found.p90_ape == pytest.approx(0.5)


def test_r2_is_of_logarithms_and_lacking_where_nothing_varies() -> None:
    groups = np.array(["a", "b", "c"])
    measured = np.array([1e-6, 1e-3, 1.0])
    assert errors(measured, measured, groups).r2_log == pytest.approx(1.0)
    middle = np.full(3, 1e-3)
    assert errors(measured, middle, groups).r2_log == pytest.approx(0.0)
    assert errors(middle, measured, groups).r2_log is None


def test_coverage_counts_families_and_draws_them_again() -> None:
    groups = np.array(["a"] * 10 + ["b"] * 2 + ["c", "d"])
    off = np.array([0.1] * 10 + [0.1, 0.9] + [0.1, 0.1])
    found = coverage(off, np.full(14, 0.5), groups)
    assert found.share == pytest.approx((1 + 0.5 + 1 + 1) / 4)
    assert found.families_below_70 == pytest.approx(0.25)
    assert found.low < found.share <= found.high
    assert found.median_width == pytest.approx(np.exp(1.0))


def test_every_family_alike_leaves_no_doubt() -> None:
    found = coverage(np.zeros(6), np.ones(6), np.array(list("abcdef")))
    assert (found.low, found.share, found.high) == (1.0, 1.0, 1.0)
