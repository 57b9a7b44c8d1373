"""The log of a build → a prediction of each kernel, compared with an earlier log and limits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ptxenergy.errors import InputError, PtxEnergyError
from ptxenergy.gpu import load
from ptxenergy.hooks.launches import KernelEntry, read_entries, request_for
from ptxenergy.hooks.store import LOG, Store, read_log
from ptxenergy.pipeline import Options, bounds_of
from ptxenergy.program.shared import body_of
from ptxenergy.ptx import parse_text
from ptxenergy.report.build import BuildReport, BuildRow

_TARGET = re.compile(rb"^\s*\.target\s+sm_(?P<major>\d+)(?P<minor>\d)(?P<kind>[af]?)", re.MULTILINE)
_LAUNCH_CODES = frozenset({"block", "grid", "argument"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a build may not exceed. `energy_j`: of any launch, in joules; `growth`: of a kernel's
    energy over the earlier build, as a fraction; `hold_assumed`: on assumed launches, too."""

    energy_j: float | None = None
    growth: float | None = None
    hold_assumed: bool = False


def report_build(log: Path, gpu: str, earlier: Path | None, limits: Limits) -> BuildReport:
    """Predict every kernel of a build's log, or of a directory that holds one.

    Launches come from the project of the working directory; predictions are bounds, for which no
    model is asked. Raises InputError where a log cannot be read, GpuError for an unknown GPU.
    """
    now = _predicted(log, gpu, log)
    if earlier is not None:
        before = {_key(row): row.energy_j for row in _predicted(earlier, gpu, log).rows}
        rows = tuple(replace(row, before_j=before.get(_key(row))) for row in now.rows)
        now = replace(now, rows=rows)
    return _judged(now, limits)


def _key(row: BuildRow) -> tuple[str, str]:
    return row.source, row.kernel


def _judged(report: BuildReport, limits: Limits) -> BuildReport:
    broken: list[str] = []
    excused: list[str] = []
    for row in report.rows:
        place = broken if limits.hold_assumed or not row.assumed else excused
        if limits.energy_j is not None and row.energy_j > limits.energy_j:
            place.append(f"{row.kernel}: {row.energy_j:.3g} J, above {limits.energy_j:.3g} J")
        if limits.growth is not None and (row.change or 0) > limits.growth:
            place.append(f"{row.kernel}: {row.change:+.1%}, above {limits.growth:+.1%}")
    return replace(report, broken=tuple(broken), excused=tuple(excused))


def _predicted(log: Path, gpu: str, current: Path) -> BuildReport:
    """The rows of one log; its PTX lies beside it or, for a copy, in the current directory."""
    file = log / LOG if log.is_dir() else log
    home = current if current.is_dir() else current.parent
    stores = [Store(file.parent), Store(home)]
    entries = read_entries(Path.cwd())
    rows: list[BuildRow] = []
    missing: list[tuple[str, str]] = []
    for source, record in _latest(file).items():
        text = text_for(gpu, record["ptx"], stores)
        if text is None:
            missing.append((source, record["note"] or f"no PTX that {gpu} can run"))
            continue
        try:
            for row in _rows(source, text, gpu, entries):
                if isinstance(row, BuildRow):
                    rows.append(row)
                else:
                    missing.append((source, str(row)))
        except PtxEnergyError as error:
            missing.append((source, str(error)))
    return BuildReport(tuple(rows), tuple(missing))


def _latest(file: Path) -> dict[str, dict[str, Any]]:
    """The newest record of each source and output, under the source's path from here."""
    try:
        records = list(read_log(file))
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror}): build with ptxenergy-launcher first"
        ) from error
    newest = {
        (record["directory"], *record["sources"], record["output"]): record for record in records
    }
    named: dict[str, dict[str, Any]] = {}
    for record in newest.values():
        path = os.path.relpath(Path(record["directory"], record["sources"][0]))
        named[path if path not in named else f"{path} ({record['output']})"] = record
    return named


def text_for(gpu: str, ptx: Iterable[Mapping[str, str]], stores: Sequence[Store]) -> bytes | None:
    """Of a source's PTX, what the driver would take: the highest target that the GPU can run."""
    has = load(gpu).compute_capability
    best: tuple[tuple[int, int], bytes] | None = None
    for one in ptx:
        path = next((p for s in stores if (p := s.path(one["digest"])).is_file()), None)
        if path is None:
            continue
        text = path.read_bytes()
        target = _TARGET.search(text)
        if target is None:
            continue
        wants = int(target["major"]), int(target["minor"])
        if _runs(wants, target["kind"].decode(), has) and (best is None or wants > best[0]):
            best = wants, text
    return None if best is None else best[1]


def _runs(wants: tuple[int, int], kind: str, has: tuple[int, int]) -> bool:
    """Whether a GPU can run a target: `sm_90a` is for that GPU alone, `sm_100f` for its family."""
    if kind == "a":
        return wants == has
    return wants <= has and (kind != "f" or wants[0] == has[0])


def _rows(
    source: str, text: bytes, gpu: str, entries: Sequence[KernelEntry]
) -> Iterable[BuildRow | PtxEnergyError]:
    module = parse_text(text, source)
    asked = [request_for(body_of(module, name), entries) for name in module.kernel_names]
    launches = [
        Options(gpu=gpu, kernel=name, request=request)
        for name, (request, _) in zip(module.kernel_names, asked, strict=True)
    ]
    found = bounds_of(text, source, launches)
    for (_, block_source), result in zip(asked, found, strict=True):
        if isinstance(result, PtxEnergyError):
            yield result
            continue
        made = result.inspection.profile.launch.assumptions
        assumed = block_source == ".maxntid" or any(one.code in _LAUNCH_CODES for one in made)
        yield BuildRow(source, result, block_source, assumed)
