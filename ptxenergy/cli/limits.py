"""Limits as people type them."""

from __future__ import annotations

from ptxenergy.errors import InputError


def growth_of(option: str, typed: str | None) -> float | None:
    """`5%` or `0.05` as a fraction; raises InputError, which names the option.

    A bare number of 1 or more is refused, since `5` may be meant as 5 % and is 500 %.
    """
    from ptxenergy.settings import parse_growth

    if typed is None:
        return None
    try:
        growth = parse_growth(typed)
    except ValueError as error:
        raise InputError(f"{option} {typed}: {error}: write 5% or 0.05") from None
    if growth >= 1 and "%" not in typed:
        raise InputError(f"{option} {typed} is a growth of {100 * growth:g}%: write it with its %")
    return growth
