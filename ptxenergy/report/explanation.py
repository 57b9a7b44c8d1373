"""What `explain` shows a person: the answer, what it is made of, and which lines burn it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.explain.explanation import Correction, Explanation, LineCost, Parts, Place
from ptxenergy.report.blocks import (
    assumptions,
    bar,
    grid,
    heading,
    indented,
    joined,
    remarks,
    section,
    skipped,
)
from ptxenergy.report.prediction import answer, basis, contributions, run_of, times
from ptxenergy.report.units import percent, si
from ptxenergy.report.words import printable

if TYPE_CHECKING:
    from ptxenergy.explain.explanation import Explanations
    from ptxenergy.explain.listing import Listing, Texts

_HEAT_COLUMNS, _NARROW_HEAT_COLUMNS = 8, 5
_SHOWN_LINES, _SHOWN_OF_MANY, _SHOWN_FEATURES = 12, 5, 8
_LONGEST_NAME = 22
# Share of the hottest line from which on a line is drawn so.
_HEAT = ((0.5, "red"), (0.15, "yellow"), (0.0, "green"))
RULE = (
    "Memory goes by the sectors that an instruction asks for, beyond L1 by those that are "
    "distinct; constant power by the instructions issued."
)

NO_LINES = (
    "The PTX has no line numbers: nvcc -lineinfo and Numba's lineinfo=True write them. --listing "
    "shows what each line of the PTX costs."
)


def show_explanations(
    explanations: Explanations,
    texts: Sequence[Texts],
    *,
    is_listed: bool = False,
    ascii_only: bool = False,
) -> RenderableType:
    """All kernels of a file: one in full, several in short. `texts` has those of each.

    `is_listed`: the texts themselves, with costs beside their lines, in place of the worst lines.
    """
    results = explanations.results
    in_full = len(results) == 1
    parts: list[RenderableType | None] = []
    for one, of_it in zip(results, texts, strict=True):
        parts.append(_head(one, ascii_only=ascii_only, in_full=in_full))
        if is_listed:
            parts += [_listing(text, ascii_only) for text in of_it.readable]
        else:
            parts.append(_lines(one, of_it, ascii_only, in_full=in_full))
        parts += [
            _missing(of_it),
            assumptions(one.prediction.inspection),
            remarks(one.prediction.inspection, one.prediction.flags),
            None if in_full else "",
        ]
    return joined(*parts, skipped(explanations.skipped))


def _head(explanation: Explanation, *, ascii_only: bool, in_full: bool) -> RenderableType:
    prediction = explanation.prediction
    short = (
        heading(prediction.inspection, run_of(prediction)),
        "",
        indented(answer(prediction)),
        indented(Text(*basis(prediction))),
    )
    if not in_full:
        return joined(*short)
    correction = explanation.correction
    return joined(
        *short,
        section("Where the energy goes", contributions(explanation.contributions, ascii_only)),
        section("If it were the only cost", times(prediction.bound, ascii_only)),
        None if correction is None else section("What the trees added", _correction(correction)),
    )


def _correction(correction: Correction) -> RenderableType:
    total = correction.total_log
    table = grid("left", "right", "right", "right", "right")
    table.add_row(*(Text(word, style="dim") for word in ("", "value", "time", "power", "energy")))
    for title, added in (
        ("bound → prediction", total),
        ("average launch", correction.base_log),
        ("adaptation", correction.shift_log),
    ):
        if any(added.values()):
            table.add_row(title, "", *map(_factor, (*added.values(), sum(added.values()))))
    for one in correction.effects[:_SHOWN_FEATURES]:
        value = "-" if math.isnan(one.value) else f"{one.value:.3g} {one.unit}".removesuffix(" 1")
        logs = (one.time_log, one.power_log, one.energy_log)
        table.add_row(Text(one.name.replace("_", " ")), value, *map(_factor, logs))
    rest = correction.effects[_SHOWN_FEATURES:]
    if rest:
        times_, powers = (sum(getattr(one, n) for one in rest) for n in ("time_log", "power_log"))
        title = f"{len(rest)} more"
        table.add_row(title, "", *map(_factor, (times_, powers, times_ + powers)))
    return joined(table, Text("Factors; those of the rows below the first multiply up to it."))


def _factor(log: float) -> str:
    return f"×{math.exp(log):.3f}"


def _lines(
    explanation: Explanation, texts: Texts, ascii_only: bool, *, in_full: bool
) -> RenderableType:
    """The lines that cost most, with their text where it was found."""
    ordered = sorted(explanation.lines, key=lambda line: -line.parts.energy_j)
    shown = ordered[: _SHOWN_LINES if in_full else _SHOWN_OF_MANY]
    known = {
        row.place: row.text for text in texts.sources for row in text.rows if row and row.place
    }
    table = grid("left", "right", "right", "left", "right", "right", "right")
    words = ("", "energy", "", "", "memory", "compute", "constant")
    table.add_row(*(Text(word, style="dim") for word in words))
    total_j = explanation.prediction.energy_j.value
    codes: list[Text] = []
    for line in shown:
        _add(table, line, total_j, ordered[0].parts.energy_j, ascii_only)
        code = known.get(line.place, "").strip() if line.place else ""
        codes.append(
            Text(
                f"{line_name(line.place, _LONGEST_NAME)}  {printable(code)}",
                no_wrap=True,
                overflow="ellipsis",
            )
        )
    left = ordered[len(shown) :]
    rest = f"{len(left)} more lines: {si(sum(one.parts.energy_j for one in left), 'J')}"
    worst = [code for code, line in zip(codes, shown, strict=True) if line.place in known]
    where = "the line that calls" if explanation.at_call else "source line"
    return section(
        f"Energy by {where}",
        joined(
            table,
            Text(rest) if left else None,
            *([""] if worst else []),
            *worst,
            "",
            None if explanation.has_lines else Text(NO_LINES, style="yellow"),
            Text(RULE, style="dim"),
        ),
    )


def _add(table: Table, line: LineCost, total_j: float, hottest_j: float, ascii_only: bool) -> None:
    parts = line.parts
    heat = _heat(parts.energy_j / hottest_j if hottest_j else 0.0, ascii_only)
    joules = (_joules(value) for value in (parts.memory_j, parts.compute_j, parts.constant_j))
    share = percent(parts.energy_j / total_j)
    table.add_row(
        Text(line_name(line.place, _LONGEST_NAME)), _joules(parts.energy_j), share, heat, *joules
    )


def line_name(place: Place | None, columns: int | None = None) -> str:
    """A source line by its file's bare name, in at most so many columns."""
    if place is None:
        return "(no line)"
    number = f":{place.line}"
    name = printable(PurePosixPath(place.file).name).replace("\n", " ")
    room = len(name) if columns is None else columns - len(number)
    return (name if len(name) <= room else name[: room - 1] + "…") + number


