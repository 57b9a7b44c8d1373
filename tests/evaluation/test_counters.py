"""Static counts beside counters. All counters here are simulated: written by the test itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ptxenergy.report
from ptxenergy.evaluation.counters import CountersError, compare, read_counters, request_of
from ptxenergy.launch.agreement import (
    Compared,
    agreement,
    counter_of,
    static_counts,
)
from ptxenergy.launch.inspection import Inspection
from ptxenergy.measure.device.counters import METRICS, Counters, as_line
from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.point import Point, write_plan
from ptxenergy.pipeline import Options, inspect
from ptxenergy.report.agreement import agreement_json, show_agreement
from tests.cli.commands import outcome
from tests.corpus import CORPUS
from tests.report.test_text import rendered

PTX = CORPUS / "ptx" / "nvcc-13.0" / "sm_90" / "transpose.ptx"
EDGE = 512
FAMILIES = 'locked = ["secret"]\n[algorithm]\nsecret = "Locked."\n'


def point(block: tuple[int, int], edge: int = EDGE) -> Point:
    text = PTX.read_bytes()
    return Point(
        kernel="transpose",
        family="transpose",
        entry="transpose_naive",
        source_sha256="0" * 64,
        ptx_path="ptx/transpose.ptx",
        ptx_sha256=hashlib.sha256(text).hexdigest(),
        compile_options=(),
        size={"n": edge},
        grid=Extent(edge // block[0], edge // block[1]),
        block=Extent(*block),
        dynamic_shared_bytes=0,
        scalars={2: edge, 3: edge},
        footprint_bytes=8 * edge * edge,
    )


POINTS = (point((32, 8)), point((8, 32)), point((16, 16)))


def inspected(one: Point) -> Inspection:
    return inspect(str(PTX), Options(kernel=one.entry, request=request_of(one))).results[0]


def simulated(one: Point, **factors: float) -> Counters:
    """Counters of a launch that are its own static counts, some of them times a factor."""
    counts = static_counts(inspected(one))
    values = {name: counts[name] * factors.get(name, 1.0) for name in METRICS if name in counts}
    return Counters(one, values)


def written(folder: Path, *counters: Counters) -> Path:
    """A data set of simulated counters, with the plan and the PTX beside it."""
    datasets, dataset = folder / "datasets", folder / "datasets" / "simulated"
    (datasets / "ptx").mkdir(parents=True)
    (datasets / "ptx" / "transpose.ptx").write_bytes(PTX.read_bytes())
    write_plan((one.point for one in counters), datasets / "plan.jsonl")
    (datasets / "families.toml").write_text(FAMILIES)
    (dataset / "rows").mkdir(parents=True)
    (dataset / "rows" / "a.csv").write_text("gpu\nsimulated\n")
    text = "".join(as_line(one) + "\n" for one in counters)
    (dataset / "counters.jsonl").write_text(text)
    return dataset


def by_name(dataset: Path) -> dict[str, Any]:
    found = agreement_json(compare(dataset, dataset.parent))
    schema = Path(ptxenergy.report.__file__).parent / "schemas" / "counters.json"
    jsonschema.validate(found, json.loads(schema.read_text(encoding="utf-8")))
    return {one["counter"]: one for one in found["counters"]}


def test_every_counter_has_a_count_and_every_count_a_counter() -> None:
    counts = static_counts(inspected(POINTS[0]))
    assert {counter_of(name) for name in counts} == set(METRICS) - {"duration_ns"}


def test_counters_that_are_the_counts_agree(tmp_path: Path) -> None:
    found = by_name(written(tmp_path, *map(simulated, POINTS)))
    for name in ("warp_instructions", "global_store_sectors", "l2_read_sectors"):
        assert found[name]["launches"] == 3
        assert found[name]["median_relative_error"] == found[name]["p90_relative_error"] == 0
        assert found[name]["worst"] == []
    counts = static_counts(inspected(POINTS[0]))
    expansion = counts["warp_instructions_expanded"] / counts["warp_instructions"]
    assert expansion != 1
    assert found["warp_instructions_expanded"]["median_ratio"] == pytest.approx(expansion)


def test_the_count_that_is_off_is_found_with_its_launch(tmp_path: Path) -> None:
    off = simulated(POINTS[1], global_load_sectors=2.0)
    dataset = written(tmp_path, simulated(POINTS[0]), off, simulated(POINTS[2]))
    found = by_name(dataset)["global_load_sectors"]
    assert found["median_relative_error"] == 0
    assert found["p90_relative_error"] == pytest.approx(0.8 * 0.5)
    (worst,) = found["worst"]
    assert worst["point_id"] == POINTS[1].point_id
    assert worst["relative_error"] == -0.5
    assert worst["counter"] == 2 * worst["count"]


def test_a_counter_of_zero_is_told_apart() -> None:
    compared = (
        Compared("c", "k", "1", 5, 0),
        Compared("c", "k", "2", 0, 0),
        Compared("c", "k", "3", 3, 2),
    )
    (found,) = agreement(compared)
    assert (found.launches, found.unmet) == (2, 1)
    assert (found.median_error, found.p90_error, found.median_ratio) == (0.5, 0.5, 1.5)
    assert [one.point_id for one in found.worst] == ["1", "3"]
    (nothing,) = agreement(compared[:2])
    assert nothing.median_error is None


def test_launches_that_cannot_be_compared_are_told(tmp_path: Path) -> None:
    stale = replace(POINTS[1], ptx_sha256="1" * 64, scalars={2: 64, 3: 64})
    unplanned = POINTS[2]
    dataset = written(tmp_path, simulated(POINTS[0]), simulated(unplanned))
    lines = (dataset / "counters.jsonl").read_text()
    write_plan((POINTS[0], stale), dataset.parent / "plan.jsonl")
    more = as_line(replace(simulated(POINTS[0]), point=stale))
    (dataset / "counters.jsonl").write_text(f"{lines}{more}\n")
    found = compare(dataset, dataset.parent)
    assert found.launches == 1
    assert found.is_simulated
    assert found.left_out == {"not in the plan": 1, "could not be counted (counters)": 1}


def test_launches_of_locked_families_are_counted_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = replace(POINTS[1], family="secret", kernel="hidden", scalars={2: 64, 3: 64})
    off = replace(simulated(POINTS[1], global_load_sectors=9.0), point=secret)
    dataset = written(tmp_path, simulated(POINTS[0]), off)
    typed = ("evaluate", "counts", str(dataset), "--datasets", str(dataset.parent))
    told = outcome(capsys, *typed)
    assert told.code == 0, told.err
    assert "1 of a locked family" in told.out
    assert "hidden" not in told.out
    assert compare(dataset, dataset.parent, locked={"secret"}).launches == 1


@pytest.mark.parametrize(
    "text", ["nonsense", '{"kernel": "k"}', "[]", '{"point_id": "1", "kernel": "k", "x": []}']
)
def test_what_is_no_line_of_counters_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "counters.jsonl").write_text(text + "\n")
    with pytest.raises(CountersError, match=r"counters\.jsonl:1"):
        read_counters(tmp_path / "counters.jsonl")


def test_a_data_set_without_counters_says_how_to_record_them(tmp_path: Path) -> None:
    with pytest.raises(CountersError, match="ptxenergy measure counters"):
        compare(tmp_path, tmp_path)
    dataset = written(tmp_path, simulated(POINTS[0]))
    (dataset / "counters.jsonl").write_text("")
    with pytest.raises(CountersError, match="none recorded"):
        compare(dataset, dataset.parent)


def test_the_report_says_that_it_is_simulated(tmp_path: Path) -> None:
    dataset = written(tmp_path, simulated(POINTS[0], warp_instructions=0.5))
    text = rendered(show_agreement(compare(dataset, dataset.parent)))
    assert "Simulated counters: they say nothing of real hardware." in text
    assert "1 launches on h200" in text
    assert "+100 %" in text


def test_the_command_prints_a_table_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = written(tmp_path, simulated(POINTS[0]))
    typed = ("evaluate", "counts", str(dataset), "--datasets", str(dataset.parent))
    table = outcome(capsys, *typed)
    assert table.code == 0, table.err
    assert "global_store_sectors" in table.out
    found = json.loads(outcome(capsys, *typed, "--json").out)
    assert found["simulated"] is True
    assert found["launches"] == 1
    refused = outcome(capsys, "evaluate", "counts", str(tmp_path))
    assert refused.code == 2
    assert "measure counters" in refused.err


def test_every_kernel_that_is_off_is_told_by_its_worst_launch_not_only_the_worst_three() -> None:
    launches = [
        Compared("warp_instructions", f"k{kernel}", f"p{kernel}{place}", 100 + 20 * place, 100)
        for kernel in range(5)
        for place in (0, 2, 1)
    ]
    near = Compared("warp_instructions", "near", "p", 105, 100)
    (found,) = agreement([*launches, near])
    assert len(found.worst) == 3
    assert {one.point_id for one in found.off} == {f"p{kernel}2" for kernel in range(5)}
