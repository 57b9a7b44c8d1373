"""A comparison as SARIF 2.1.0 (OASIS), which code-scanning services show at the lines.

Each kernel that needs more than before is one result, at the line of its largest cause; its other
causes are related locations. `error`: above the limit; `warning`: above it on an assumed launch;
`note`: more, but within the limit or without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ptxenergy._version import __version__
from ptxenergy.compare.causes import Cause
from ptxenergy.compare.counted import place_of
from ptxenergy.compare.difference import MEASURES, Comparison, Difference, Measure
from ptxenergy.explain.explanation import Place
from ptxenergy.ptx.names import demangle
from ptxenergy.report.changes import cause_words, change_words, signed, under
from ptxenergy.report.words import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"broken": "error", "excused": "warning", "kept": "note"}
_LEAST_GROWTH = 1e-3
_RULES: tuple[Measure, ...] = tuple(MEASURES)


def comparison_sarif(comparison: Comparison, root: Path) -> dict[str, Any]:
    """The log of one run. Files under `root` are given relative to it."""
    grown = [one for one in comparison.differences if one.growth > _LEAST_GROWTH]
    run = {
        "tool": {
            "driver": {
                "name": "ptxenergy",
                "version": __version__,
                "rules": [_rule(measure) for measure in _RULES],
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": printable(f"{s.kernel}: {s.message}")}}
                    for s in comparison.skipped
                ],
            }
        ],
        "results": [_result(one, root) for one in grown],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(measure: Measure) -> dict[str, Any]:
    return {
        "id": f"{measure}-growth",
        "name": f"{measure.capitalize()}Growth",
        "shortDescription": {"text": f"A kernel needs more {measure} than before."},
        "fullDescription": {
            "text": f"The predicted {measure} of a launch is above that of the old version of the "
            "kernel, at the same launch. The message lists what changed in counts."
        },
        "help": {
            "text": f"Run `ptxenergy diff` on both PTX files to see the causes of the {measure}."
        },
        "defaultConfiguration": {"level": "warning"},
    }


def _result(one: Difference, root: Path) -> dict[str, Any]:
    measure = one.threshold.measure
    kernel = one.new.inspection.profile.kernel
    first, *others = _located(one)
    return {
        "ruleId": f"{measure}-growth",
        "ruleIndex": _RULES.index(measure),
        "level": _LEVELS[one.state],
        "message": {"text": printable("\n".join(change_words(one)))},
        "locations": [
            {
                "physicalLocation": _physical(first[0], root),
                "logicalLocations": [
                    {"name": kernel, "fullyQualifiedName": demangle(kernel), "kind": "function"}
                ],
            }
        ],
        "relatedLocations": [
            {
                "id": number,
                "physicalLocation": _physical(place, root),
                "message": {"text": printable(text)},
            }
            for number, (place, text) in enumerate(others, start=1)
        ],
        "partialFingerprints": {
            "kernel/v1": sha256(f"{measure}:{kernel}".encode("utf-8", "replace")).hexdigest()
        },
        "properties": {
            "ratio": one.ratios[measure].value,
            "assumed": list(one.assumed),
            "calibrated": one.new.calibrated and one.old.calibrated,
        },
    }


def _located(one: Difference) -> Iterator[tuple[Place, str]]:
    """Where the largest cause stands (the kernel's start where none has a place), then others."""
    causes = [c for c in _by_share(one) if c.counted.places and not c.counted.in_old]
    if not causes:
        inspection = one.new.inspection
        yield place_of(inspection.profile.instructions[0], inspection.file), ""
    for cause in causes:
        text = f"{cause_words(cause)}: {signed(cause.energy_j, 'J')}"
        yield cause.counted.places[0], text


def _by_share(one: Difference) -> list[Cause]:
    """What costs, the dearest first; of the time where that is what is compared."""
    field = "time_s" if one.threshold.measure == "time" else "energy_j"
    costly = [cause for cause in one.causes if getattr(cause, field) > 0]
    return sorted(costly, key=lambda cause: -getattr(cause, field))


def _physical(place: Place, root: Path) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": _uri(place.file, root)},
        "region": {"startLine": max(1, place.line)},
    }


def _uri(file: str, root: Path) -> str:
    path = under(root, file)
    return quote(path.as_posix(), safe="/") if not path.is_absolute() else path.as_uri()
