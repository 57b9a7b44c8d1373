"""By what candidates are ranked, and which of them are kept for measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar, get_args

from ptxenergy.errors import InputError
from ptxenergy.model.prediction import Prediction

Candidate = TypeVar("Candidate")
By: TypeAlias = Literal["energy", "time", "edp"]
"""Joules, seconds, or their product (joule-seconds)."""


def check_by(by: str) -> None:
    """Raise InputError where `by` is no objective."""
    if by not in get_args(By):
        raise InputError(f"by={by!r}: there are {', '.join(get_args(By))}")


def score(prediction: Prediction, by: By) -> float:
    """What a prediction is ranked by: the less, the better."""
    energy, time = prediction.energy_j.value, prediction.time_s.value
    return {"energy": energy, "time": time, "edp": energy * time}[by]


def number_to_keep(candidates: int, top_k: int | float) -> int:
    """How many of some candidates `top_k` keeps: a number, or as a float up to 1 a share; at least
    one. Raises InputError for what is neither."""
    if isinstance(top_k, float) and 0 < top_k <= 1:
        return max(1, round(candidates * top_k))
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
        raise InputError(f"top_k={top_k!r}: a number from 1 on, or a share as a float up to 1.0")
    return min(candidates, top_k)


def best(
    candidates: Sequence[Candidate], scores: Mapping[int, float], top_k: int | float
) -> list[Candidate]:
    """The best candidates in their own order, by the scores of their indices.

    Of those with a score `top_k` are kept. One without a score is kept as well: nothing speaks
    against it. An infinite score is a candidate that cannot run; all stay if none can.
    """
    can_run = [index for index in scores if scores[index] != float("inf")]
    if not can_run and len(scores) == len(candidates):
        return list(candidates)
    ranked = sorted(can_run, key=lambda index: scores[index])
    kept = set(ranked[: number_to_keep(len(ranked), top_k)] if ranked else ())
    return [one for index, one in enumerate(candidates) if index in kept or index not in scores]
