"""The choice of a block shape, on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.compare.difference import Ratio
from ptxenergy.launch.request import Dim3
from ptxenergy.ptx.names import short_name
from ptxenergy.report.blocks import assumptions, bar, grid, indented, joined, section
from ptxenergy.report.json import all_assumptions
from ptxenergy.report.units import si
from ptxenergy.report.words import printable, problem
from ptxenergy.tune.result import GOALS, Baseline, Candidate, Tuning

_BAR_COLUMNS = 18
_SHOWN_REASONS = 6


def show_tuning(tuning: Tuning, *, most: int = 12, ascii_only: bool = False) -> RenderableType:
    """Verdict, what to pick and what it saves, the first `most` candidates, what was left out,
    what was assumed."""
    parts: list[RenderableType | None] = [
        *_heading(tuning),
        Text(""),
        indented(verdict(tuning)),
        indented(Text(_trust(tuning), "dim" if tuning.calibrated else "yellow")),
    ]
    if tuning.verified:
        parts.append(section("What to pick", _picks(tuning)))
        parts.append(_savings(tuning))
    parts.append(section("Shapes by energy", _shapes(tuning, most, ascii_only)))
    doubts = [(one.block, one.doubt) for one in tuning.candidates if one.doubt]
    if doubts:
        parts.append(section("Unverified, and not picked", _grouped(doubts)))
    if tuning.excluded:
        left_out = [(one.block, one.reason) for one in tuning.excluded]
        parts.append(section("Left out", _grouped(left_out)))
    parts.append(assumptions(tuning.reference.prediction.inspection))
    return joined(*parts)


def _heading(tuning: Tuning) -> tuple[RenderableType, ...]:
    """The kernel, the launch whose work all must do, and how the board is run."""
    prediction = tuning.reference.prediction
    profile, run = prediction.inspection.profile, prediction.conditions
    work = problem(profile.launch, all_assumptions(profile))
    locked = "" if run.locked_clock_mhz is None else f"locked at {run.locked_clock_mhz:.0f} MHz, "
    place = (
        f"{tuning.gpu}, {locked}{run.power_limit_w:.0f} W limit, {run.cache} cache, "
        f"{run.data} data   {printable(tuning.file)}"
    )
    return (
        Text.assemble(
            (printable(short_name(tuning.kernel)), "bold"), f": block shapes for the work of {work}"
        ),
        indented(Text(place, "dim", overflow="fold")),
    )


def verdict(tuning: Tuning) -> Text:
    """Whether the shape matters, in a sentence."""
    count = len(tuning.verified)
    if tuning.verdict == "unverified":
        return Text("unverified: no shape could be shown to do the same work", "bold yellow")
    if tuning.verdict == "only-one":
        why = "no other shape is shown to do the same work"
        if tuning.is_required:
            why = "the PTX requires it (.reqntid)"
        return Text(f"only {tuning.verified[0].label}: {why}", "bold")
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
    table = grid("left", "left", "left", "right", "right", "right")
    table.add_row(*_dim("", "block", "grid", "energy", "time", "energy x delay"))
    rows: list[tuple[str, Candidate]] = [
        (words, best) for goal, words in GOALS.items() if (best := tuning.best(goal)) is not None
    ]
    rows += [
        ("occupancy heuristic" if name == "heuristic" else name, one)
        for name, one in _baselines(tuning)
    ]
    for words, one in rows:
        table.add_row(
            words,
            Text(one.label, "bold" if words in GOALS.values() else ""),
            one.grid.short,
            si(one.energy_j, "J"),
            si(one.time_s, "s"),
            si(one.cost("edp"), "J·s"),
        )
    if tuning.heuristic is None and tuning.by_occupancy is not None:
        shape = tuning.by_occupancy.short
        table.add_row("occupancy heuristic", shape, Text("left out", "dim"), "", "", "")
    return table


def _baselines(tuning: Tuning) -> list[tuple[Baseline, Candidate]]:
    """What picks are held against."""
    named: tuple[tuple[Baseline, Candidate | None], ...] = (
        ("heuristic", tuning.heuristic),
        ("given", tuning.given),
    )
    return [(name, one) for name, one in named if one is not None]


def _savings(tuning: Tuning) -> RenderableType | None:
    """What each pick needs more or less than what it is held against; None without anything."""
    picks = {best.block: best for goal in GOALS if (best := tuning.best(goal)) is not None}
    table = grid("left", "right", "right", "right")
    table.add_row(*_dim("", "energy", "time", "energy x delay"))
    count = 0
    for one in picks.values():
        for name, other in _baselines(tuning):
            if other.block != one.block:
                count += 1
                ratios = one.ratios[name]
                both = Ratio(one.cost("edp") / other.cost("edp"))
                changes = (ratios["energy"], ratios["time"], both)
                title = f"{one.label} over {name} {other.label}"
                table.add_row(title, *map(_change, changes))
    return section("What that changes", table) if count else None


def _change(ratio: Ratio) -> str:
    change, between = ratio.value - 1, ratio.interval
    if between is not None:
        low, high = _percent(between.low - 1), _percent(between.high - 1)
        return f"{_percent(change)} %\n({low} to {high})"
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
            Text("unverified", "yellow") if one.doubt else Text(remark, "dim"),
        )
    left = len(tuning.candidates) - most
    more = Text(f"{left} more: --top {len(tuning.candidates)} or --json", "dim")
    return joined(table, more if left > 0 else None)


def _grouped(shapes: Sequence[tuple[Dim3, str]]) -> RenderableType:
    """Shapes by what is said of them, what most share first."""
    reasons = Counter(reason for _, reason in shapes)
    lines: list[RenderableType] = []
    for reason, count in reasons.most_common(_SHOWN_REASONS):
        blocks = [block for block, said in shapes if said == reason]
        lines.append(Text(printable(f"{_listed(blocks, count)}: {reason}"), overflow="fold"))
    left = len(reasons) - _SHOWN_REASONS
    return joined(*lines, Text(f"{left} other reasons: --json", "dim") if left > 0 else None)


def _listed(shapes: list[Dim3], count: int) -> str:
    if count <= 3:
        return ", ".join(shape.short for shape in shapes)
    return f"{count} shapes ({shapes[0].short}, {shapes[1].short}, …)"


def _dim(*words: str) -> list[Text]:
    return [Text(word, "dim") for word in words]
