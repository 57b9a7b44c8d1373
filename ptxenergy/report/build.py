"""What a build's kernels cost: its rows, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy._version import __version__
from ptxenergy.compare.causes import Cause
from ptxenergy.compare.limits import NO_BASELINE, Check, State
from ptxenergy.compare.project import Launched
from ptxenergy.model.prediction import Prediction
from ptxenergy.ptx.names import short_name
from ptxenergy.report.blocks import joined
from ptxenergy.report.changes import cause_words, signed
from ptxenergy.report.difference_json import cause_json
from ptxenergy.report.json import prediction_json
from ptxenergy.report.limits import check_json, check_words, source_json
from ptxenergy.report.units import si
from ptxenergy.report.words import printable

BUILD_SCHEMA = "ptxenergy.build/2"


class BuildRow(Struct, frozen=True):
    """One kernel of one source. `before`: its prediction in the earlier build; `causes`: of the
    change since, where the launch is the same; `checks`: the limits that it was held to."""

    launched: Launched
    before: Prediction | None = None
    causes: tuple[Cause, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def source(self) -> str:
        """The source's path."""
        return self.launched.file

    @property
    def prediction(self) -> Prediction:
        """Of one launch."""
        return self.launched.prediction

    @property
    def kernel(self) -> str:
        """The mangled name."""
        return self.launched.kernel

    @property
    def assumed(self) -> bool:
        """Whether the block, the grid or an argument was assumed."""
        return self.launched.source.is_assumed

    @property
    def energy_j(self) -> float:
        """Joules of one launch."""
        return self.prediction.energy_j.value

    @property
    def before_j(self) -> float | None:
        """Joules in the earlier build; None where it was not in it."""
        return None if self.before is None else self.before.energy_j.value

    @property
    def change(self) -> float | None:
        """The energy over that of the earlier build, less one; None where there was none."""
        return self.energy_j / self.before_j - 1 if self.before_j else None


class BuildReport(Struct, frozen=True):
    """The rows of a build, and what could not be predicted (source, why)."""

    rows: tuple[BuildRow, ...]
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """The limits that fail the build, in words."""
        return self._in_state("broken")

    @property
    def excused(self) -> tuple[str, ...]:
        """The limits that fail nothing because the launch is assumed."""
        return self._in_state("excused")

    @property
    def open(self) -> tuple[str, ...]:
        """The limits that could not be held though there is an earlier build, and why."""
        found = self._in_state("open")
        return tuple(text for text in found if not text.endswith(NO_BASELINE))

    def _in_state(self, state: State) -> tuple[str, ...]:
        return tuple(
            f"{short_name(row.kernel)}: {check_words(check)}"
            for row in self.rows
            for check in row.checks
            if check.state == state
        )


def show_build(report: BuildReport) -> RenderableType:
    """The rows, the dearest first, then what is missing and what broke a limit."""
    compared = any(row.before_j is not None for row in report.rows)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("kernel", "source", "block"):
        table.add_column(title, overflow="fold")
    for title in ("energy", "time", "power", *(["change"] if compared else [])):
        table.add_column(title, justify="right", no_wrap=True)
    for row in sorted(report.rows, key=lambda row: -row.energy_j):
        table.add_row(*_cells(row), *([_change(row)] if compared else []))
    notes = [_why(row) for row in report.rows if row.causes]
    notes += [Text(f"no prediction: {printable(s)}: {printable(why)}") for s, why in report.missing]
    notes += [Text(f"limit broken: {printable(text)}", style="red") for text in report.broken]
    notes += [Text(printable(text), style="yellow") for text in (*report.excused, *report.open)]
    if any(row.assumed for row in report.rows):
        notes.append(Text("* block, grid or an argument is assumed: see docs/settings.md"))
    if any(not row.prediction.calibrated for row in report.rows):
        notes.append(Text("Not calibrated: physical bounds, not measured predictions."))
    return joined(table if report.rows else Text("no kernels"), "", *notes)


def build_json(report: BuildReport) -> dict[str, Any]:
    """What `ptxenergy build-report --json` prints."""
    return {
        "schema": BUILD_SCHEMA,
        "tool_version": __version__,
        "kernels": [
            {
                "source": row.source,
                "launch_source": source_json(row.launched.source),
                "launch_assumed": row.assumed,
                "before_j": row.before_j,
                "causes": list(map(cause_json, row.causes)),
                "checks": list(map(check_json, row.checks)),
                "prediction": prediction_json(row.prediction),
            }
            for row in report.rows
        ],
        "missing": [{"source": source, "reason": why} for source, why in report.missing],
        "broken": list(report.broken),
        "excused": list(report.excused),
        "open": list(report.open),
    }


def _cells(row: BuildRow) -> Sequence[str]:
    prediction = row.prediction
    launch = prediction.inspection.profile.launch
    mark = " *" if row.assumed else ""
    return (
        printable(short_name(row.kernel)),
        printable(row.source),
        f"{launch.block.short} {row.launched.source.block}{mark}",
        si(row.energy_j, "J"),
        si(prediction.time_s.value, "s"),
        si(prediction.power_w.value, "W"),
    )


def _why(row: BuildRow) -> Text:
    """The largest cause of a change, with what it moves in the bound."""
    first = row.causes[0]
    words = f"{cause_words(first)}, {signed(first.energy_j, 'J')}"
    return Text(printable(f"{short_name(row.kernel)} {_change(row)}: {words}"))


def _change(row: BuildRow) -> str:
    return "new" if row.change is None else f"{row.change:+.1%}"
