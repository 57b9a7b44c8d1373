"""The log of a build → a prediction of each kernel, compared with an earlier log and limits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.compare.baseline import Baseline, baseline_of
from ptxenergy.compare.causes import causes_of
from ptxenergy.compare.limits import hold
from ptxenergy.compare.parts import side_of
from ptxenergy.compare.project import Launched, predict_project
from ptxenergy.errors import InputError, PtxSyntaxError
from ptxenergy.gpu import load
from ptxenergy.gpu.spec import Gpu
from ptxenergy.hooks.command import is_ptx_of
from ptxenergy.hooks.store import LOG, Store, read_log
from ptxenergy.model.board import Board
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options
from ptxenergy.plugins import tell_observers
from ptxenergy.ptx.names import short_name
from ptxenergy.report.build import BuildReport, BuildRow
from ptxenergy.settings import Budget, Settings, find_settings

_TARGET = re.compile(rb"^\s*\.target\s+sm_(?P<major>\d+)(?P<minor>\d)(?P<kind>[af]?)", re.MULTILINE)


class Limits(Struct, frozen=True):
    """What a build may not exceed, on top of the project's own budgets. `energy_j`: of any launch,
    in joules; `growth`: of a kernel's energy over the earlier build, as a fraction; `hold_assumed`:
    on assumed launches, too."""

    energy_j: float | None = None
    growth: float | None = None
    hold_assumed: bool = False

    @property
    def budget(self) -> Budget:
        """The same as every kernel's budget."""
        return Budget(energy_j=self.energy_j, energy_growth=self.growth)


def report_build(log: Path, gpu: str, earlier: Path | None, limits: Limits) -> BuildReport:
    """Predict every kernel of a build's log, or of a directory that holds one.

    Launches and budgets come from the project of the working directory. A model corrects the bounds
    where one is shipped for the GPU. Raises InputError where a log or the project's settings cannot
    be read, GpuError for an unknown GPU, ModelError for a broken model.
    """
    settings = find_settings(Path.cwd())
    now = _predicted(log, gpu, log, settings)
    tell_observers(row.prediction for row in now.rows)
    if earlier is None:
        return _judged(now, settings, limits, None)
    before = _predicted(earlier, gpu, log, settings)
    known = {_key(row): row.prediction for row in before.rows}
    rows = tuple(_compared(row, known.get(_key(row)), load(gpu)) for row in now.rows)
    baseline = baseline_of((row.source, row.prediction) for row in before.rows)
    return _judged(replace(now, rows=rows), settings, limits, baseline)


def _compared(row: BuildRow, before: Prediction | None, gpu: Gpu) -> BuildRow:
    """With the earlier build's prediction, and where it differs at the same launch, with causes."""
    if before is None or row.energy_j == before.energy_j.value:
        return replace(row, before=before)
    was, now = (one.inspection.profile.launch for one in (before, row.prediction))
    is_same = (was.grid, was.block, was.arguments) == (now.grid, now.block, now.arguments)
    sides = side_of(before, gpu), side_of(row.prediction, gpu)
    causes = causes_of(*sides, gpu, Board()) if is_same else ()
    return replace(row, before=before, causes=causes)


def _key(row: BuildRow) -> tuple[str, str]:
    return row.source, row.kernel


def _judged(
    report: BuildReport, settings: Settings, limits: Limits, baseline: Baseline | None
) -> BuildReport:
    """Every row held to the project's budget, and to the limits that were given."""
    rows = []
    for row in report.rows:
        is_excused = row.assumed and not limits.hold_assumed
        checks = (
            check
            for budget in dict.fromkeys((settings.budget_for(row.kernel), limits.budget))
            for check in hold(
                row.prediction, budget, baseline, is_excused=is_excused, file=row.source
            )
        )
        rows.append(replace(row, checks=tuple(checks)))
    return replace(report, rows=tuple(rows))


def _predicted(log: Path, gpu: str, current: Path, settings: Settings) -> BuildReport:
    """The rows of one log; its PTX lies beside it or, for a copy, in the current directory."""
    file = log / LOG if log.is_dir() else log
    home = current if current.is_dir() else current.parent
    stores = [Store(file.parent), Store(home)]
    rows: list[BuildRow] = []
    missing: list[tuple[str, str]] = []
    for source, (ptx, note) in _latest(file).items():
        text = text_for(gpu, ptx, stores)
        if text is None:
            missing.append((source, note or f"no PTX that {gpu} can run"))
            continue
        try:
            for found in predict_project(text, source, settings, Options(gpu=gpu)):
                if isinstance(found, Launched):
                    rows.append(BuildRow(found))
                else:
                    missing.append((source, f"{short_name(found.kernel)}: {found.reason}"))
        except PtxSyntaxError as error:
            missing.append((source, str(error)))
    return BuildReport(tuple(rows), tuple(missing))


def _latest(file: Path) -> dict[str, tuple[list[dict[str, str]], str]]:
    """The newest PTX of each source and what was built of it, and a remark, under the source's path
    from here; where several things were built of one source, those are named, too."""
    try:
        records = list(read_log(file))
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror}): build with ptxenergy-launcher first"
        ) from error
    newest: dict[str, dict[str, tuple[list[dict[str, str]], str]]] = {}
    for record in records:
        directory = record["directory"]
        built = os.path.relpath(Path(directory, record["output"] or ""))
        for source, ptx, note in _of_each_source(record):
            newest.setdefault(os.path.relpath(Path(directory, source)), {})[built] = ptx, note
    return {
        source if len(found) == 1 else f"{source} ({built})": one
        for source, found in newest.items()
        for built, one in found.items()
    }


def _of_each_source(record: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, str]], str]]:
    """The sources of one command, with the PTX of each and a remark."""
    sources, ptx, note = record["sources"], record["ptx"], record["note"]
    if len(sources) == 1:
        yield sources[0], ptx, note
        return
    for source in sources:
        stem = Path(source).stem
        # Beside objects (-objtemp) their name is that of the object.
        of_it = [one for one in ptx if any(is_ptx_of(one["name"], s) for s in (stem, f"{stem}.o"))]
        yield source, of_it, note or ("" if of_it else "no PTX of it was kept")


def text_for(gpu: str, ptx: Iterable[Mapping[str, str]], stores: Sequence[Store]) -> bytes | None:
    """Of a source's PTX, what the driver would take: the highest target that the GPU can run."""
    has = load(gpu).compute_capability
    best: tuple[tuple[int, int], bytes] | None = None
    for one in ptx:
        path = next((p for s in stores if (p := Path(s.path(one["digest"]))).is_file()), None)
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
