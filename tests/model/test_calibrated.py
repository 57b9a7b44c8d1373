"""A model corrects the bound, says how sure it is, and is not believed where it cannot know."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptxenergy.features.vector import FEATURE_SET
from ptxenergy.gpu import load
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.model.artifact import Model, ModelError, identified, save
from ptxenergy.model.board import Board
from ptxenergy.model.calibrated import predict_calibrated, ratio
from ptxenergy.model.calibration import Calibration
from ptxenergy.model.finding import model_for
from ptxenergy.model.prediction import Prediction, Quantity
from ptxenergy.pipeline import Options, predict
from tests.model.handmade_model import CALIBRATION, forest, model

GPU = load("h200")
REQUEST = LaunchRequest(block=Dim3(32, 8))
EVERYTHING = dict.fromkeys(
    (
        *("issue", "L1", "L2", "DRAM", "latency", "memory latency", "integer", "move"),
        *("integer multiply", "load/store", "fp32 + integer"),
    ),
    12,
)


def known_classes() -> Calibration:
    return replace(CALIBRATION, class_families=EVERYTHING)


def fitting(**changes: object) -> Model:
    """A model of the present features that adds 0.1 to log time and takes 0.1 off log power."""
    values: dict[str, object] = {
        "feature_version": FEATURE_SET.version,
        "feature_units": FEATURE_SET.units,
        "calibration": known_classes(),
    }
    made = model(FEATURE_SET.names, **(values | changes))
    never = FEATURE_SET.names.index("mix_other")
    forests = {"time": forest(0.1, 9.0, never), "power": forest(-0.1, 9.0, never)}
    return identified(replace(made, forests=forests))


@pytest.fixture(scope="module")
def bound() -> Prediction:
    return predict("examples/transpose.ptx", Options(request=REQUEST)).results[0]


def calibrated(bound: Prediction, **changes: object) -> Prediction:
    return predict_calibrated(bound, fitting(**changes), GPU, Board())


def test_values_are_the_corrected_bounds(bound: Prediction) -> None:
    found = calibrated(bound)
    assert found.calibrated
    assert found.time_s.value == pytest.approx(bound.bound.time_s * math.exp(0.1))
    assert found.power_w.value == pytest.approx(bound.bound.power_w * math.exp(-0.1))
    assert found.energy_j.value == pytest.approx(found.time_s.value * found.power_w.value)
    assert found.model_id == fitting().header.model_id
    assert found.feature_version == FEATURE_SET.version


def test_intervals_hold_the_value_and_are_the_calibrations(bound: Prediction) -> None:
    found = calibrated(bound)
    for quantity in (found.energy_j, found.time_s, found.power_w):
        assert quantity.low < quantity.value < quantity.high
        assert quantity.level == 0.9
    assert found.distance is not None
    expected = known_classes().half_width_log("time", found.distance * 2.0, found.time_s.value)
    assert math.log(found.time_s.high / found.time_s.value) == pytest.approx(expected)


def test_contributions_stay_those_of_the_bound_scaled(bound: Prediction) -> None:
    found = calibrated(bound)
    assert sum(part.energy_j for part in found.contributions) == pytest.approx(found.energy_j.value)
    scales = {
        ours.energy_j / theirs.energy_j
        for ours, theirs in zip(found.contributions, bound.contributions, strict=True)
    }
    assert max(scales) == pytest.approx(min(scales))
    assert found.bound == bound.bound


def test_an_unseen_class_is_not_calibrated(bound: Prediction) -> None:
    rare = replace(CALIBRATION, class_families=EVERYTHING | {"L2": 2})
    found = calibrated(bound, calibration=rare)
    assert not found.calibrated
    assert "unseen-class" in found.flags
    assert found.time_s.high >= bound.time_s.high
    assert found.time_s.value == pytest.approx(bound.bound.time_s * math.exp(0.1))


def test_a_rare_class_that_carries_little_does_no_harm(bound: Prediction) -> None:
    few = EVERYTHING | {"fp64": 0}
    assert calibrated(bound, calibration=replace(CALIBRATION, class_families=few)).calibrated


def test_times_outside_of_training_are_flagged_and_wider(bound: Prediction) -> None:
    long = replace(known_classes(), time_range_s=(1e-3, 1.0))
    found = calibrated(bound, calibration=long)
    assert "outside-time-range" in found.flags
    assert found.time_s.high > calibrated(bound).time_s.high
    assert "outside-time-range" not in calibrated(bound).flags


def test_what_is_far_from_training_says_so(bound: Prediction) -> None:
    assert (
        "far-from-training"
        in calibrated(bound, calibration=replace(known_classes(), far_distance=0.0)).flags
    )
    assert (
        "far-from-training"
        not in calibrated(bound, calibration=replace(known_classes(), far_distance=1e9)).flags
    )


def test_a_board_run_otherwise_is_not_calibrated(bound: Prediction) -> None:
    found = predict_calibrated(bound, fitting(), GPU, Board(clock_mhz=1000))
    assert not found.calibrated
    assert "board-settings" in found.flags


def test_adaptation_shifts_are_added(bound: Prediction) -> None:
    found = calibrated(bound, shifts={"time": 0.0, "power": 0.2})
    assert found.power_w.value == pytest.approx(bound.bound.power_w * math.exp(0.1))


def test_ratios_have_intervals_only_between_calibrated_launches(bound: Prediction) -> None:
    one, made = calibrated(bound), fitting()
    found = ratio(one, one, made)
    assert found is not None
    assert found["energy"] == Quantity(1.0, math.exp(-0.1), math.exp(0.1), 0.9)
    assert ratio(one, one, made, "versions") is None
    assert ratio(one, bound, made) is None


def saved(made: Model, folder: Path) -> str:
    path = folder / "model.npz"
    save(made, path)
    return str(path)


def test_another_gpus_model_is_refused_unless_asked(tmp_path: Path) -> None:
    path = saved(fitting(gpu="a100"), tmp_path)
    with pytest.raises(ModelError, match="rows of a100, not on h200"):
        model_for(GPU, path)
    options = Options(request=REQUEST, model=path, any_model=True)
    found = predict("examples/transpose.ptx", options).results[0]
    assert not found.calibrated
    assert "foreign-model" in found.flags


def test_another_version_of_the_features_is_refused_unless_asked(tmp_path: Path) -> None:
    path = saved(fitting(feature_version="0"), tmp_path)
    with pytest.raises(ModelError, match="version 0"):
        model_for(GPU, path)
    assert model_for(GPU, path, any_model=True) is not None


def test_unknown_features_are_refused_even_then(tmp_path: Path) -> None:
    path = saved(model(("unheard_of",), feature_version="0"), tmp_path)
    with pytest.raises(ModelError, match="unheard_of"):
        model_for(GPU, path, any_model=True)


def test_a_simulated_model_is_never_calibrated(tmp_path: Path) -> None:
    path = saved(fitting(gpu="simulated"), tmp_path / "simulated")
    with pytest.raises(ModelError, match="simulated rows"):
        model_for(GPU, path)
    options = Options(request=REQUEST, model=path, any_model=True)
    found = predict("examples/transpose.ptx", options).results[0]
    assert not found.calibrated
    assert "simulated-model" in found.flags


def test_no_model_is_shipped() -> None:
    assert model_for(GPU) is None
    assert not predict("examples/transpose.ptx", Options(request=REQUEST)).results[0].calibrated


def test_the_shipped_model_of_a_gpu_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(fitting(), tmp_path / "models" / "h200.npz")
    monkeypatch.setattr("ptxenergy.model.finding.shipped", lambda *parts: tmp_path.joinpath(*parts))
    found = predict("examples/transpose.ptx", Options(request=REQUEST)).results[0]
    assert found.calibrated
    assert found.model_id == fitting().header.model_id
    on_another = Options(gpu="a100", request=REQUEST)
    assert not predict("examples/transpose.ptx", on_another).results[0].calibrated
