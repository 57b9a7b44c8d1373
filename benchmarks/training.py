"""How long counting, training and evaluation take, and what other settings would give.

    python -m benchmarks.training [ROWS]           # 2,000 rows as asked: counts, then trains
    python -m benchmarks.training [ROWS] --trials  # learning rates and bins instead of training

The rows are simulated, of points of the plan; their features are those of real kernels. Two
processes work; their processor time is added up, and a plain loop is timed before and after,
because machines differ and are busy. Errors are of made-up rows: only their differences say
anything, and little.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import numpy as np
from joblib.externals.loky import get_reusable_executor
from msgspec.structs import replace

from ptxenergy.measure.kernels.families import group_of
from ptxenergy.measure.planning.point import read_plan
from ptxenergy.train.bins import BINS
from ptxenergy.train.cache import FeatureCache
from ptxenergy.train.fitting import CANDIDATES, Settings
from ptxenergy.train.folds import INNER_FOLDS, family_weights, grouped_folds
from ptxenergy.train.learning import left_out_residuals
from ptxenergy.train.material import Source, load_material, locked_families
from ptxenergy.train.parallel import Workers
from ptxenergy.train.table import Table
from ptxenergy.train.training import train
from tests.pace import slowness
from tests.train.campaign import DATASETS, measured

Result = TypeVar("Result")
_CORES, _AIM_S = 2, 300.0
_STUDIES = ("breadth", "shape", "short", "long")
# Fewer trees that each learn more: as much boosting in all.
_RATES = (0.06, 0.1, 0.15)


def main() -> None:
    """Print the figures."""
    counts = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    locked = locked_families(DATASETS)
    points = [
        point
        for point in read_plan(DATASETS / "plan.jsonl")
        if point.study in _STUDIES and group_of(point.family) not in locked
    ]
    random.Random(1).shuffle(points)
    chosen = tuple(points[: counts[0] if counts else 2000])
    with tempfile.TemporaryDirectory() as folder:
        source = Source(measured(chosen, Path(folder) / "simulated"), DATASETS)
        cache, workers = FeatureCache(Path(folder) / "cache"), Workers(_CORES, track=_told)
        load = partial(load_material, source, workers, cache)
        (material, gpu), counting_s = _timed("counting, features included", load)
        _timed("the same from the cache", load)
    print(f"{len(material.table)} rows of {len(set(material.table.groups.tolist()))} families")
    if "--trials" in sys.argv:
        _trials(material.table)
        return
    _, learning_s = _timed("evaluating and training", lambda: train(material, gpu, workers))
    whole_s = (counting_s + learning_s) / _CORES
    share = whole_s / _AIM_S
    print(f"on {_CORES} normal cores: {whole_s:.0f} s, {share:.2f} of the aim for 2,000 rows")


def _trials(table: Table) -> None:
    """Errors of left-out families and times, by learning rate and by number of bins."""
    for count in (BINS, 63):
        with (
            patch("ptxenergy.train.bins.BINS", count),
            patch("ptxenergy.train.fitting.BINS", count),
        ):
            for rate in _RATES:
                error, _ = _timed(f"{count} bins, rate {rate}", partial(_error, table, rate))
                print(f"    mean |log error| of energy: {error:.4f}")


def _error(table: Table, rate: float) -> float:
    """The mean |log error| of energy on left-out families, of the grid's best at this rate."""
    weights = family_weights(table.groups)
    found = left_out_residuals(table, grouped_folds(table, INNER_FOLDS), _grid(rate))
    return min(float(np.sum(weights * np.abs(one["energy"]))) for one in found.values())


def _grid(rate: float) -> tuple[Settings, ...]:
    """The candidates at another rate, with as many fewer trees."""
    return tuple(
        replace(
            one, learning_rate=rate, iterations=round(one.iterations * one.learning_rate / rate)
        )
        for one in CANDIDATES
    )


def _timed(what: str, work: Callable[[], Result]) -> tuple[Result, float]:
    """What `work` gives, and the seconds of processor time that it takes a normal core."""
    slow, begun, clock = slowness(), _processor_s(), time.perf_counter()
    found = work()
    spent, wall = _processor_s() - begun, time.perf_counter() - clock
    slow = (slow + slowness()) / 2
    print(
        f"{what}: {spent:.1f} s of processor time, {wall:.0f} s by the clock, on cores {slow:.1f} "
        f"times slower than normal: {spent / slow:.1f} s",
        flush=True,
    )
    return found, spent / slow


def _processor_s() -> float:
    """Of this process and of its workers, which are let go first: only then are they counted."""
    get_reusable_executor().shutdown(wait=True)
    return sum(os.times()[:4])


def _told(items: Iterable[object], doing: str, total: int) -> Iterator[object]:
    """The items; every tenth part of them is told."""
    for number, item in enumerate(items, 1):
        if number * 10 // total > (number - 1) * 10 // total:
            print(f"  {doing}: {number} of {total}", file=sys.stderr, flush=True)
        yield item


if __name__ == "__main__":
    main()
