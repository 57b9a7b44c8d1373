"""The choice of a block shape as JSON (schemas/tuning.json)."""

from __future__ import annotations

from typing import Any

from ptxenergy._version import __version__
from ptxenergy.report.difference_json import ratio_json
from ptxenergy.report.json import prediction_json
from ptxenergy.report.units import plain_number
from ptxenergy.tune.result import GOALS, Candidate, Tuning

TUNING_SCHEMA = "ptxenergy.tuning/1"


def tuning_json(tuning: Tuning) -> dict[str, Any]:
    """What `ptxenergy tune --json` prints."""
    between = tuning.interval
    reference = prediction_json(tuning.reference.prediction)
    return {
        "schema": TUNING_SCHEMA,
        "tool_version": __version__,
        "file": tuning.file,
        "kernel": tuning.kernel,
        "gpu": tuning.gpu,
        **{name: reference[name] for name in ("launch", "conditions", "assumptions")},
        "verdict": tuning.verdict,
        "calibrated": tuning.calibrated,
        "spread": plain_number(tuning.spread),
        "spread_interval": None
        if between is None
        else {"low": 1 / between.high, "high": 1 / between.low, "level": between.level},
        "reference": _shape(tuning.reference),
        "given": None if tuning.given is None else _shape(tuning.given),
        "heuristic": None if tuning.heuristic is None else _shape(tuning.heuristic),
        "best": {goal: _best(tuning.best(goal)) for goal in GOALS},
        "candidates": [_candidate(one) for one in tuning.candidates],
        "excluded": [{"block": list(one.block), "reason": one.reason} for one in tuning.excluded],
    }


def _best(one: Candidate | None) -> list[int] | None:
    return None if one is None else _shape(one)


def _shape(one: Candidate) -> list[int]:
    return list(one.block)


def _candidate(one: Candidate) -> dict[str, Any]:
    inspection = one.prediction.inspection
    return {
        "block": list(one.block),
        "grid": list(one.grid),
        "energy_j": one.energy_j,
        "time_s": one.time_s,
        "power_w": one.prediction.power_w.value,
        "edp_js": one.cost("edp"),
        "occupancy": inspection.occupancy.fraction,
        "verified": one.is_verified,
        "doubt": one.doubt,
        "on_front": one.is_on_front,
        "ratios": {
            baseline: {measure: ratio_json(ratio) for measure, ratio in ratios.items()}
            for baseline, ratios in one.ratios.items()
        },
        "assumptions": [a.message for a in inspection.profile.assumptions],
    }
