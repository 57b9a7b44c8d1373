"""What a model added to the bound, feature by feature, on a model of made-up rows."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from ptxenergy.explain import explain
from ptxenergy.gpu import load
from ptxenergy.model.board import Board
from ptxenergy.model.calibrated import predict_calibrated
from ptxenergy.model.prediction import Prediction
from tests.explain.explained import strided
from tests.explain.test_lines import assert_adds_up
from tests.explain.trained import DRIVER, simulated_model


@pytest.fixture(scope="module")
def corrected() -> Prediction:
    return predict_calibrated(strided().prediction, simulated_model(), load("h200"), Board())


def test_effects_add_up_to_what_the_model_did(corrected: Prediction) -> None:
    found = explain(corrected, model=simulated_model()).correction
    assert found is not None
    logs = {
        "time": math.log(corrected.time_s.value / corrected.bound.time_s),
        "power": math.log(corrected.power_w.value / corrected.bound.power_w),
    }
    for name, log in logs.items():
        effects = sum(getattr(one, f"{name}_log") for one in found.effects)
        summed = found.base_log[name] + found.shift_log[name] + effects
        assert summed == pytest.approx(found.total_log[name], rel=1e-9)
        assert found.total_log[name] == pytest.approx(log, rel=1e-9)
    assert found.shift_log == {"time": 0.05, "power": 0.0}


def test_the_feature_that_drove_it_comes_first(corrected: Prediction) -> None:
    found = explain(corrected, model=simulated_model()).correction
    assert found is not None
    assert found.effects[0].name == DRIVER
    assert found.effects[0].energy_log == found.effects[0].time_log != 0
    assert found.effects[0].meaning


def test_lines_add_up_to_the_corrected_energy(corrected: Prediction) -> None:
    found = explain(corrected, model=simulated_model())
    assert found.prediction.energy_j.value != corrected.bound.energy_j
    assert_adds_up(found)


def test_nothing_is_said_of_a_model_that_was_not_used(corrected: Prediction) -> None:
    assert explain(corrected).correction is None
    other = simulated_model()
    other = replace(other, header=replace(other.header, model_id="another"))
    assert explain(corrected, model=other).correction is None
    assert explain(strided().prediction, model=simulated_model()).correction is None
