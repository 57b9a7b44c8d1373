"""By what candidates are ranked, and which of them are kept for measuring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, get_args

from ptxenergy.errors import InputError, LaunchError
from ptxenergy.hooks.watching import warn
from ptxenergy.model.goal import Goal, cost
from ptxenergy.model.prediction import Prediction

Candidate = TypeVar("Candidate")
CANNOT_RUN = float("inf")
"""The score of what the GPU cannot run."""


def check_by(by: str) -> None:
    """Raise InputError where `by` is no objective."""
    if by not in get_args(Goal):
        raise InputError(f"by={by!r}: there are {', '.join(get_args(Goal))}")


def number_to_keep(candidates: int, top_k: int | float) -> int:
    """How many of some candidates `top_k` keeps: a number, or as a float up to 1 a share; at least
    one. Raises InputError for what is neither."""
    if isinstance(top_k, float) and 0 < top_k <= 1:
        return max(1, round(candidates * top_k))
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
        raise InputError(f"top_k={top_k!r}: a number from 1 on, or a share as a float up to 1.0")
    return min(candidates, top_k)


def best(
    candidates: Sequence[Candidate],
    predict: Callable[[Candidate], Prediction],
    top_k: int | float,
    by: Goal,
) -> list[Candidate]:
    """The best candidates, in their own order.

    Of those that can be predicted `top_k` are kept. One that cannot be is kept as well, since
    nothing speaks against it, and one line of warning says how many there are. One that the GPU
    cannot run (LaunchError) is left out, unless all are.
    """
    scores: dict[int, float] = {}
    failures: list[tuple[Candidate, Exception]] = []
    for index, candidate in enumerate(candidates):
        try:
            scores[index] = cost(predict(candidate), by)
        except LaunchError:
            scores[index] = CANNOT_RUN
        except Exception as error:  # noqa: BLE001 - a hook never breaks a program
            failures.append((candidate, error))
    if failures:
        first, why = failures[0]
        of = f"{len(failures)} of {len(candidates)} configurations"
        warn(f"{of} are not predicted and kept, first {first}", why)
    ranked = sorted((i for i in scores if scores[i] != CANNOT_RUN), key=lambda i: scores[i])
    kept = set(ranked[: number_to_keep(len(ranked), top_k)] if ranked else ())
    found = [one for i, one in enumerate(candidates) if i in kept or i not in scores]
    return found or list(candidates)
