"""What says a launch, and which GPU is meant, where a compiler hands over PTX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ptxenergy.errors import GpuError, PtxEnergyError
from ptxenergy.gpu import load
from ptxenergy.hooks.compiled import (
    Compiled,
    capability_of,
    extents,
    gpu_for,
    predict_compiled,
    request_of,
)
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.pipeline import Options

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "transpose.ptx"
PROJECT = '[[kernel]]\nmatch = "transpose"\nblock = "32x8"\ngrid = "4x16"\nargs = {2 = 128, 3 = 64}'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ptxenergy.toml").write_text(PROJECT, encoding="ascii")
    monkeypatch.chdir(tmp_path)


def launch_of(request: LaunchRequest) -> tuple[Dim3, Dim3, list[Any], int]:
    compiled = Compiled(EXAMPLE.read_bytes(), "t", "transpose", request)
    (found,) = predict_compiled(compiled, Options(gpu="a100"))
    launch = found.inspection.profile.launch
    scalars = [argument.shown for argument in launch.arguments[2:]]
    return launch.block, launch.grid, scalars, len(launch.assumptions)


def test_the_project_says_what_the_call_does_not() -> None:
    assert launch_of(LaunchRequest()) == (Dim3(32, 8), Dim3(4, 16), [128, 64], 0)


def test_the_call_comes_first_argument_by_argument() -> None:
    request = request_of((None, None, np.int32(256)), (8,), (8, 32), 0)
    assert launch_of(request) == (Dim3(8, 32), Dim3(8), [256, 64], 0)


def test_without_options_the_target_says_the_gpu() -> None:
    text = EXAMPLE.read_bytes()
    major, minor = capability_of(text)
    (found,) = predict_compiled(Compiled(text, "t"))
    assert load(found.inspection.gpu).compute_capability == (major, minor)


def test_one_gpu_stands_for_a_capability() -> None:
    chosen = [gpu_for(capability) for capability in ((7, 0), (8, 0), (8, 9), (9, 0), (10, 0))]
    assert chosen == ["v100", "a100", "rtx4090", "h200", "b200"]
    with pytest.raises(GpuError, match=r"capability 3\.5 is described: give gpu="):
        gpu_for((3, 5))
    with pytest.raises(GpuError, match="give gpu="):
        capability_of(b".version 8.0\n")


def test_a_call_s_values_become_arguments() -> None:
    values = (np.zeros(4), True, None, np.float32(0.5), -3, "text")
    found = request_of(values, 7, None, 0).arguments
    assert [(one.target, one.text) for one in found] == [("1", "1"), ("3", "0.5"), ("4", "-3")]


def test_extents_are_one_to_three() -> None:
    assert (extents(4), extents((4, 2)), extents(None)) == (Dim3(4), Dim3(4, 2), None)
    with pytest.raises(PtxEnergyError, match="one to three"):
        extents((1, 1, 1, 1))
