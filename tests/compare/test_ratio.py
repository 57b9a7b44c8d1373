"""Ratios have an interval only by a model that was calibrated on versions of kernels."""

from __future__ import annotations

import json
from math import exp
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptxenergy.model.artifact import Model, identified, save
from tests.cli.commands import outcome
from tests.compare.models import ENERGY, LEVEL, TIME, as_if_measured
from tests.compare.versions import LAUNCHES, path
from tests.explain import trained


def ratios(
    model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> dict[str, dict[str, float | None]]:
    file = tmp_path / ("simulated" if model.header.is_simulated else "measured") / "model.npz"
    file.parent.mkdir()
    save(model, file)
    files = str(path("old")), str(path("new"))
    done = outcome(
        capsys,
        *("diff", *files, "--kernel", "divided", "--settings", str(LAUNCHES), "--json"),
        *("--model", str(file), *more),
    )
    assert done.code == 0, done.err
    (kernel,) = json.loads(done.out)["kernels"]
    assert kernel["new"]["model"]["id"] == model.header.model_id
    found: dict[str, dict[str, float | None]] = kernel["ratios"]
    return found


def test_versions_have_the_interval_of_versions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ratios(as_if_measured("versions"), tmp_path, capsys)
    for measure, quantile in (("energy", ENERGY), ("time", TIME)):
        value = found[measure]["value"]
        assert value is not None
        assert found[measure] == {
            "value": value,
            "low": pytest.approx(value / exp(quantile)),
            "high": pytest.approx(value * exp(quantile)),
            "level": LEVEL,
        }


def test_launches_of_one_kernel_say_nothing_of_versions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ratios(as_if_measured("launches"), tmp_path, capsys)
    assert {one["low"] for one in found.values()} == {None}


def test_a_simulated_model_gives_no_interval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = trained.simulated_model()
    near = replace(made.header, calibration=replace(made.header.calibration, slope=1e-9))
    found = ratios(identified(replace(made, header=near)), tmp_path, capsys, "--any-model")
    assert {one["high"] for one in found.values()} == {None}
