"""How long counting, training and evaluation take, and what other settings would give.

    python -m benchmarks.training [ROWS]           # 2,000 rows as asked: counts, then trains
    python -m benchmarks.training [ROWS] --trials  # learning rates and bins instead of training

The rows are simulated, of points of the plan; their features are those of real kernels. Counts are
kept in the user's cache: a second run shows what that saves. Times are of one processor; a plain
loop is timed beside them, because machines differ and are busy. Errors are of made-up rows: only
their differences say anything, and little.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import numpy as np

from ptxenergy.measure.planning.point import read_plan
from ptxenergy.train.bins import BINS
from ptxenergy.train.fitting import CANDIDATES, Settings
from ptxenergy.train.folds import INNER_FOLDS, family_weights, grouped_folds
from ptxenergy.train.learning import left_out_residuals
from ptxenergy.train.material import Source, load_material
from ptxenergy.train.parallel import Workers
from ptxenergy.train.table import Table
from ptxenergy.train.training import train
from tests.pace import slowness
from tests.train.campaign import DATASETS, measured

Result = TypeVar("Result")
_STUDIES = ("breadth", "shape", "short", "long")
# Fewer trees that each learn more: as much boosting in all.
_RATES = (0.06, 0.1, 0.15)


def main() -> None:
    """Print the figures."""
    counts = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    points = [p for p in read_plan(DATASETS / "plan.jsonl") if p.study in _STUDIES]
    random.Random(1).shuffle(points)
    with tempfile.TemporaryDirectory() as folder:
        place = measured(tuple(points[: counts[0] if counts else 2000]), Path(folder) / "simulated")
        source = Source(place, DATASETS)
        material, gpu = _timed("counting", lambda: load_material(source, Workers()))
    print(f"{len(material.table)} rows of {len(set(material.table.groups.tolist()))} families")
    if "--trials" in sys.argv:
        _trials(material.table)
    else:
        _timed("evaluating and training", lambda: train(material, gpu, Workers()))


def _trials(table: Table) -> None:
    """Errors of left-out families and times, by learning rate and by number of bins."""
    for count in (BINS, 63):
        with (
            patch("ptxenergy.train.bins.BINS", count),
            patch("ptxenergy.train.fitting.BINS", count),
        ):
            for rate in _RATES:
                error = _timed(f"{count} bins, rate {rate}", partial(_error, table, rate))
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


def _timed(what: str, work: Callable[[], Result]) -> Result:
    begun = time.process_time()
    found = work()
    spent = time.process_time() - begun
    print(f"{what}: {spent:.1f} s here, a core {slowness():.1f} times slower than a normal one")
    return found


if __name__ == "__main__":
    main()
