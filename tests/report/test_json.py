"""The JSON: its keys, its numbers, its schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

import ptxenergy.report
from ptxenergy.launch.inspection import MemoryTraffic
from ptxenergy.launch.profile import Exactness
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Inspections, Predictions, Skipped
from ptxenergy.report.json import dump, inspections_json, predictions_json
from tests.report.handmade import LOAD, flagged, inspection, issued, opcode, prediction

SCHEMAS = Path(ptxenergy.report.__file__).parent / "schemas"
SKIPPED = (Skipped("other", "launch", "too many threads"),)


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def predicted(one: Prediction) -> Any:
    document = json.loads(dump(predictions_json(Predictions((one,), SKIPPED))))
    jsonschema.validate(document, schema("prediction"))
    return document["results"][0]


def test_a_model_is_named_with_the_distance_from_its_training() -> None:
    by_model = replace(
        prediction(), calibrated=True, model_id="h200-0123", feature_version="1", distance=1.5
    )
    expected = {"id": "h200-0123", "feature_version": "1", "distance": 1.5}
    assert predicted(by_model)["model"] == expected


def test_the_bound_has_every_term() -> None:
    found = predicted(prediction())["bound"]
    assert found["limiter"] == "DRAM"
    assert found["times_s"] == {"L2": 1e-6, "DRAM": 3e-6, "latency": 2e-6, "issue": 1e-9}
    assert (found["chain"]["cycles"], found["chain"]["parallelism"]) == (1200, 2.5)
    assert (found["placement"]["turns"], found["placement"]["tail_share"]) == (3, 0.25)
    assert found["traffic_bytes"] == {"l1": 12800, "l2": 6400, "dram": 3200.5}
    assert found["power_limited"] is False


def test_a_resource_that_the_schema_does_not_know_is_refused() -> None:
    strange = replace(prediction().bound, times_s={"luck": 1.0})
    with pytest.raises(jsonschema.ValidationError, match="luck"):
        predicted(replace(prediction(), bound=strange))


@pytest.mark.parametrize(
    "name", ["prediction", "inspection", "gpus", "budget", "difference", "build", "findings"]
)
def test_schemas_are_schemas_and_closed(name: str) -> None:
    loaded = schema(name)
    jsonschema.Draft202012Validator.check_schema(loaded)

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert "additionalProperties" in node
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(loaded)


def test_the_two_schemas_agree_on_what_they_share() -> None:
    first, second = schema("inspection"), schema("prediction")
    for name, definition in first["$defs"].items():
        assert second["$defs"][name] == definition
    shared = first["properties"]["results"]["items"]["properties"]
    longer = second["properties"]["results"]["items"]["properties"]
    assert {name: longer[name] for name in shared} == shared


def test_an_inspection_fits_its_schema() -> None:
    document = json.loads(dump(inspections_json(Inspections((inspection(),), SKIPPED))))
    jsonschema.validate(document, schema("inspection"))
    assert document["skipped"] == [
        {"kernel": "other", "code": "launch", "message": "too many threads"}
    ]
    assert document["results"][0]["launch"] == {
        "grid": [25, 1, 1],
        "block": [32, 4, 1],
        "shared_bytes": 0,
        "args": {
            "_Z9transposePfPKfii_param_0": "pointer",
            "_Z9transposePfPKfii_param_1": "pointer",
            "_Z9transposePfPKfii_param_2": 800,
            "_Z9transposePfPKfii_param_3": 1.5,
        },
    }


def test_a_prediction_has_every_key_that_was_promised() -> None:
    result = predicted(prediction())
    assert result.keys() == {
        *("file", "kernel", "gpu", "launch", "exact", "assumptions", "flags", "unknown_opcodes"),
        *("registers_per_thread", "registers_source", "occupancy", "waves", "opcodes", "counts"),
        *("energy_j", "time_s", "power_w", "bound", "calibrated", "conditions"),
        *("contributions", "model"),
    }
    assert result["counts"].keys() == {
        *("warp_instructions", "thread_instructions", "mean_active_lanes", "barriers"),
        *("tensor_macs", "memory"),
    }
    assert result["model"] is None
    assert result["calibrated"] is False


def test_counts_are_whole_where_they_are_whole() -> None:
    text = dump(predictions_json(Predictions((prediction(),))))
    assert '"warp": 100,' in text
    assert '"requests": 100,' in text
    sampled = prediction(inspection(issued(opcode("add.s32", "int"), 10.5, 300.25)))
    assert predicted(sampled)["opcodes"]["add.s32"] == {"warp": 10.5, "thread": 300.25}


def test_memory_is_in_wavefronts_where_it_is_banked() -> None:
    memory = predicted(prediction())["counts"]["memory"]
    assert memory["global"]["load"] == {"requests": 100, "sectors": 400, "bytes": 12800}
    assert memory["shared"]["store"] == {"requests": 100, "wavefronts": 3200, "bytes": 12800}
    assert memory["global"]["atomic"]["same_address_max"] == 32
    assert memory["local"]["load"]["requests"] == 0


def test_memory_says_what_each_level_moves() -> None:
    moves = MemoryTraffic(4096, 1024, 512, 256.5, 128, 640)
    memory = predicted(prediction(replace(inspection(), memory=moves)))["counts"]["memory"]
    assert memory["footprint_bytes"] == 640
    assert memory["l1_bytes_estimate"] == 4096
    assert memory["l2_bytes_estimate"] == 1536
    assert memory["dram_bytes_estimate"] == 384.5


def test_assumptions_and_flags_are_said_once() -> None:
    result = predicted(prediction(flagged("sampled", "sampled")))
    assert [assumption["code"] for assumption in result["assumptions"]] == ["grid", "argument"]
    assert result["flags"] == ["sampled"]


def test_an_unknown_opcode_makes_it_inexact() -> None:
    exact = inspection(LOAD)
    assert predicted(prediction(exact))["exact"]["all"] is True
    unknown = predicted(prediction(replace(exact, unknown_opcodes={"foo.bar": (3, 9)})))
    assert unknown["exact"]["all"] is False
    assert unknown["unknown_opcodes"] == [{"opcode": "foo.bar", "lines": [3, 9]}]
    sampled = replace(exact, profile=replace(exact.profile, exact=Exactness(True, False)))
    assert predicted(prediction(sampled))["exact"]["all"] is False


def test_json_has_no_nan() -> None:
    broken = prediction()
    broken = replace(broken, energy_j=replace(broken.energy_j, value=float("nan")))
    with pytest.raises(ValueError, match="JSON"):
        dump(predictions_json(Predictions((broken,))))
