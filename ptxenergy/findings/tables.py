"""What `dataset findings` shows a person, and its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import to_builtins
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy._version import __version__
from ptxenergy.findings.sentences import (
    fastest_line,
    guesses,
    judged_line,
    left_out_line,
    limit_text,
    meter_lines,
    noise_line,
    test_line,
    verdict,
)
from ptxenergy.findings.values import Exceeding, Findings, Goal, KernelShapes, Regrets, Shapes
from ptxenergy.report.blocks import grid, joined, section
from ptxenergy.report.evaluation import MADE_UP, share
from ptxenergy.report.json import Json
from ptxenergy.report.words import printable

FINDINGS_SCHEMA = "ptxenergy.findings/1"


def show_findings(found: Findings) -> RenderableType:
    """All findings as tables and lines."""
    line = f": {found.rows} rows, {found.good} good points of {found.kernels} kernels in "
    return joined(
        Text.assemble((printable(found.name), "bold"), f"{line}{found.families} real families"),
        Text(MADE_UP, style="bold yellow") if found.simulated else None,
        section("Asked for", goal_table(found.goals)),
        section("The meters", lines(meter_lines(found.meters))),
        section("What was guessed of them, and what was seen", _guesses(found)),
        section("Block shape at equal work", _shapes(found.shapes)),
        section("Picks held against the best", _regrets(found.shapes)),
        section("By kernel: energy over the least", _kernels(found.shapes.kernels))
        if found.shapes.kernels
        else None,
    )


def findings_json(found: Findings) -> Json:
    """What `ptxenergy dataset findings --json` prints (schemas/findings.json)."""
    return {
        "schema": FINDINGS_SCHEMA,
        "tool_version": __version__,
        **to_builtins(found),
    }


def goal_table(goals: Iterable[Goal]) -> Table:
    """Each goal on a line: asked, found, reached."""
    table = _table("", "asked", "found", "reached")
    styles = {True: "green", False: "red", None: "yellow"}
    for goal in goals:
        reached = Text(verdict(goal), style=styles[goal.reached])
        table.add_row(goal.name, goal.asked, printable(goal.found), reached)
    return table


def lines(texts: Iterable[str]) -> RenderableType:
    """Lines one under the other."""
    return Group(*(Text(printable(text), overflow="fold") for text in texts))


def _guesses(found: Findings) -> Table:
    table = _table("", "guessed", "seen")
    for of, guessed, seen in guesses(found.meters):
        table.add_row(of, guessed, seen)
    return table


def _shapes(shapes: Shapes) -> RenderableType:
    about = [left_out_line(shapes), noise_line(shapes.noise), test_line(), fastest_line(shapes)]
    table = _table("kernels whose energy is above the least", "", "as measured", "beyond noise")
    for name, found in (
        ("worst shape", shapes.worst),
        ("fastest shape", shapes.fastest),
        ("occupancy heuristic's", shapes.picked),
    ):
        _add_exceeding(table, name, found)
    return joined(lines(about), Text(""), table)


def _add_exceeding(table: Table, name: str, found: Sequence[Exceeding]) -> None:
    for number, one in enumerate(found):
        beyond = "-" if one.beyond_noise is None else str(one.beyond_noise)
        table.add_row("" if number else name, limit_text(one), str(one.measured), beyond)


def _regrets(shapes: Shapes) -> RenderableType:
    table = _table(
        "energy over the best", "mean", "median", "90 %", "worst", "within 5 %", "kernels"
    )
    for name, one in shapes.regrets.items():
        table.add_row(name, *regret_cells(one))
    return joined(lines([judged_line(shapes)]), table if shapes.regrets else None)


def regret_cells(one: Regrets) -> tuple[str, ...]:
    """Mean, median, 90 %, worst, share within 5 %, kernels."""
    shares = (one.mean, one.median, one.p90, one.worst, one.within_5)
    return (*map(share, shares), str(one.kernels))


def _kernels(kernels: Sequence[KernelShapes]) -> Table:
    table = _table("", "worst", "beyond noise", "fastest", "heuristic", "least")
    for one in kernels:
        picked = "-" if one.picked is None else above(one.picked)
        beyond = "-" if one.worst_low is None else above(max(1.0, one.worst_low))
        cells = above(one.worst), beyond, above(one.fastest), picked, one.best_block
        table.add_row(printable(one.kernel), *cells)
    return table


def above(ratio: float) -> str:
    """How much a ratio is above 1."""
    return f"+{share(ratio - 1)}"


def _table(*headers: str) -> Table:
    table = grid(*("left" for _ in headers))
    table.add_row(*(Text(header, style="dim") for header in headers))
    return table
