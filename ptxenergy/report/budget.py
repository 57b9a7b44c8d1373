"""Kernels and their budgets: as a table and as JSON."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy._version import __version__
from ptxenergy.compare.budget import BudgetReport, BudgetRow
from ptxenergy.compare.limits import NO_BASELINE, Check
from ptxenergy.compare.project import NotPredicted
from ptxenergy.ptx.names import short_name
from ptxenergy.report.blocks import indented, joined
from ptxenergy.report.json import prediction_json
from ptxenergy.report.limits import amount, check_json, launch_words, source_json
from ptxenergy.report.units import percent
from ptxenergy.report.words import printable

BUDGET_SCHEMA = "ptxenergy.budget/1"

_STATES = {
    "kept": ("ok", "green"),
    "broken": ("BROKEN", "bold red"),
    "excused": ("above, launch assumed", "yellow"),
    "open": ("not held", "yellow"),
}


def show_budgets(report: BudgetReport) -> RenderableType:
    """Each kernel with its launch and its limits, then what could not be held."""
    held = [row for row in report.rows if any(map(_is_shown, row.checks))]
    free = [short_name(row.launched.kernel) for row in report.rows if not row.checks]
    notes = [Text(f"no budget: {printable(', '.join(free))}", style="dim")] if free else []
    notes += [_missing(one, "BROKEN: a budget, but no prediction", "red") for one in report.unknown]
    notes += [_missing(one, "no prediction", "yellow") for one in report.missing]
    notes += [
        Text(f"fits no kernel: {printable(entry)}", style="yellow") for entry in report.unmatched
    ]
    checks = [check for row in report.rows for check in row.checks]
    if not all(map(_is_shown, checks)):
        notes.append(Text(f"Limits of growth are not held: {NO_BASELINE}.", style="yellow"))
    if any(check.state == "excused" for check in checks):
        notes.append(
            Text("An assumed launch fails nothing: pin it in the entry, or give --hold-assumed.")
        )
    if any(not row.launched.prediction.calibrated for row in held):
        notes.append(Text("Not calibrated: physical bounds, not measured predictions."))
    return joined(*map(_kernel, held), *notes)


def budget_json(report: BudgetReport) -> dict[str, Any]:
    """What `ptxenergy budget --json` prints (schemas/budget.json)."""
    return {
        "schema": BUDGET_SCHEMA,
        "tool_version": __version__,
        "settings": report.settings,
        "broken": report.is_broken,
        "kernels": [
            {
                "file": row.launched.file,
                "launch_source": source_json(row.launched.source),
                "launch_assumed": row.launched.source.is_assumed,
                "checks": list(map(check_json, row.checks)),
                "prediction": prediction_json(row.launched.prediction),
            }
            for row in report.rows
        ],
        "unknown": list(map(_missing_json, report.unknown)),
        "missing": list(map(_missing_json, report.missing)),
        "unmatched": list(report.unmatched),
    }


def _is_shown(check: Check) -> bool:
    """Whether a limit has a line of its own: what no baseline leaves open is said once."""
    return check.reason != NO_BASELINE


def _kernel(row: BudgetRow) -> RenderableType:
    launched = row.launched
    launch = launched.prediction.inspection.profile.launch
    title = Text.assemble(
        (printable(short_name(launched.kernel)), "bold"),
        f": block {launch.block.short}, grid {launch.grid.short}   ",
        (printable(launched.file), "dim"),
    )
    entry = launched.source.entry or "no entry of its own"
    place = Text(f"{printable(entry)}; {launch_words(launched.source)}", style="dim")
    table = Table.grid(padding=(0, 2, 0, 0))
    for side in ("left", "right", "left", "right"):
        table.add_column(justify="right" if side == "right" else "left", no_wrap=True)
    table.add_column(overflow="fold")
    for check in filter(_is_shown, row.checks):
        table.add_row(*_cells(check))
    return joined(title, indented(place), indented(table), Text(""))


def _cells(check: Check) -> tuple[RenderableType, ...]:
    word, style = _STATES[check.state]
    allowed = f"of {amount(check, check.allowed)}"
    if check.found is None:
        return check.limit, "-", allowed, "", Text(f"{word}: {printable(check.reason)}", style)
    used = percent(check.found / check.allowed) if check.limit[-6:] != "growth" else ""
    return check.limit, amount(check, check.found), allowed, used, Text(word, style)


def _missing(one: NotPredicted, what: str, style: str) -> Text:
    text = f"{what}: {short_name(one.kernel)} of {one.file}: {one.reason}"
    return Text(printable(text), style=style)


def _missing_json(one: NotPredicted) -> dict[str, str]:
    return {"file": one.file, "kernel": one.kernel, "reason": one.reason}
