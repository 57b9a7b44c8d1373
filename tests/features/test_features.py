"""Features have names, units and a version; they see counts and nothing else."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from ptxenergy.features.bound_terms import EVENTS, RESOURCES
from ptxenergy.features.classes import class_shares
from ptxenergy.features.vector import FEATURE_SET, features_of
from ptxenergy.gpu import load
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.measure.rows.row import COLUMNS
from ptxenergy.model.energies import ENERGY_NAMES
from ptxenergy.model.prediction import TIME_NAMES, Prediction
from ptxenergy.pipeline import Options, predict

GPU = load("h200")


def predicted(x: int, y: int, **settings: object) -> Prediction:
    size = tuple(ArgumentSetting(str(index), "1024") for index in (2, 3))
    request = LaunchRequest(block=Dim3(x, y), threads=Dim3(1024, 1024), arguments=size)
    options = Options(request=request, **settings)  # type: ignore[arg-type]
    return predict("examples/transpose.ptx", options).results[0]


@pytest.fixture(scope="module")
def wide() -> Prediction:
    return predicted(32, 8)


def features(of: Prediction) -> dict[str, float]:
    return dict(zip(FEATURE_SET.names, features_of(of.inspection, of.bound, GPU), strict=True))


def test_names_are_unique_and_every_feature_has_unit_and_meaning() -> None:
    assert len(set(FEATURE_SET.names)) == len(FEATURE_SET.names)
    assert all(feature.unit and feature.meaning for feature in FEATURE_SET.features)
    assert FEATURE_SET.version


def test_signs_are_of_quantities_that_are_learnt() -> None:
    for feature in FEATURE_SET.features:
        assert set(feature.signs) <= {"time", "power"}
        assert set(feature.signs.values()) <= {-1, 1}
    assert any(FEATURE_SET.signs("time"))


def test_every_term_of_the_bound_is_a_feature() -> None:
    assert set(RESOURCES) == set(TIME_NAMES)
    assert set(EVENTS) == set(ENERGY_NAMES)


def test_no_measured_column_name_or_id_is_a_feature() -> None:
    assert not set(FEATURE_SET.names) & set(COLUMNS)


def test_who_a_kernel_is_changes_nothing(wide: Prediction) -> None:
    inspection = wide.inspection
    other = replace(
        inspection, file="other.ptx", profile=replace(inspection.profile, kernel="another_name")
    )
    assert features_of(other, wide.bound, GPU) == features_of(inspection, wide.bound, GPU)


def test_every_value_is_a_number_and_most_are_known(wide: Prediction) -> None:
    values = features_of(wide.inspection, wide.bound, GPU)
    assert not any(math.isinf(value) for value in values)
    assert sum(math.isnan(value) for value in values) < 12


def test_a_turned_block_shows_in_its_sectors_alone(wide: Prediction) -> None:
    turned, straight = features(predicted(8, 32)), features(wide)
    assert (straight["sectors_per_load"], straight["sectors_per_store"]) == (4.0, 32.0)
    assert (turned["sectors_per_load"], turned["sectors_per_store"]) == (4.0, 8.0)
    assert turned["sectors_launch"] == straight["sectors_launch"]
    assert turned["mix_move"] == straight["mix_move"]


def test_shares_of_the_bound_are_shares(wide: Prediction) -> None:
    found = features(wide)
    energies = [found[f"energy_share_{name}"] for name in EVENTS]
    assert sum(energies) == pytest.approx(1.0)
    assert all(0 <= found[f"time_share_{name}"] <= 1 + 1e-9 for name in RESOURCES)


def test_registers_are_those_of_the_prediction() -> None:
    assert features(predicted(32, 8))["registers"] == 12.0
    assert features(predicted(32, 8, registers=40))["registers"] == 40.0


def test_classes_are_shares_without_what_belongs_to_no_instruction(wide: Prediction) -> None:
    shares = class_shares(wide.inspection, wide.bound)
    assert all(0 < share <= 1 for share in shares.values())
    assert not {"launch gap", "static", "tensor"} & set(shares)


def test_the_bound_has_every_field_that_features_read(wide: Prediction) -> None:
    assert {"time_s", "times_s", "contributions", "chain", "placement"} <= set(
        wide.bound.__struct_fields__
    )
