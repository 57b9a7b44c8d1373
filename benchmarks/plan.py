"""What the plan asks a GPU for, as predicted, before any GPU is asked.

    python -m benchmarks.plan                      # all launches: a quarter of an hour on two cores
    python -m benchmarks.plan --kernels gemm_tiled # some kernels

Times by study, and whether every launch keeps within its buffers: for each access that the exact
evaluation follows, the first and the last byte that any lane touches in any block and iteration,
beside the size that the definition gives the argument. An access beyond it would take the GPU down.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from msgspec import Struct

from ptxenergy.errors import PtxEnergyError
from ptxenergy.launch.closed.evaluate import Run
from ptxenergy.launch.closed.value import GRID_AXES
from ptxenergy.launch.resolve import REGION_SHIFT
from ptxenergy.measure.kernels.catalog import Entry, catalog, read_ptx
from ptxenergy.measure.planning.point import Point, read_plan
from ptxenergy.measure.planning.shadow import SHADOW, NeedsValuesError, Shadow
from ptxenergy.model.board import Board
from ptxenergy.pipeline import Options, bounds_of
from ptxenergy.train.counting import request_of
from ptxenergy.train.rows import Launched, pins_of

DATASETS = Path(__file__).resolve().parents[1] / "datasets"
_HALF = 1 << (REGION_SHIFT - 1)


class Seen(Struct, frozen=True):
    """A launch as predicted; `beyond`: arguments that are reached beyond; None: not followed."""

    point: Point
    time_s: float
    beyond: tuple[str, ...] | None


def main() -> None:
    """Print times by study, and what reaches beyond its buffers."""
    options = _options()
    files: dict[str, list[Point]] = defaultdict(list)
    for point in read_plan(DATASETS / "plan.jsonl"):
        if not options.kernels or point.kernel in options.kernels:
            files[point.ptx_path].append(point)
    work = (delayed(_seen)(points) for points in files.values())
    found: list[Seen | str] = []
    for number, part in enumerate(Parallel(n_jobs=options.jobs, return_as="generator")(work), 1):
        print(f"{number} of {len(files)} files", end="\r", file=sys.stderr)
        found += part
    seen = [one for one in found if isinstance(one, Seen)]
    _print_times(seen)
    followed = [one for one in seen if one.beyond is not None]
    beyond = [one for one in followed if one.beyond]
    print(f"{len(found)} launches, {len(found) - len(seen)} refused, {len(followed)} followed")
    print(f"{len(beyond)} reach beyond a buffer")
    for text in (one for one in found if isinstance(one, str)):
        print(f"  refused: {text}")
    for one in beyond:
        print(f"  {one.point.kernel} {dict(one.point.size)} {one.point.block}: {one.beyond}")


def _print_times(seen: Sequence[Seen]) -> None:
    print(f"{'study':8} {'launches':>8} {'10 %':>9} {'median':>9} {'90 %':>9} {'longest':>9}")
    for study in sorted({one.point.study for one in seen}):
        times = [one.time_s for one in seen if one.point.study == study]
        texts = [f"{q * 1e6:7.1f}us" for q in np.quantile(times, (0.1, 0.5, 0.9, 1))]
        print(f"{study:8} {len(times):8} {' '.join(texts)}")


@cache
def _entries() -> dict[str, Entry]:
    return {entry.kernel.name: entry for entry in catalog(DATASETS)}


def _seen(points: Sequence[Point]) -> list[Seen | str]:
    entry = _entries()[points[0].kernel]
    runs: list[Run | None] = []
    asked = [_options_of(point) for point in points]
    results = bounds_of(read_ptx(entry.ptx), entry.kernel.name, asked, runs.append)
    found: list[Seen | str] = []
    for point in points:
        runs.clear()
        result = next(results)
        if isinstance(result, PtxEnergyError):
            found.append(f"{point.kernel} {point.block}: {result}")
            continue
        run = runs[-1] if runs else None
        beyond = None if run is None else tuple(_beyond(run, _bytes_of(entry, point)))
        found.append(Seen(point, result.bound.time_s, beyond))
    return found


def _options_of(point: Point) -> Options:
    launched = Launched(
        point.ptx_path,
        point.ptx_sha256,
        point.entry,
        (*point.grid,),
        (*point.block,),
        point.dynamic_shared_bytes,
        tuple(sorted((str(index), repr(value)) for index, value in point.scalars.items())),
        pins_of(point.pins),
    )
    return Options(kernel=point.entry, request=request_of(launched), board=Board())


def _bytes_of(entry: Entry, point: Point) -> dict[int, int]:
    """The size of each array among the arguments, by index."""
    made: tuple[Any, ...]
    try:
        made = entry.kernel.arguments(SHADOW, point.size, point.data)
    except NeedsValuesError:
        made = entry.kernel.arguments(np, point.size, point.data)
    return {i: a.nbytes for i, a in enumerate(made) if isinstance(a, (Shadow, np.ndarray))}


def _beyond(run: Run, sizes: dict[int, int]) -> Iterator[str]:
    """The arguments that some access reaches beyond, with the bytes."""
    starts = {}
    for index, argument in enumerate(run.launch.arguments):
        for offset in argument.pointer_offsets:
            address = int.from_bytes(argument.image[offset : offset + 8], "little")
            starts[address >> REGION_SHIFT] = index
    reached: dict[int, tuple[int, int]] = {}
    for scope, event in run.sums.events:
        if event.space != "global" or event.unknown:
            continue
        low = event.row.astype(np.int64)[event.lanes]
        high = low + event.width
        for dim, stride in (event.strides or {}).items():
            steps = scope.extents.get(dim, 1) if dim < GRID_AXES else event.loops.get(dim, 1)
            reach = np.broadcast_to(np.asarray(stride), event.lanes.shape)[event.lanes]
            reach = reach * (np.broadcast_to(np.asarray(steps), event.lanes.shape)[event.lanes] - 1)
            low, high = low + np.minimum(0, reach), high + np.maximum(0, reach)
        for region in np.unique((low + _HALF) >> REGION_SHIFT).tolist():
            mine = ((low + _HALF) >> REGION_SHIFT) == region
            index, base = starts.get(region, -1), region << REGION_SHIFT
            first, last = int(low[mine].min()) - base, int(high[mine].max()) - base
            known = reached.get(index, (first, last))
            reached[index] = min(known[0], first), max(known[1], last)
    for index, (first, last) in reached.items():
        if index in sizes and (first < 0 or last > sizes[index]):
            yield f"argument {index}: bytes {first} to {last} of {sizes[index]}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernels", nargs="*", default=())
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    # By its own name, so that other processes find what they are handed.
    from benchmarks.plan import main as named

    named()
