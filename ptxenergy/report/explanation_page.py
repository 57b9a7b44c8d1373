"""Explanations as one page: source beside PTX by heat, costs, pictures. Needs nothing else.

All that comes from the PTX or the source goes through the template's escaping as text; the script
reads only numbers that stand in attributes. The page's own policy forbids any request and any
script but this one.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from ptxenergy._version import __version__
from ptxenergy.explain.explanation import Correction, Explanation, Explanations, Parts, Place
from ptxenergy.explain.listing import Listing, Row, Texts
from ptxenergy.ptx.names import short_name
from ptxenergy.report.explanation import RULE, line_name
from ptxenergy.report.explanation_plots import ShapePoint, roofline_svg, shapes_svg
from ptxenergy.report.json import all_assumptions, all_flags
from ptxenergy.report.prediction import basis, run_of
from ptxenergy.report.templates import FOLDER, templates
from ptxenergy.report.units import percent, si
from ptxenergy.report.words import chain, flag, placement, printable, problem, signature

_LEAST_TIME_SHARE = 0.005


class TunedShapes(Struct, frozen=True):
    """The block shapes of a kernel that do the same work, and whether the shape matters."""

    points: Sequence[ShapePoint]
    verdict: str


def explanations_html(
    explanations: Explanations,
    texts: Sequence[Texts],
    tuned: Sequence[TunedShapes] = (),
) -> str:
    """The page. `texts` has those of each kernel, `tuned` its block shapes where it was tuned.

    The same explanations give the same text. Raises ImportError without jinja2 or matplotlib.
    """
    script = (FOLDER / "explanation.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    shapes = [*tuned, *[None] * len(explanations.results)]
    kernels = [
        _kernel(f"k{number}", explanation, of_it, shapes[number])
        for number, (explanation, of_it) in enumerate(zip(explanations.results, texts, strict=True))
    ]
    return (
        templates()
        .get_template("explanation.html.j2")
        .render(
            version=__version__,
            kernels=kernels,
            skipped=explanations.skipped,
            style=(FOLDER / "explanation.css").read_text(encoding="utf-8"),
            script=script,
            digest=digest,
            rule=RULE,
        )
    )


def _kernel(
    id_: str, explanation: Explanation, texts: Texts, tuned: TunedShapes | None
) -> dict[str, Any]:
    """All that the template shows of one kernel."""
    prediction = explanation.prediction
    profile = prediction.inspection.profile
    made = all_assumptions(profile)
    groups = _groups(explanation)
    total_j = prediction.energy_j.value
    return {
        "id": id_,
        "name": printable(short_name(profile.kernel)),
        "signature": printable(signature(profile.kernel) or profile.kernel),
        "file": printable(prediction.inspection.file),
        "problem": problem(profile.launch, made),
        "run": run_of(prediction),
        "basis": basis(prediction)[0],
        "calibrated": prediction.calibrated,
        "answers": [
            (name, si(q.value, unit), f"{si(q.low, unit)} to {si(q.high, unit)}", percent(q.level))
            for name, q, unit in (
                ("energy", prediction.energy_j, "J"),
                ("time", prediction.time_s, "s"),
                ("power", prediction.power_w, "W"),
            )
        ],
        "contributions": _bars(
            {part.name: part.energy_j for part in explanation.contributions}, total_j, "J"
        ),
        "times": _bars(
            {
                name: time_s
                for name, time_s in explanation.only_cost_s.items()
                if time_s >= _LEAST_TIME_SHARE * prediction.bound.time_s
            },
            prediction.bound.time_s,
            "s",
        ),
        "notes": (chain(prediction.bound), placement(prediction.bound)),
        "correction": _correction(explanation.correction),
        "roofline": roofline_svg(explanation.roofline, id_ + "r"),
        "levels": [
            (point.level, f"{point.intensity:.3g}") for point in explanation.roofline.points
        ],
        "shapes": shapes_svg(tuned.points, id_ + "p") if tuned and tuned.points else None,
        "verdict": tuned and tuned.verdict,
        "lines": _lines(explanation, groups),
        "has_lines": explanation.has_lines,
        "by_call": explanation.at_call,
        "sources": [_listing(text, groups, total_j) for text in texts.sources],
        "ptx": _listing(texts.ptx, groups, total_j),
        "missing": [printable(name) for name in texts.missing],
        "assumptions": [(a.line, printable(a.option), printable(a.message)) for a in made],
        "flags": [flag(code) for code in all_flags(prediction.inspection, prediction.flags)],
    }


def _groups(explanation: Explanation) -> dict[Place, int]:
    """A number for each source line, by which its PTX is found."""
    places = (line.place for line in explanation.lines)
    return {place: number for number, place in enumerate(filter(None, places))}


def _bars(values: dict[str, float], whole: float, unit: str) -> list[tuple[str, str, str, str]]:
    """Name, value, share in words and in percent, largest first."""
    return [
        (name, si(value, unit), percent(value / whole), f"{100 * min(1.0, value / whole):.2f}")
        for name, value in sorted(values.items(), key=lambda item: -item[1])
        if value > 0
    ]


def _lines(explanation: Explanation, groups: dict[Place, int]) -> list[dict[str, Any]]:
    """The rows of the table of lines, hottest first."""
    total_j = explanation.prediction.energy_j.value
    ordered = sorted(explanation.lines, key=lambda line: -line.parts.energy_j)
    hottest_j = ordered[0].parts.energy_j
    return [
        {
            "group": None if line.place is None else groups[line.place],
            "name": line_name(line.place),
            "full": "" if line.place is None else _spelt(line.place),
            "energy": si(line.parts.energy_j, "J"),
            "share": percent(line.parts.energy_j / total_j),
            "heat": f"{line.parts.energy_j / hottest_j if hottest_j else 0.0:.3f}",
            "memory": _joules(line.parts.memory_j),
            "compute": _joules(line.parts.compute_j),
            "constant": _joules(line.parts.constant_j),
            "callers": [line_name(caller) for caller in line.callers],
        }
        for line in ordered
    ]


def _spelt(place: Place) -> str:
    return printable(f"{place.file}:{place.line}").replace("\n", " ")


def _joules(value: float) -> str:
    return si(value, "J") if value > 0 else "–"


def _listing(listing: Listing, groups: dict[Place, int], total_j: float) -> dict[str, Any]:
    """A text by rows; None where lines are left out."""
    hottest_j = max((row.parts.energy_j for row in listing.rows if row), default=0.0)
    title, where = printable(listing.title), printable(listing.where)
    rows = [row and _row(row, groups, total_j, hottest_j) for row in listing.rows]
    return {"title": title, "where": where, "rows": rows}


def _row(row: Row, groups: dict[Place, int], total_j: float, hottest_j: float) -> dict[str, Any]:
    joules = row.parts.energy_j
    return {
        "number": row.number,
        "text": printable(row.text.expandtabs(4)).replace("\n", " "),
        "group": None if row.place is None else groups.get(row.place),
        "energy": si(joules, "J") if joules else "",
        "heat": f"{joules / hottest_j:.3f}" if joules else "",
        "detail": _detail(row.parts, total_j) if joules else "",
    }


def _detail(parts: Parts, total_j: float) -> str:
    """What a line's energy is made of, in words."""
    ordered = sorted(parts.by_name_j.items(), key=lambda item: -item[1])
    named = ", ".join(f"{name} {si(value, 'J')}" for name, value in ordered if value > 0)
    return f"{si(parts.energy_j, 'J')}, {percent(parts.energy_j / total_j)}: {named}"


def _correction(correction: Correction | None) -> dict[str, Any] | None:
    """The factors of the trees, or None where there are none."""
    if correction is None:
        return None
    rows = [
        ("bound → prediction", "", correction.total_log),
        ("average launch", "", correction.base_log),
        ("adaptation", "", correction.shift_log),
    ]
    rows += [
        (
            f"{one.name.replace('_', ' ')}: {one.meaning}",
            "–" if math.isnan(one.value) else f"{one.value:.3g} {one.unit}".removesuffix(" 1"),
            {"time": one.time_log, "power": one.power_log},
        )
        for one in correction.effects
    ]
    return {
        "model": correction.model_id,
        "rows": [
            (title, value, *(f"×{math.exp(x):.3f}" for x in (*logs.values(), sum(logs.values()))))
            for title, value, logs in rows
            if any(logs.values())
        ],
    }
