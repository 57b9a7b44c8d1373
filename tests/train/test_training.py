"""The model that is written: the same bytes from the same rows, and honest about what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from ptxenergy.features.feature_set import FeatureSet
from ptxenergy.gpu import load
from ptxenergy.model.artifact import ModelError, read, save
from ptxenergy.train.adaptation import adapt
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.evaluation import Protocol
from ptxenergy.train.material import Material
from ptxenergy.train.parallel import Workers
from ptxenergy.train.table import Table
from ptxenergy.train.training import Trained, train
from tests.train.synthetic import QUICK, World, material, table

GPU = load("h200")
QUICKLY = Protocol(QUICK[:1], whole=False, beside=False)


def trained(known: Material, workers: Workers | None = None) -> Trained:
    return train(known, GPU, workers or Workers(), QUICKLY)


@pytest.fixture(scope="module")
def base() -> Trained:
    return trained(material(table(World(families=10, points=4, kernels=2))))


def test_one_and_four_jobs_and_a_dask_cluster_give_the_same_bytes(
    cluster: str, tmp_path: Path
) -> None:
    known = material(table(World(families=10, points=3, kernels=1)))
    found, written = [], []
    for number, workers in enumerate((Workers(1), Workers(4), Workers(scheduler=cluster))):
        path = tmp_path / str(number) / "simulated" / "simulated.npz"
        found.append(trained(known, workers))
        save(found[-1].model, path)
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]
    assert found[0].evaluation == found[1].evaluation == found[2].evaluation


def test_other_labels_give_another_model(base: Trained) -> None:
    other = trained(material(table(World(families=10, points=4, kernels=2, seed=1))))
    assert other.model.header.model_id != base.model.header.model_id


def test_the_header_says_what_was_learnt_from(base: Trained) -> None:
    header = base.model.header
    assert (header.gpu, header.features_gpu) == ("simulated", "h200")
    assert header.is_simulated
    assert (header.rows, header.families) == (80, 10)
    assert header.feature_names == ("crowding", "mix", "idle")
    assert set(header.trained_with) >= {"scikit-learn", "numpy", "ptxenergy", "python"}
    errors = base.evaluation.model.errors["energy"]
    assert header.held_out["energy.median_ape"] == errors.median_ape


def test_a_written_model_predicts_as_the_trained_one(base: Trained, tmp_path: Path) -> None:
    path = tmp_path / "simulated" / "simulated.npz"
    save(base.model, path)
    rows = np.random.default_rng(5).uniform(0, 2, (30, 3))
    for name, values in read(path).corrections_log(rows).items():
        assert np.array_equal(values, base.model.corrections_log(rows)[name])


def test_a_simulated_model_leaves_no_folder_of_its_name(base: Trained, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="simulated"):
        save(base.model, tmp_path / "models" / "h200.npz")


def of_another_card(power: float, kernels: int = 6, spread: float = 0.05) -> Table:
    """Rows of families that the base never saw, on a card that draws `power` times as much."""
    known = table(World(families=kernels, points=5, kernels=1, seed=7, family_spread=spread))
    measured = tuple(
        replace(m, power_w=m.power_w * power, energy_j=m.energy_j * power) for m in known.measured
    )
    return Table(known.feature_set, known.counted, known.tags, measured)


def test_adaptation_finds_a_cards_gain(base: Trained) -> None:
    found = adapt(base.model, material(of_another_card(1.3)), GPU)
    assert found.after_median_ape < 0.5 * found.before_median_ape
    header = found.model.header
    # Six kernels go six sevenths of the way.
    assert header.shifts["power"] == pytest.approx(np.log(1.3) * 6 / 7, abs=0.08)
    assert header.adapted_from == base.model.header.model_id
    assert header.model_id != base.model.header.model_id


def test_adaptation_that_does_not_help_is_refused(base: Trained) -> None:
    """Kernels of two kinds, off in opposite ways: what the others say makes each one worse."""
    known = of_another_card(1.0)
    factors = [1.6 if int(tags.family[-1]) % 2 else 1 / 1.6 for tags in known.tags]
    measured = tuple(
        replace(m, time_s=m.time_s * factor, energy_j=m.energy_j * factor)
        for m, factor in zip(known.measured, factors, strict=True)
    )
    divided = Table(known.feature_set, known.counted, known.tags, measured)
    with pytest.raises(TrainingError, match="keep that one"):
        adapt(base.model, material(divided), GPU)


def test_intervals_of_an_adapted_model_are_never_narrower(base: Trained) -> None:
    adapted = adapt(base.model, material(of_another_card(2.0, spread=0.4)), GPU)
    for quantity, quantile in base.model.header.calibration.quantiles.items():
        assert adapted.model.header.calibration.quantiles[quantity] >= quantile


def test_too_few_rows_or_kernels_are_refused(base: Trained) -> None:
    known = of_another_card(1.3)
    with pytest.raises(TrainingError, match="at least 20 good rows, these are 19"):
        adapt(base.model, material(known.take(range(19))), GPU)
    one = table(World(families=1, kernels=1, points=25))
    with pytest.raises(TrainingError, match="two kernels"):
        adapt(base.model, material(one), GPU)


def test_measured_rows_do_not_adapt_a_simulated_model(base: Trained) -> None:
    known = material(of_another_card(1.3))
    real = replace(
        known,
        rows=replace(
            known.rows,
            rows=tuple(
                replace(row, tags=replace(row.tags, gpu="NVIDIA H200")) for row in known.rows.rows
            ),
        ),
    )
    with pytest.raises(ModelError, match="simulated rows"):
        adapt(base.model, real, GPU)


def test_a_model_of_unknown_features_is_refused_even_if_asked(base: Trained) -> None:
    odd = replace(base.model.header, feature_names=("crowding", "mix", "other"))
    for any_model in (False, True):
        with pytest.raises(ModelError, match="unknown features: other"):
            adapt(
                replace(base.model, header=odd),
                material(of_another_card(1.3)),
                GPU,
                any_model=any_model,
            )


@pytest.mark.parametrize(
    ("changes", "gpu", "message"),
    [
        ({}, "a100", "is of h200, the rows are of a100: give --any-model"),
        ({"feature_version": "0"}, "h200", "version 0 of the features"),
    ],
)
def test_a_model_of_something_else_is_adapted_only_if_asked_and_stays_foreign(
    base: Trained, changes: dict[str, str], gpu: str, message: str
) -> None:
    """Simulated rows are held to it as measured ones are."""
    known, other = material(of_another_card(1.3)), load(gpu)
    odd = replace(base.model, header=replace(base.model.header, **changes))
    with pytest.raises(ModelError, match=message):
        adapt(odd, known, other)
    assert adapt(odd, known, other, any_model=True).model.header.is_foreign
    assert not adapt(base.model, known, GPU).model.header.is_foreign


def test_features_are_found_by_name_where_another_version_orders_them_otherwise(
    base: Trained,
) -> None:
    known = of_another_card(1.3)
    order = (2, 0, 1)
    turned = Table(
        FeatureSet("later", tuple(known.feature_set.features[place] for place in order)),
        tuple(replace(c, features=tuple(c.features[p] for p in order)) for c in known.counted),
        known.tags,
        known.measured,
    )
    found = adapt(base.model, material(turned), GPU, any_model=True)
    straight = adapt(base.model, material(known), GPU)
    assert found.model.header.shifts == straight.model.header.shifts
    assert found.model.header.calibration == straight.model.header.calibration
