"""Two versions side by side, on a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.compare.causes import Cause
from ptxenergy.compare.counted import WARPS
from ptxenergy.compare.difference import MEASURES, Comparison, Difference
from ptxenergy.report.blocks import grid, indented, joined, section, skipped
from ptxenergy.report.changes import (
    cause_words,
    growth_words,
    interval_words,
    limit_words,
    listed,
    place_words,
    signed,
    threshold_words,
    trust,
)
from ptxenergy.report.json import all_assumptions
from ptxenergy.report.limits import launch_words
from ptxenergy.report.units import si
from ptxenergy.report.words import printable, problem, signature

_BAR_COLUMNS = 10
_SHOWN = 8
_STYLE = {"kept": "green", "excused": "yellow", "broken": "bold red"}


def show_comparison(
    comparison: Comparison, root: Path = Path(), *, ascii_only: bool = False
) -> RenderableType:
    """Each pair with its quantities and causes, then kernels of one file alone. Files under `root`
    are named relative to it."""
    parts: list[RenderableType] = []
    for number, one in enumerate(comparison.differences):
        parts += [Text("")] if number else []
        parts.append(_difference(one, root, ascii_only))
    alone = [Text(f"{what}: {printable(name)}") for what, name in listed(comparison)]
    if alone:
        parts += [Text(""), *alone]
    return joined(*parts, skipped(comparison.skipped))


def _difference(one: Difference, root: Path, ascii_only: bool) -> RenderableType:
    parts: list[RenderableType | None] = [_heading(one), Text(""), indented(_answer(one))]
    if one.threshold.growth is not None:
        parts.append(indented(_verdict(one)))
    remarks = [Text(printable(text), style="yellow") for text in (*one.assumed, *one.notes)]
    if one.source is not None:
        entry = one.source.entry or "no entry of the project"
        remarks.insert(0, Text(printable(f"{entry}: {launch_words(one.source)}"), style="dim"))
    remarks.append(Text(trust(one), style="dim" if one.new.calibrated else "yellow"))
    parts += map(indented, remarks)
    if one.causes:
        parts.append(section(_title(one), _causes(one, root, ascii_only)))
    return joined(*parts)


def _heading(one: Difference) -> RenderableType:
    """The launch, which is both versions', the signature, and where all of it stands."""
    profile, conditions = one.old.inspection.profile, one.new.conditions
    launch = problem(profile.launch, all_assumptions(profile))
    full = signature(one.new.inspection.profile.kernel)
    place = (
        f"{one.new.inspection.gpu}, {conditions.power_limit_w:.0f} W limit, "
        f"{conditions.cache} cache   {one.old.inspection.file} → {one.new.inspection.file}"
    )
    return joined(
        Text.assemble((printable(one.name), "bold"), f": {launch}"),
        None if full is None else indented(Text(printable(full), style="dim", overflow="fold")),
        indented(Text(printable(place), style="dim", overflow="fold")),
    )


def _answer(one: Difference) -> Table:
    table = grid("left", "right", "right", "right", "left")
    table.add_row("", Text("old", "dim"), Text("new", "dim"), Text("change", "dim"), "")
    for measure, (name, unit) in MEASURES.items():
        old, new = getattr(one.old, name).value, getattr(one.new, name).value
        ratio = one.ratios[measure]
        between = interval_words(ratio)
        shown = f"ratio {ratio.value:.3g}" + (f", {between}" if between else "")
        change = Text(growth_words(ratio), "bold" if measure == "energy" else "")
        table.add_row(measure, si(old, unit), si(new, unit), change, Text(shown, "dim"))
    return table


def _verdict(one: Difference) -> Text:
    words = threshold_words(one) or f"within the limit of {limit_words(one)}"
    return Text(f"{one.threshold.measure} {words}", _STYLE[one.state])


def _title(one: Difference) -> str:
    change = signed(one.bound_change_j, "J")
    seconds = signed(one.bound_change_s, "s")
    whose = "the bound changes by " if one.new.model_id is None else "before the model, by "
    return f"Why: {whose}{change}, {seconds}"


def _causes(one: Difference, root: Path, ascii_only: bool) -> RenderableType:
    total = sum(abs(cause.energy_j) for cause in one.causes) or 1.0
    mark = "#" if ascii_only else "█"
    table = grid("right", "right", "left", "left")
    for cause in one.causes[:_SHOWN]:
        share = abs(cause.energy_j) / total
        bar = Text(mark * round(share * _BAR_COLUMNS), "red" if cause.energy_j > 0 else "green")
        table.add_row(
            signed(cause.energy_j, "J"), signed(cause.time_s, "s"), bar, _described(cause, root)
        )
    left = one.causes[_SHOWN:]
    if left:
        joules, seconds = sum(c.energy_j for c in left), sum(c.time_s for c in left)
        table.add_row(signed(joules, "J"), signed(seconds, "s"), "", f"{len(left)} more")
    has_plain = any(cause.counted.unit == WARPS for cause in one.causes)
    legend = Text("counts without a unit are warp instructions of the launch", style="dim")
    return joined(table, legend if has_plain else None)


def _described(cause: Cause, root: Path) -> Text:
    text = Text(printable(cause_words(cause)))
    places = cause.counted.places
    if places:
        where = place_words(places[0].file, places[0].line, root)
        text.append(f"  {printable(where)}", style="dim")
    return text
