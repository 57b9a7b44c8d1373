"""A comparison as JSON (schemas/difference.json)."""

from __future__ import annotations

from typing import Any

from ptxenergy._version import __version__
from ptxenergy.compare.causes import Cause
from ptxenergy.compare.difference import Comparison, Difference, Ratio
from ptxenergy.report.json import prediction_json
from ptxenergy.report.limits import source_json
from ptxenergy.report.units import plain_number

DIFFERENCE_SCHEMA = "ptxenergy.difference/1"


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """What `ptxenergy diff --json` prints."""
    return {
        "schema": DIFFERENCE_SCHEMA,
        "tool_version": __version__,
        "old_file": comparison.old_file,
        "new_file": comparison.new_file,
        "broken": comparison.is_broken,
        "kernels": list(map(_difference, comparison.differences)),
        "added": list(comparison.added),
        "removed": list(comparison.removed),
        "skipped": [
            {"kernel": one.kernel, "code": one.code, "message": one.message}
            for one in comparison.skipped
        ],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "kernel": one.name,
        "state": one.state,
        "limit": {"measure": one.threshold.measure, "growth": one.threshold.growth},
        "ratios": {measure: ratio_json(ratio) for measure, ratio in one.ratios.items()},
        "bound_change": {"energy_j": one.bound_change_j, "time_s": one.bound_change_s},
        "causes": list(map(cause_json, one.causes)),
        "assumed": list(one.assumed),
        "notes": list(one.notes),
        "launch_source": None if one.source is None else source_json(one.source),
        "old": prediction_json(one.old),
        "new": prediction_json(one.new),
    }


def ratio_json(ratio: Ratio) -> dict[str, Any]:
    """A ratio and its interval; nulls where there is none."""
    between = ratio.interval
    return {
        "value": ratio.value,
        "low": None if between is None else between.low,
        "high": None if between is None else between.high,
        "level": None if between is None else between.level,
    }


def cause_json(cause: Cause) -> dict[str, Any]:
    """One cause of a change."""
    counted = cause.counted
    return {
        "code": cause.code,
        "what": counted.what,
        "unit": counted.unit,
        "old": plain_number(counted.old),
        "new": plain_number(counted.new),
        "detail": counted.detail,
        "energy_j": cause.energy_j,
        "time_s": cause.time_s,
        "places_of": "old" if counted.in_old else "new",
        "places": [{"file": place.file, "line": place.line} for place in counted.places],
    }
