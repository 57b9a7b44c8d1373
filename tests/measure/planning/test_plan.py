"""The committed plan is what the catalog gives, covers what it must, and reads back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ptxenergy.measure.kernels.compile import read_index
from ptxenergy.measure.kernels.generated import GeneratedKernel
from ptxenergy.measure.kernels.kernel import Data, Extent
from ptxenergy.measure.planning.launches import REQUIRED, heuristic_pick
from ptxenergy.measure.planning.markers import marked_lines
from ptxenergy.measure.planning.plan import ANCHORS, BLOCKS, L2_BYTES, PlanError, pinned, plan
from ptxenergy.measure.planning.point import Point, read_plan, write_plan
from tests.measure.dataset import DATASETS, committed_plan, entries

ENTRIES = {entry.kernel.name: entry for entry in entries()}
INDEX = read_index(DATASETS)


def of(study: str) -> list[Point]:
    return [point for point in committed_plan() if point.study == study]


def test_the_committed_plan_is_what_the_catalog_gives() -> None:
    """All but the pins, which take the data itself to compute."""
    made = plan(tuple(ENTRIES.values()), INDEX)
    assert made == [replace(point, pins=()) for point in committed_plan()]


def test_committed_pins_are_what_the_data_gives() -> None:
    """Of the real kernels at their small sizes: others take minutes."""
    small = [point for point in of("short") if not point.family.startswith("generated")]
    assert sum(bool(point.pins) for point in small) >= 40
    for anew, point in zip(pinned(small, ENTRIES.values()), small, strict=True):
        assert len(anew.pins) == len(point.pins)
        for pin, committed in zip(anew.pins, point.pins, strict=True):
            assert (pin["marker"], pin["kind"]) == (committed["marker"], committed["kind"])
            assert numbers(pin) == pytest.approx(numbers(committed), rel=1e-9)


def numbers(pin: Mapping[str, float | int | str]) -> dict[str, float | int]:
    return {name: value for name, value in pin.items() if not isinstance(value, str)}


def test_another_seed_gives_another_plan_of_the_same_parts() -> None:
    few = tuple(e for n, e in ENTRIES.items() if n in ANCHORS or n.startswith("gen_fp"))
    first, again = (plan(few, INDEX, 1) for _ in range(2))
    other = plan(few, INDEX, 2)
    assert first == again
    assert [p.point_id for p in first] != [p.point_id for p in other]
    assert Counter(p.study for p in first).keys() == Counter(p.study for p in other).keys()


def test_there_are_two_thousand_different_points() -> None:
    assert len(committed_plan()) >= 2000
    assert len({point.point_id for point in committed_plan()}) == len(committed_plan())
    real = [point for point in committed_plan() if not point.family.startswith("generated")]
    assert 0.4 < len(real) / len(committed_plan()) < 0.8


def test_the_first_quarter_covers_every_kernel() -> None:
    quarter = committed_plan()[: -(-len(committed_plan()) // 4)]
    assert {point.kernel for point in quarter} == set(ENTRIES)


def test_about_ten_launches_a_kernel_vary_size_and_shape() -> None:
    by_kernel = defaultdict(list)
    for point in committed_plan():
        by_kernel[point.kernel].append(point)
    sizes = [len({str(point.size) for point in points}) for points in by_kernel.values()]
    launches = sorted(len(points) for points in by_kernel.values())
    assert min(sizes) >= 3
    assert launches[len(launches) // 2] >= 8


def test_the_shape_study_holds_what_it_compares() -> None:
    studies = defaultdict(list)
    for point in of("shape"):
        studies[point.kernel].append(point)
    assert len(studies) >= 40
    for name, points in studies.items():
        blocks = {point.block for point in points}
        assert len(blocks) == len(points) >= 10
        assert len({str(point.size) for point in points}) == 1
        assert set(REQUIRED) <= blocks
        entry = ENTRIES[name]
        target = INDEX[name].targets[entry.kernel.architecture]
        assert heuristic_pick(entry, target, points[0].size) in blocks


def test_extremes_are_there() -> None:
    assert len(of("short")) >= 30
    assert len(of("long")) >= 30
    grids = Counter(point.grid.volume for point in of("blocks"))
    assert set(grids) == set(BLOCKS) == {1, 33, 66, 132, 133}
    assert min(grids.values()) >= 10
    for study, low, high in (("short", 1e-6, 5e-6), ("long", 20e-3, 200e-3)):
        for point in of(study):
            kernel = ENTRIES[point.kernel].kernel
            if isinstance(kernel, GeneratedKernel):
                assert low < kernel.estimated_time_s(point.size, point.block) < high


def test_rotated_buffers_are_too_many_for_the_cache() -> None:
    rotated = [point for point in committed_plan() if point.cache_mode == "rotated"]
    assert len(rotated) >= 50
    assert all(p.buffer_sets * p.footprint_bytes >= 3 * L2_BYTES for p in rotated)
    assert all(p.buffer_sets == 1 for p in committed_plan() if p.cache_mode == "warm")
    assert {point.cache_mode for point in committed_plan()} == {"warm", "rotated"}


def test_other_contents_are_a_side_set() -> None:
    assert {point.data.kind for point in of("data")} == {"zeros", "constant", "sparse"}
    assert all(point.data == Data() for point in committed_plan() if point.study != "data")
    assert len({point.kernel for point in of("data")}) >= 15


def test_three_anchors() -> None:
    assert tuple(point.kernel for point in of("anchor")) == ANCHORS
    assert len(ANCHORS) == 3


def test_points_of_kernels_that_data_steers_carry_their_pins() -> None:
    for point in committed_plan():
        markers = set(marked_lines(ENTRIES[point.kernel].source))
        assert {str(pin["marker"]) for pin in point.pins} == markers
        assert all(int(pin["line"]) > 0 for pin in point.pins)


def test_every_point_can_be_launched() -> None:
    for point in committed_plan():
        kernel = ENTRIES[point.kernel].kernel
        assert point.block.volume <= 1024
        assert point.grid == kernel.grid(point.size, point.block)
        assert min(point.grid) >= 1
        assert point.footprint_bytes * point.buffer_sets < 60e9


def test_a_plan_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_plan(committed_plan()[:50], tmp_path / "plan.jsonl")
    assert list(read_plan(tmp_path / "plan.jsonl")) == list(committed_plan()[:50])


def test_what_cannot_be_planned_is_refused() -> None:
    entries = tuple(ENTRIES.values())
    with pytest.raises(PlanError, match="never compiled"):
        plan(entries[:1], {})
    with pytest.raises(PlanError, match="anchor"):
        plan([e for e in entries if e.kernel.name != ANCHORS[0]], INDEX)


def test_blocks_are_extents() -> None:
    assert all(isinstance(point.block, Extent) for point in committed_plan())
