"""The committed data set, read once for all tests of a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ptxenergy.measure.kernels.catalog import Entry, catalog, read_ptx
from ptxenergy.measure.planning.point import Point, read_plan

DATASETS = Path(__file__).parents[2] / "datasets"


@cache
def entries() -> tuple[Entry, ...]:
    return catalog(DATASETS)


@cache
def texts() -> dict[str, str]:
    """Each kernel's PTX."""
    return {entry.kernel.name: read_ptx(entry.ptx).decode() for entry in entries()}


@cache
def committed_plan() -> tuple[Point, ...]:
    return tuple(read_plan(DATASETS / "plan.jsonl"))
