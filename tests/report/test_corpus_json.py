"""The JSON of real kernels fits its schema, and its numbers agree with one another."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from ptxenergy import Dim3, LaunchRequest, Options, predict
from ptxenergy.program.opcode import CATEGORIES
from ptxenergy.report.json import dump, predictions_json
from tests.corpus import CorpusLaunch, one_launch_per_kernel
from tests.report.test_json import schema

KERNELS = one_launch_per_kernel()
SMALL = KERNELS[::3]
ASSUMED = KERNELS[1::16]


def result_of(launch: CorpusLaunch, request: LaunchRequest) -> Any:
    predictions = predict(str(launch.path), Options(kernel=launch.kernel, request=request))
    document = json.loads(dump(predictions_json(predictions)))
    jsonschema.Draft202012Validator(schema("prediction")).validate(document)
    (result,) = document["results"]
    return result


def assert_consistent(result: Any) -> None:
    counts = result["counts"]
    for measure, of_opcode in (("warp_instructions", "warp"), ("thread_instructions", "thread")):
        total = counts[measure]["total"]
        assert total == pytest.approx(sum(counts[measure][name] for name in CATEGORIES))
        assert total == pytest.approx(sum(one[of_opcode] for one in result["opcodes"].values()))
    assert counts["thread_instructions"]["total"] <= 32 * counts["warp_instructions"]["total"]
    for quantity in ("energy_j", "time_s", "power_w"):
        interval = result[quantity]
        assert 0 < interval["low"] <= interval["value"] <= interval["high"]
    energy_j = result["energy_j"]["value"]
    assert energy_j == pytest.approx(result["time_s"]["value"] * result["power_w"]["value"])
    assert energy_j == pytest.approx(sum(part["energy_j"] for part in result["contributions"]))
    assert result["exact"]["all"] == (
        result["exact"]["control"]
        and result["exact"]["addresses"]
        and not result["unknown_opcodes"]
    )
    for assumption in result["assumptions"]:
        assert assumption["option"].startswith("--") or not assumption["option"]
    if "sampled" in result["flags"]:
        assert not result["exact"]["all"]


@pytest.mark.parametrize("launch", SMALL, ids=lambda launch: launch.name)
def test_eight_blocks_of_a_real_kernel(launch: CorpusLaunch) -> None:
    result = result_of(launch, replace(launch.request, grid=Dim3(8), threads=None))
    assert_consistent(result)
    assert result["launch"]["grid"] == [8, 1, 1]


@pytest.mark.parametrize("launch", ASSUMED, ids=lambda launch: launch.name)
def test_a_real_kernel_with_only_a_block(launch: CorpusLaunch) -> None:
    result = result_of(launch, LaunchRequest(block=launch.request.block))
    assert_consistent(result)
    assert "grid" in {assumption["code"] for assumption in result["assumptions"]}