def _joules(value: float) -> str:
    return si(value, "J") if value > 0 else "-"


def _heat(share: float, ascii_only: bool, columns: int = _HEAT_COLUMNS) -> Text:
    """A bar as long and as red as a line is hot; `share` is of the hottest."""
    style = next(style for least, style in _HEAT if share >= least)
    return Text(bar(share, columns, ascii_only=ascii_only) if share else "", style=style)


def _missing(texts: Texts) -> RenderableType | None:
    if not texts.missing:
        return None
    names = ", ".join(printable(name) for name in texts.missing)
    return indented(Text(f"Not found: {names}. --source DIR says where to look.", style="dim"))


def _listing(listing: Listing, ascii_only: bool) -> RenderableType:
    """A text with what each line costs before it."""
    hottest_j = max((row.parts.energy_j for row in listing.rows if row), default=0.0)
    table = grid("right", "left", "right", "left")
    for row in listing.rows:
        if row is None:
            table.add_row("", "", "", Text("…", style="dim"))
            continue
        text = Text(printable(row.text.expandtabs(4)).replace("\n", " "))
        table.add_row(*_costs(row.parts, hottest_j, ascii_only), str(row.number), text)
    where = "" if listing.where == listing.title else f"read from {listing.where}"
    return section(printable(listing.title), joined(Text(printable(where), style="dim"), table))


def _costs(parts: Parts, hottest_j: float, ascii_only: bool) -> tuple[str, Text]:
    if not parts.energy_j:
        return "", Text("")
    share = parts.energy_j / hottest_j
    return si(parts.energy_j, "J"), _heat(share, ascii_only, _NARROW_HEAT_COLUMNS)
