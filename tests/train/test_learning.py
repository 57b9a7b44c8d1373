"""What is learnt holds on families that were left out, and nothing is learnt from nothing."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from ptxenergy.train.errors import TrainingError
from ptxenergy.train.fitting import fit_all, fit_both
from ptxenergy.train.folds import family_weights, fit_weights, grouped_folds
from ptxenergy.train.learning import apply, learn
from ptxenergy.train.table import Table, check_apart
from tests.train.synthetic import QUICK, World, shuffled, table


def halves(known: Table) -> tuple[Table, Table]:
    """Two tables without a family in common."""
    first = np.array([group in sorted(set(known.groups))[:12] for group in known.groups])
    return known.take(first), known.take(~first)


def energy_error(known: Table, test: Table) -> float:
    predicted = apply(learn(known, candidates=QUICK), test).values["energy"]
    return float(np.median(np.abs(predicted / test.labels("energy") - 1)))


def constant_error(known: Table, test: Table) -> float:
    """Of the bound times the one factor that fits best."""
    factor = np.exp(np.median(known.target("energy")))
    return float(np.median(np.abs(factor * test.bound("energy") / test.labels("energy") - 1)))


def test_folds_leave_whole_groups_out_and_repeats_together() -> None:
    known = table(World(repeats=2, generated=3))
    for fold in grouped_folds(known, 4):
        train, test = known.take(fold.train), known.take(fold.test)
        assert set(train.groups).isdisjoint(test.groups)
        assert {t.point_id for t in train.tags}.isdisjoint(t.point_id for t in test.tags)
        assert len(train) + len(test) == len(known)


def test_generated_kernels_are_one_group_beside_real_ones() -> None:
    known = table(World(families=2, generated=3))
    assert set(known.groups) == {"family0", "family1", "generated"}
    alone = known.take([row for row, tags in enumerate(known.tags) if tags.is_generated])
    assert set(alone.groups) == {"generated:kind0", "generated:kind1", "generated:kind2"}


def test_one_family_cannot_be_left_out() -> None:
    with pytest.raises(TrainingError, match="one kernel family"):
        grouped_folds(table(World(families=1)), 5)


def test_a_point_of_two_families_is_refused() -> None:
    known = table(World(families=2))
    other = known.take([0]).tags[0]
    mixed = Table(known.feature_set, known.counted[-1:], (known.tags[-1],), known.measured[-1:])
    twice = Table(
        known.feature_set,
        known.counted + mixed.counted,
        (*known.tags, replace(other, family="family1")),
        known.measured + mixed.measured,
    )
    with pytest.raises(TrainingError, match="family0"):
        check_apart(twice)
    check_apart(known)


def test_every_family_weighs_the_same() -> None:
    groups = np.array(["a", "a", "a", "b"])
    assert family_weights(groups).tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_repeats_share_the_weight_of_their_point() -> None:
    once, twice = table(World(families=2)), table(World(families=2, repeats=2))
    assert fit_weights(once).sum() * 2 == pytest.approx(fit_weights(twice).sum())
    assert len(set(fit_weights(twice).tolist())) == 1


def test_families_that_were_left_out_are_predicted() -> None:
    train, test = halves(table(World(families=24)))
    assert energy_error(train, test) < 0.5 * constant_error(train, test)


def test_shuffled_labels_take_the_error_to_the_constants() -> None:
    train, test = halves(shuffled(table(World(families=24, points=12))))
    learnt, constant = energy_error(train, test), constant_error(train, test)
    assert learnt > 0.85 * constant
    assert learnt < 1.3 * constant


def test_time_rises_where_physics_says_that_it_must() -> None:
    learnt = learn(table(), candidates=QUICK)
    rising = np.array([[crowding, 1.0, 1.0] for crowding in np.linspace(0, 2, 30)])
    assert (np.diff(learnt.forests["time"].predict(rising)) >= 0).all()


def test_intervals_hold_what_was_left_out() -> None:
    train, test = halves(table(World(families=40, points=6)))
    predicted = apply(learn(train, candidates=QUICK), test)
    for quantity, half in predicted.half_log.items():
        off = np.abs(np.log(test.labels(quantity) / predicted.values[quantity]))
        assert np.mean(off <= half) > 0.75, quantity


def test_too_few_families_are_refused() -> None:
    with pytest.raises(TrainingError, match="at least 9 kernel families"):
        learn(table(World(families=8)), candidates=QUICK)


def test_the_same_rows_give_the_same_trees() -> None:
    first, second = (learn(table(), candidates=QUICK) for _ in range(2))
    for name, forest in first.forests.items():
        for array, values in forest.arrays().items():
            assert np.array_equal(values, second.forests[name].arrays()[array])
    assert first.calibration == second.calibration


def test_a_feature_that_no_row_has_changes_nothing() -> None:
    known = table()
    lacking = tuple(
        replace(one, features=(*one.features[:2], float("nan"))) for one in known.counted
    )
    without = Table(known.feature_set, lacking, known.tags, known.measured)
    found = apply(learn(without, candidates=QUICK), without)
    assert np.isfinite(found.values["energy"]).all()
    again = apply(learn(without, candidates=QUICK), known)
    assert np.array_equal(again.values["energy"], found.values["energy"])


def test_candidates_that_boost_less_are_the_beginning_of_those_that_boost_more() -> None:
    known = table()
    short, long = (replace(QUICK[0], iterations=count) for count in (7, 25))
    together = fit_all(known, (short, long))
    for settings in (short, long):
        for quantity, alone in fit_both(known, settings).items():
            assert np.array_equal(
                together[settings][quantity].predict(known.features), alone.predict(known.features)
            )
    assert len(together[short]["time"].roots) == 7
