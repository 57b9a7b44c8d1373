"""The choice of a block shape, on a terminal."""

from __future__ import annotations

from collections import Counter

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.compare.difference import Ratio
from ptxenergy.launch.request import Dim3
from ptxenergy.ptx.names import short_name
from ptxenergy.report.blocks import bar, grid, indented, joined, section
from ptxenergy.report.units import si
from ptxenergy.report.words import printable
from ptxenergy.tune.result import GOALS, Baseline, Candidate, Tuning

_BAR_COLUMNS = 18
_SHOWN_REASONS = 6


def show_tuning(tuning: Tuning, *, most: int = 12, ascii_only: bool = False) -> RenderableType:
    """Verdict, what to pick and what it saves, the first `most` candidates, what was left out."""
    launch = tuning.reference.prediction.inspection.profile.launch
    title = Text.assemble(
        (printable(short_name(tuning.kernel)), "bold"),
        f": block shapes for the work of {launch.block.short} on a grid of {launch.grid.short}",
    )
    place = Text(f"{tuning.gpu}   {printable(tuning.file)}", "dim", overflow="fold")
    parts: list[RenderableType | None] = [
        title,
        indented(place),
        Text(""),
        indented(verdict(tuning)),
        indented(Text(_trust(tuning), "dim" if tuning.calibrated else "yellow")),
    ]
    if tuning.verified:
        parts.append(section("What to pick", _picks(tuning)))
    if tuning.candidates:
        parts.append(section("Shapes by energy", _shapes(tuning, most, ascii_only)))
    if tuning.excluded:
        parts.append(section("Left out", _excluded(tuning)))
    return joined(*parts)


def verdict(tuning: Tuning) -> Text:
    """Whether the shape matters, in a sentence."""
    count = len(tuning.verified)
    if tuning.verdict == "unverified":
        return Text("unverified: no shape could be shown to do the same work", "bold yellow")
    if tuning.verdict == "only-one":
        return Text(f"only {tuning.verified[0].label}: no other shape does the same work", "bold")
    if tuning.verdict == "indifferent":
        spread = f"{100 * (tuning.spread - 1):.1f} %"
        return Text(f"indifferent: {count} shapes within {spread} of energy", "bold green")
    most = f"up to {tuning.spread:.2g}× the energy"
    return Text(f"shape matters ({most}): {count} shapes do the same work", "bold")


def _trust(tuning: Tuning) -> str:
    if not tuning.calibrated:
        return "uncalibrated: no measured rows stand behind these numbers, only the physical bound"
    between = tuning.interval
    if between is None:
        return "calibrated, but on no pairs of launches: there is no interval of ratios"
    return (
        f"least over most energy {between.value:.3g}, between {between.low:.3g} and "
        f"{between.high:.3g} with {100 * between.level:.0f} % confidence"
    )


def _picks(tuning: Tuning) -> Table:
    table = grid("left", "left", "left", "right", "right", "right", "right")
    against: tuple[tuple[Baseline, Candidate | None], ...] = (
        ("heuristic", tuning.heuristic),
        ("given", tuning.given),
    )
    named = [(name, one) for name, one in against if one is not None]
    table.add_row(*_dim("", "block", "grid", "energy", "time", *(f"vs {n}" for n, _ in named)))
    rows: list[tuple[str, Candidate]] = [
        (words, best) for goal, words in GOALS.items() if (best := tuning.best(goal)) is not None
    ]
    rows += [("occupancy heuristic" if n == "heuristic" else "given", one) for n, one in named]
    for words, one in rows:
        saved = [_saving(one.ratios[baseline]["energy"]) for baseline, _ in named]
        table.add_row(
            words,
            Text(one.label, "bold" if words in GOALS.values() else ""),
            one.grid.short,
            si(one.energy_j, "J"),
            si(one.time_s, "s"),
            *saved,
        )
    return table


def _saving(ratio: Ratio) -> str:
    change, between = ratio.value - 1, ratio.interval
    if between is not None:
        return f"{_percent(change)} ({_percent(between.low - 1)} to {_percent(between.high - 1)})"
    return "same" if abs(change) < 0.0005 else f"{_percent(change)} %"


def _percent(change: float) -> str:
    return f"{100 * change:+.1f}".replace("-", "−")


def _shapes(tuning: Tuning, most: int, ascii_only: bool) -> RenderableType:
    table = grid("left", "right", "right", "right", "left", "left")
    table.add_row(*_dim("block", "energy", "time", "power", "", ""))
    top = max(one.energy_j for one in tuning.candidates)
    for one in tuning.candidates[:most]:
        remark = "front" if one.is_on_front else ""
        table.add_row(
            Text(one.label, "" if one.is_verified else "yellow"),
            si(one.energy_j, "J"),
            si(one.time_s, "s"),
            si(one.prediction.power_w.value, "W"),
            bar(one.energy_j / top, _BAR_COLUMNS, ascii_only=ascii_only),
            Text(f"unverified: {one.doubt}", "yellow") if one.doubt else Text(remark, "dim"),
        )
    left = len(tuning.candidates) - most
    more = Text(f"{left} more: --top {len(tuning.candidates)} or --json", "dim")
    return joined(table, more if left > 0 else None)


def _excluded(tuning: Tuning) -> RenderableType:
    reasons = Counter(one.reason for one in tuning.excluded)
    lines: list[RenderableType] = []
    for reason, count in reasons.most_common(_SHOWN_REASONS):
        shapes = [one.block for one in tuning.excluded if one.reason == reason]
        lines.append(Text(printable(f"{_listed(shapes, count)}: {reason}"), overflow="fold"))
    left = len(reasons) - _SHOWN_REASONS
    return joined(*lines, Text(f"{left} other reasons: --json", "dim") if left > 0 else None)


def _listed(shapes: list[Dim3], count: int) -> str:
    if count <= 3:
        return ", ".join(shape.short for shape in shapes)
    return f"{count} shapes ({shapes[0].short}, {shapes[1].short}, …)"


def _dim(*words: str) -> list[Text]:
    return [Text(word, "dim") for word in words]
