"""A small simulated data set of real PTX: the quickest launches of unlocked families."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

from ptxenergy.measure.campaign.bench import Bench, Idle
from ptxenergy.measure.campaign.runner import Campaign, Progress
from ptxenergy.measure.device.simulated import SimulatedClock, SimulatedGpu
from ptxenergy.measure.kernels.families import group_of, read_families
from ptxenergy.measure.planning.order import in_order
from ptxenergy.measure.planning.point import Point, read_plan
from ptxenergy.measure.rows.row import RowWriter

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


@cache
def quick_points(families: int, each: int, *, locked: bool = False) -> tuple[Point, ...]:
    """The smallest launches of the first families, `each` of every one."""
    known = read_families(DATASETS)
    by_family: dict[str, list[Point]] = defaultdict(list)
    for point in read_plan(DATASETS / "plan.jsonl"):
        family = group_of(point.family)
        is_locked = family in known and known[family].is_locked
        if point.study in ("breadth", "short", "shape") and is_locked == locked:
            by_family[family].append(point)
    chosen = []
    for family in sorted(by_family, key=lambda name: min(map(_work, by_family[name])))[:families]:
        chosen += sorted(by_family[family], key=_work)[:each]
    return tuple(chosen)


def measured(points: tuple[Point, ...], folder: Path, name: str = "run", seed: int = 1) -> Path:
    """The folder with a campaign of these points, measured on the simulated GPU."""
    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, seed=seed)
    with RowWriter(folder / "rows" / f"{name}.csv") as writer:
        campaign = Campaign(Bench(clock, gpu, gpu), writer, name, Idle(75.0, 112.0))
        campaign.run(in_order(list(points), [], {}, seed), 1e9, Progress(len(points)))
    return folder


def _work(point: Point) -> int:
    return point.grid.volume * point.block.volume
