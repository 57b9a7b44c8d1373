"""An evaluation → a plain dictionary, in the shape of `schemas/evaluation.json`."""

from __future__ import annotations

from msgspec import to_builtins

from ptxenergy._version import __version__
from ptxenergy.model.scores import Evaluation, Ratios, Score
from ptxenergy.report.json import Json

EVALUATION_SCHEMA = "ptxenergy.evaluation/1"


def evaluation_json(evaluation: Evaluation) -> Json:
    """What `ptxenergy evaluate --json` prints. Errors, shares and regrets are fractions."""
    return {
        "schema": EVALUATION_SCHEMA,
        "tool_version": __version__,
        "simulated": evaluation.data.simulated,
        "data": to_builtins(evaluation.data) | {"campaigns": list(evaluation.data.campaigns)},
        "feature_version": evaluation.feature_version,
        "level": evaluation.level,
        **_quantities(evaluation.model),
        "beside": {name: score_json(score) for name, score in evaluation.beside.items()},
        "strata": {name: score_json(score) for name, score in evaluation.strata.items()},
        "families": {name: score_json(score) for name, score in evaluation.families.items()},
        "ratios": {kind: _ratios(one) for kind, one in evaluation.ratios.items()},
        "blocks": None if evaluation.blocks is None else to_builtins(evaluation.blocks),
        "transfers": {
            name: {"why_not": score} if isinstance(score, str) else score_json(score)
            for name, score in evaluation.transfers.items()
        },
        "locked": None if evaluation.locked is None else score_json(evaluation.locked),
        "locked_uses": [to_builtins(use) for use in evaluation.locked_uses],
    }


def score_json(score: Score) -> Json:
    """One score: how many rows, kernels and families, then each quantity."""
    counts = {"rows": score.rows, "kernels": score.kernels, "families": score.families}
    return {**counts, **_quantities(score)}


def _ratios(ratios: Ratios) -> Json:
    scores = {quantity: to_builtins(score) for quantity, score in ratios.quantities.items()}
    return {"pairs": ratios.pairs, "families": ratios.families, **scores}


def _quantities(score: Score) -> Json:
    return {
        quantity: to_builtins(errors)
        | {
            "coverage": to_builtins(score.coverage[quantity])
            if quantity in score.coverage
            else None,
        }
        for quantity, errors in score.errors.items()
    }
