"""Launches → features and bounds, by the very way that `predict` goes; many at once, kept."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.errors import GpuError, PtxEnergyError
from ptxenergy.features.classes import class_shares
from ptxenergy.features.vector import feature_set, features_of
from ptxenergy.gpu import load
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest, Pins
from ptxenergy.measure.kernels.catalog import read_ptx
from ptxenergy.model.board import Board
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options, bounds_of
from ptxenergy.train.cache import FeatureCache, key_of
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.parallel import Workers
from ptxenergy.train.rows import SIMULATED, Launched, Rows
from ptxenergy.train.table import Counted, Table

DEFAULT_GPU = "h200"


class Counting(Struct, frozen=True):
    """How launches are counted: for which GPU, where their PTX lies, and what is known already."""

    gpu: Gpu
    places: tuple[Path, ...]
    cache: FeatureCache
    workers: Workers


class _Task(Struct, frozen=True):
    """Launches of one PTX text, to be counted in one go."""

    text: bytes
    file: str
    gpu: str
    launches: tuple[Launched, ...]


def gpu_of(rows: Rows, chosen: str | None) -> Gpu:
    """The described GPU that rows were measured on; for simulated ones the chosen, or an H200.

    Raises TrainingError where it is not described, or where another one was chosen.
    """
    if rows.gpu == SIMULATED:
        return load(chosen or DEFAULT_GPU)
    try:
        known = load(rows.gpu.removeprefix("NVIDIA "))
    except GpuError:
        if chosen is None:
            raise TrainingError(
                f"the rows are of {rows.gpu!r}: say with --gpu which described GPU that is"
            ) from None
        return load(chosen)
    if chosen is not None and load(chosen).id != known.id:
        raise TrainingError(f"the rows are of {rows.gpu!r}, which is {known.id}, not {chosen}")
    return known


def tabulated(rows: Rows, counting: Counting) -> tuple[Rows, Table]:
    """Rows with their table, in the same order; what cannot be counted is left out of both.

    Raises TrainingError where a PTX is missing or is not the one that was measured, and where
    nothing is left.
    """
    found = counted([row.launched for row in rows.rows], counting)
    kept = [
        (row, one) for row, one in zip(rows.rows, found, strict=True) if isinstance(one, Counted)
    ]
    reasons = Counter(rows.left_out)
    if len(kept) < len(rows.rows):
        reasons["could not be counted"] += len(rows.rows) - len(kept)
    if not kept:
        raise TrainingError(f"no row is left to learn from: {_listed(reasons, found)}")
    table = Table(
        feature_set(),
        tuple(one for _, one in kept),
        tuple(row.tags for row, _ in kept),
        tuple(row.measured for row, _ in kept),
    )
    chosen = tuple(row for row, _ in kept)
    return replace(rows, rows=chosen, left_out=dict(sorted(reasons.items()))), table


def counted(launches: Sequence[Launched], counting: Counting) -> list[Counted | str]:
    """What each launch counts, or why it cannot be counted."""
    texts = {path: _text(path, counting.places) for path in {one.ptx_path for one in launches}}
    for one in launches:
        if hashlib.sha256(texts[one.ptx_path]).hexdigest() != one.ptx_sha256:
            raise TrainingError(f"{one.ptx_path} is not the PTX that was measured")
    keys = {one: key_of(one, texts[one.ptx_path], counting.gpu) for one in dict.fromkeys(launches)}
    known = {one: counting.cache.get(key) for one, key in keys.items()}
    missing: dict[str, list[Launched]] = defaultdict(list)
    for one, found in known.items():
        if found is None:
            missing[one.ptx_path].append(one)
    tasks = [
        _Task(texts[path], path, counting.gpu.id, tuple(ones)) for path, ones in missing.items()
    ]
    # Each is kept as it comes: an interrupt loses only what was being counted.
    results = counting.workers.each(_count, tasks, "counting")
    for task, answers in zip(tasks, results, strict=True):
        for one, answer in zip(task.launches, answers, strict=True):
            counting.cache.put(keys[one], answer)
            known[one] = answer
    return [known[one] or "" for one in launches]


def request_of(launched: Launched) -> LaunchRequest:
    """The launch as a user would ask for it."""
    pins: dict[str, dict[int, Any]] = {"trip": {}, "branch": {}, "access": {}}
    for kind, line, value in launched.pins:
        pins[kind][line] = value
    return LaunchRequest(
        block=Dim3(*launched.block),
        grid=Dim3(*launched.grid),
        arguments=tuple(ArgumentSetting(index, value) for index, value in launched.args),
        shared_bytes=launched.dynamic_shared_bytes,
        pins=Pins(pins["trip"], pins["branch"], pins["access"]),
    )


def _count(task: _Task) -> list[Counted | str]:
    gpu = load(task.gpu)
    options = [
        Options(
            gpu=task.gpu,
            kernel=one.entry,
            request=request_of(one),
            board=Board(cache="cold" if one.is_cold else "warm"),
        )
        for one in task.launches
    ]
    try:
        bounds = bounds_of(task.text, task.file, options)
        return [_counted(found, gpu) for found in bounds]
    except PtxEnergyError as error:
        return [str(error)] * len(task.launches)


def _counted(found: Prediction | PtxEnergyError, gpu: Gpu) -> Counted | str:
    if isinstance(found, PtxEnergyError):
        return str(found)
    return Counted(
        features=features_of(found.inspection, found.bound, gpu),
        bound_time_s=found.bound.time_s,
        bound_power_w=found.bound.power_w,
        shares=class_shares(found.inspection, found.bound),
    )


def _text(path: str, places: Sequence[Path]) -> bytes:
    for place in places:
        if (place / path).is_file():
            return read_ptx(place / path)
    listed = ", ".join(map(str, places))
    raise TrainingError(f"{path} is in none of {listed}: give --datasets")


def _listed(reasons: Mapping[str, int], found: Sequence[Counted | str]) -> str:
    first = next((one for one in found if isinstance(one, str)), "")
    counts = ", ".join(f"{count} {why}" for why, count in reasons.items()) or "no rows"
    return f"{counts}{f' ({first})' if first else ''}"
