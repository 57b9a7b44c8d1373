"""The protocol: nothing of a family that is judged reaches what judges it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from ptxenergy.model.scores import BOUND, Evaluation
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.evaluation import Protocol, evaluate
from ptxenergy.train.folds import grouped_folds
from ptxenergy.train.judging import CONSTANT, DIRECT, EXTRA_TREES, NOISE, Split, judge
from ptxenergy.train.locked import append_use, read_uses
from ptxenergy.train.material import Material
from ptxenergy.train.parallel import Workers
from ptxenergy.train.strata import GENERATED, PINNED, UNPINNED
from ptxenergy.train.table import Table
from ptxenergy.train.transfers import GENERATED_TO_REAL
from tests.train.synthetic import QUICK, World, material, shuffled, table

ALONE = Workers()
QUICKLY = Protocol(QUICK[:1])


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    world = World(families=13, points=5, kernels=2, generated=10, repeats=2, campaigns=2)
    return evaluate(material(table(world)), ALONE, QUICKLY)


def test_left_out_families_are_predicted_better_than_by_simpler_ways(
    evaluation: Evaluation,
) -> None:
    model = evaluation.model.errors["energy"].median_ape
    for name in (CONSTANT, BOUND):
        assert model < 0.5 * evaluation.beside[name].errors["energy"].median_ape
    assert evaluation.beside[NOISE].errors["energy"].median_ape < model
    assert set(evaluation.beside) >= {DIRECT, EXTRA_TREES}


def test_generated_kernels_never_count_as_real(evaluation: Evaluation) -> None:
    assert evaluation.model.families == evaluation.data.families == 13
    assert evaluation.families["generated"].rows == evaluation.strata[GENERATED].rows == 200


def test_pinned_rows_are_judged_with_and_without_their_pins(evaluation: Evaluation) -> None:
    assert evaluation.strata[PINNED].rows > 0
    assert evaluation.strata[UNPINNED].rows > 0


def test_every_way_to_split_is_scored_or_says_why_not(evaluation: Evaluation) -> None:
    names = list(evaluation.transfers)
    assert names[0] == GENERATED_TO_REAL
    assert sum("left out" in name for name in names) == 2
    scored = evaluation.transfers[GENERATED_TO_REAL]
    assert not isinstance(scored, str)
    assert scored.families == 13
    first_measured = next(name for name in names if name.startswith("families first measured"))
    assert evaluation.transfers[first_measured] == "no such rows"


def test_ratios_hold_better_than_they_are_wide(evaluation: Evaluation) -> None:
    for kind in ("launches", "versions"):
        assert evaluation.ratios[kind].families == 13
        for quantity in ("energy", "time", "power"):
            found = evaluation.ratios[kind].quantities[quantity]
            assert found.coverage.share > 0.7
            assert found.coverage.low <= found.coverage.share <= found.coverage.high
            # What a family is off by cancels.
            assert found.coverage.median_width < evaluation.model.coverage[quantity].median_width


def test_a_left_out_familys_rows_change_nothing_about_its_interval() -> None:
    """Labels of the left-out rows, however wild, reach neither prediction nor interval."""
    known = table(World(families=12, points=4))
    fold = grouped_folds(known, 4)[0]
    train, test = known.take(fold.train), known.take(fold.test)
    wild = Table(
        test.feature_set,
        test.counted,
        test.tags,
        tuple(replace(m, time_s=m.time_s * 100, energy_j=m.energy_j * 100) for m in test.measured),
    )
    plain, other = (judge(replace(Split.of(train, t), candidates=QUICK)) for t in (test, wild))
    for quantity, values in plain.predicted.values.items():
        assert np.array_equal(values, other.predicted.values[quantity])
        assert np.array_equal(
            plain.predicted.half_log[quantity], other.predicted.half_log[quantity]
        )


def test_shuffled_labels_take_the_error_to_the_constants() -> None:
    known = shuffled(table(World(families=20, points=8)))
    found = evaluate(material(known), ALONE, Protocol(QUICK[:1], whole=False, beside=False))
    constant = float(
        np.median(
            np.abs(
                np.exp(known.target("energy").mean())
                * known.bound("energy")
                / known.labels("energy")
                - 1
            )
        )
    )
    error = found.model.errors["energy"].median_ape
    assert error == pytest.approx(constant, rel=0.3)
    assert found.model.errors["time"].r2_log is not None


def test_families_of_a_later_campaign_are_scored_before_they_are_trained_on() -> None:
    known = table(World(families=14, points=3, kernels=1))
    later = {f"family{n}" for n in range(4)}
    tags = tuple(
        replace(t, campaign_id="late", started_utc="2027-01-01T00:00:00+00:00")
        if t.family in later
        else t
        for t in known.tags
    )
    found = evaluate(
        material(Table(known.feature_set, known.counted, tags, known.measured)),
        ALONE,
        replace(QUICKLY, beside=False),
    )
    scored = found.transfers["families first measured in late, before they were trained on"]
    assert not isinstance(scored, str)
    assert scored.families == 4


def test_no_scheduler_is_an_error() -> None:
    with pytest.raises(TrainingError, match="no Dask scheduler"):
        Workers(scheduler="tcp://127.0.0.1:9").map(abs, [1, 2], "trying")


def with_locked() -> Material:
    known = table(World(families=14, points=4, kernels=1))
    is_locked = np.array([group in ("family0", "family1") for group in known.groups])
    return replace(material(known.take(~is_locked)), locked=known.take(is_locked))


def test_locked_families_are_judged_only_when_asked_and_every_use_is_kept(tmp_path: Path) -> None:
    book = tmp_path / "simulated"
    found = evaluate(with_locked(), ALONE, replace(QUICKLY, whole=False, beside=False))
    assert found.locked is not None
    assert found.locked.families == 2
    uses = [append_use(found, book) for _ in range(2)]
    assert list(read_uses(book)) == uses
    assert uses[0].energy_median_ape == found.locked.errors["energy"].median_ape
    with pytest.raises(TrainingError, match="simulated"):
        append_use(found, tmp_path / "models")
    with pytest.raises(TrainingError, match="not evaluated"):
        append_use(replace(found, locked=None), book)


def test_a_damaged_book_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locked.csv").write_text("date,commit\n2026-01-01,abc\n")
    with pytest.raises(TrainingError, match=r"locked\.csv"):
        read_uses(tmp_path)


def test_too_few_families_are_refused() -> None:
    with pytest.raises(TrainingError, match="more than 9 kernel families"):
        evaluate(material(table(World(families=9, points=3, kernels=1))), ALONE, QUICKLY)
