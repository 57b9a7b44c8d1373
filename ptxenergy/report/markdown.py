"""A comparison as Markdown, for the comment of a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from ptxenergy.compare.difference import MEASURES, Comparison, Difference
from ptxenergy.report.changes import (
    cause_words,
    growth_words,
    interval_words,
    limit_words,
    listed,
    place_words,
    signed,
    trust,
)
from ptxenergy.report.json import all_assumptions
from ptxenergy.report.units import si
from ptxenergy.report.words import printable, problem

_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$])")
_MARKS = {
    "kept": "",
    "excused": " above the limit (not held, for what is assumed)",
    "broken": " **above the limit**",
}


def comparison_markdown(comparison: Comparison, root: Path = Path()) -> str:
    """A table of all kernels, then for each its launch, its causes and what was assumed. Files
    under `root` are named relative to it."""
    return "\n".join(_lines(comparison, root)) + "\n"


def escaped(text: str) -> str:
    """The text as Markdown shows it: no markup, no HTML, no line break."""
    flat = " ".join(printable(text).split())
    return _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))


def _lines(comparison: Comparison, root: Path) -> Iterator[str]:
    yield f"### Energy of {escaped(comparison.old_file)} → {escaped(comparison.new_file)}"
    yield ""
    yield "| kernel | energy | | time | | power | |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in comparison.differences:
        yield _row(one)
    yield ""
    for one in comparison.differences:
        yield from _details(one, root)
    for what, name in listed(comparison):
        yield f"- {what}: {escaped(name)}"
    for skipped in comparison.skipped:
        yield f"- not compared: {escaped(skipped.kernel)}: {escaped(skipped.message)}"
    for text in dict.fromkeys(trust(one) for one in comparison.differences):
        yield f"\n{escaped(text)}"


def _row(one: Difference) -> str:
    cells = [f"{escaped(one.name)}{_MARKS[one.state]}"]
    for measure, (name, unit) in MEASURES.items():
        old, new = getattr(one.old, name).value, getattr(one.new, name).value
        ratio = one.ratios[measure]
        between = interval_words(ratio)
        change = escaped(growth_words(ratio)) + (f" ({escaped(between)})" if between else "")
        cells += [f"{si(old, unit)} → {si(new, unit)}", change]
    return f"| {' | '.join(cells)} |"


def _details(one: Difference, root: Path) -> Iterator[str]:
    profile = one.old.inspection.profile
    limit = limit_words(one)
    launch = html.escape(problem(profile.launch, all_assumptions(profile)))
    shape = f"{launch}; {one.new.inspection.gpu}"
    held = f", limit {limit} of {one.threshold.measure}" if limit else ""
    yield f"<details><summary>{html.escape(printable(one.name))}: {shape}{held}</summary>"
    yield ""
    if one.causes:
        yield "| energy | time | cause | where |"
        yield "| ---: | ---: | --- | --- |"
    for cause in one.causes:
        places = cause.counted.places
        where = escaped(place_words(places[0].file, places[0].line, root)) if places else ""
        change = f"{signed(cause.energy_j, 'J')} | {signed(cause.time_s, 's')}"
        yield f"| {change} | {escaped(cause_words(cause))} | {where} |"
    if not one.causes:
        yield "Nothing that is counted has changed."
    yield ""
    for text in (*one.assumed, *one.notes):
        yield f"- {escaped(text)}"
    yield "</details>"
    yield ""
