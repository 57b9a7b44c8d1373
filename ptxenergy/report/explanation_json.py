"""Explanations → plain dictionaries, in the shape of `schemas/explain.json`."""

from __future__ import annotations

import math

from ptxenergy.explain.explanation import (
    Correction,
    Explanation,
    Explanations,
    InstructionCost,
    LineCost,
    Parts,
    Place,
    Roofline,
)
from ptxenergy.explain.lines import chain_of
from ptxenergy.report.json import Json, envelope, prediction_json
from ptxenergy.report.units import plain_number

EXPLANATION_SCHEMA = "ptxenergy.explanation/1"

_OF_THE_PREDICTION = (
    *("file", "kernel", "gpu", "launch", "exact", "assumptions", "flags", "calibrated"),
    *("conditions", "model", "energy_j", "time_s", "power_w", "contributions"),
)


def explanations_json(explanations: Explanations) -> Json:
    """What `ptxenergy explain --json` prints (schemas/explain.json)."""
    results = [explanation_json(one) for one in explanations.results]
    return envelope(EXPLANATION_SCHEMA, results, explanations.skipped)


def explanation_json(explanation: Explanation) -> Json:
    """One kernel's prediction, and its energy taken apart."""
    whole = prediction_json(explanation.prediction)
    total_j = explanation.prediction.energy_j.value
    correction = explanation.correction
    return {name: whole[name] for name in _OF_THE_PREDICTION} | {
        "only_cost_s": dict(explanation.only_cost_s),
        "limiter": explanation.prediction.bound.limiter,
        "lines_at": "call" if explanation.at_call else "code",
        "lines": [_line(line, total_j) for line in explanation.lines],
        "instructions": [_instruction(one) for one in explanation.instructions],
        "correction": None if correction is None else _correction(correction),
        "roofline": _roofline(explanation.roofline),
    }


def _line(line: LineCost, total_j: float) -> Json:
    return {
        "file": None if line.place is None else line.place.file,
        "line": None if line.place is None else line.place.line,
        "share": line.parts.energy_j / total_j,
        **_parts(line.parts),
        "warp_instructions": plain_number(line.warp_instructions),
        "ptx_lines": sorted({one.profile.instruction.location.line for one in line.instructions}),
        "inlined_into": [_place(caller) for caller in line.callers],
    }


def _instruction(cost: InstructionCost) -> Json:
    instruction = cost.profile.instruction
    return {
        "ptx_line": instruction.location.line,
        "opcode": cost.profile.opcode.text,
        "source": [_place(Place(at.file, at.line)) for at in chain_of(instruction.source)],
        "warp_instructions": plain_number(cost.profile.warp),
        **_parts(cost.parts),
    }


def _parts(parts: Parts) -> Json:
    return {
        "energy_j": parts.energy_j,
        "memory_j": parts.memory_j,
        "compute_j": parts.compute_j,
        "constant_j": parts.constant_j,
        "contributions_j": dict(parts.by_name_j),
    }


def _place(place: Place) -> Json:
    return {"file": place.file, "line": place.line}


def _correction(correction: Correction) -> Json:
    return {
        "model": correction.model_id,
        "base_log": dict(correction.base_log),
        "shift_log": dict(correction.shift_log),
        "total_log": dict(correction.total_log),
        "features": [
            {
                "name": one.name,
                "unit": one.unit,
                "meaning": one.meaning,
                "value": plain_number(one.value) if math.isfinite(one.value) else None,
                "time_log": one.time_log,
                "power_log": one.power_log,
            }
            for one in correction.effects
        ],
    }


def _roofline(roofline: Roofline) -> Json:
    return {
        "issued_per_s": roofline.issued_per_s,
        "peak_per_s": roofline.peak_per_s,
        "levels": [
            {
                "level": point.level,
                "warp_instructions_per_sector": point.intensity,
                "sectors_per_s": point.sectors_per_s,
            }
            for point in roofline.points
        ],
    }
