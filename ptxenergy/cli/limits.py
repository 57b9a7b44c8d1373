"""Limits as people type them."""

from __future__ import annotations

from ptxenergy.errors import InputError


def growth_of(option: str, typed: str | None) -> float | None:
    """`5%` or `0.05` as a fraction; raises InputError, which names the option."""
    from ptxenergy.settings import parse_growth

    if typed is None:
        return None
    try:
        return parse_growth(typed)
    except ValueError as error:
        raise InputError(f"{option} {typed}: {error}; write 5% or 0.05") from None
