"""Reads the counters that were recorded of planned launches, and counts the same launches."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from msgspec import Struct

from ptxenergy.errors import PtxEnergyError
from ptxenergy.gpu import load
from ptxenergy.launch.agreement import (
    Compared,
    CountsAgreement,
    agreement,
    counter_of,
    static_counts,
)
from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest, Pins
from ptxenergy.measure.kernels.catalog import read_ptx
from ptxenergy.measure.kernels.families import group_of
from ptxenergy.measure.planning.point import Point, read_plan
from ptxenergy.measure.rows.row import complete_lines
from ptxenergy.model.board import Board
from ptxenergy.pipeline import Options, bounds_of

SIMULATED: Final = "simulated"
_DEFAULT_GPU: Final = "h200"
Track: TypeAlias = Callable[[Iterable[object], str, int], Iterable[object]]
"""Handed the launches as they are counted, what is being done, and how many there will be."""


def _untracked(items: Iterable[object], doing: str, total: int) -> Iterable[object]:
    """The items as they are: nobody watches."""
    return items


class CountersError(PtxEnergyError):
    """Recorded counters cannot be read, or nothing is left of them to compare."""

    code = "counters"


class Recorded(Struct, frozen=True):
    """What Nsight Compute counted of one launch."""

    point_id: str
    kernel: str
    values: Mapping[str, float]


_Counted: TypeAlias = tuple[Recorded, Inspection | PtxEnergyError]


def compare(
    dataset: Path,
    datasets: Path,
    gpu: str | None = None,
    locked: Set[str] = frozenset(),
    track: Track = _untracked,
) -> CountsAgreement:
    """Hold the static counts of every launch in `dataset/counters.jsonl` to its counters.

    `datasets` holds the plan and the PTX. The GPU is the one named, else the one that the rows
    beside the counters name, else an H200. Launches of `locked` families are counted as left out,
    and not looked into. Raises CountersError and whatever reading a plan or PTX raises.
    """
    recorded = read_counters(dataset / "counters.jsonl")
    named = sorted({line["gpu"] for path in _row_files(dataset) for line in complete_lines(path)})
    known = load(gpu or _described(named))
    points = {point.point_id: point for point in read_plan(datasets / "plan.jsonl")}
    left_out: Counter[str] = Counter()
    compared: list[Compared] = []
    launches = 0
    pairs = [(one, points[one.point_id]) for one in recorded if one.point_id in points]
    if len(pairs) < len(recorded):
        left_out["not in the plan"] = len(recorded) - len(pairs)
    told = [pair for pair in pairs if group_of(pair[1].family) not in locked]
    if len(told) < len(pairs):
        left_out["of a locked family"] = len(pairs) - len(told)
    tracked = track(_inspected(told, datasets, known.id), "counting", len(told))
    for one, found in cast("Iterable[_Counted]", tracked):
        if isinstance(found, PtxEnergyError):
            left_out[f"could not be counted ({found.code})"] += 1
            continue
        launches += 1
        compared += _compared(one, static_counts(found))
    if not launches:
        why = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        path = dataset / "counters.jsonl"
        raise CountersError(f"{path}: no launch to compare: {why or 'none recorded'}")
    return CountsAgreement(known.id, SIMULATED in named, launches, agreement(compared), left_out)


def read_counters(path: Path) -> list[Recorded]:
    """The lines of a counters file, each launch once, the last record of it.

    Raises CountersError where the file is missing or a line is none of `measure counters`.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CountersError(
            f"{path} cannot be read: record it with `ptxenergy measure counters` ({error})"
        ) from error
    found: dict[str, Recorded] = {}
    for number, line in enumerate(lines, start=1):
        try:
            fields = json.loads(line)
            point_id, kernel = fields.pop("point_id"), fields.pop("kernel")
            fields.pop("family", None)
            found[point_id] = Recorded(point_id, kernel, {k: float(v) for k, v in fields.items()})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CountersError(f"{path}:{number}: this is no line of counters: {error}") from error
    return list(found.values())


def request_of(point: Point) -> LaunchRequest:
    """The launch of a point as a user would ask for it."""
    pins: dict[str, dict[int, Any]] = {"trip": {}, "branch": {}, "access": {}}
    for pin in point.pins:
        pins[str(pin["kind"])][int(pin["line"])] = pin["value"]
    return LaunchRequest(
        block=Dim3(*point.block),
        grid=Dim3(*point.grid),
        arguments=tuple(ArgumentSetting(str(i), repr(v)) for i, v in point.scalars.items()),
        shared_bytes=point.dynamic_shared_bytes,
        pins=Pins(pins["trip"], pins["branch"], pins["access"]),
    )


def _compared(one: Recorded, counts: Mapping[str, float]) -> Iterator[Compared]:
    for name, static in counts.items():
        measured = one.values.get(counter_of(name))
        if measured is not None:
            yield Compared(name, one.kernel, one.point_id, static, measured)


def _inspected(
    pairs: Sequence[tuple[Recorded, Point]], datasets: Path, gpu: str
) -> Iterator[_Counted]:
    """Each launch counted as `predict` does, the launches of one PTX file together."""
    by_file: dict[str, list[tuple[Recorded, Point]]] = defaultdict(list)
    for pair in pairs:
        by_file[pair[1].ptx_path].append(pair)
    for path, mine in by_file.items():
        try:
            text = read_ptx(datasets / path)
        except OSError as error:
            raise CountersError(f"{datasets / path}: {error.strerror or error}") from error
        digest = hashlib.sha256(text).hexdigest()
        options = [
            Options(
                gpu=gpu,
                kernel=point.entry,
                request=request_of(point),
                board=Board(cache="warm" if point.cache_mode == "warm" else "cold"),
            )
            for _, point in mine
        ]
        for (one, point), found in zip(mine, bounds_of(text, path, options), strict=True):
            if digest != point.ptx_sha256:
                yield one, CountersError(f"{path} is not the PTX that was measured")
            else:
                yield one, found if isinstance(found, PtxEnergyError) else found.inspection


def _row_files(dataset: Path) -> list[Path]:
    return sorted((dataset / "rows").glob("*.csv"))


def _described(named: Sequence[str]) -> str:
    """The described GPU of the rows; an H200 for simulated ones and where nothing says."""
    real = [name for name in named if name != SIMULATED]
    if len(real) > 1:
        raise CountersError(f"the rows are of several GPUs ({', '.join(real)}): say with --gpu")
    return real[0].removeprefix("NVIDIA ") if real else _DEFAULT_GPU
