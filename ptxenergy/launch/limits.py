"""How much one launch may cost to count block by block."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampleLimits:
    """How much may be spent on one launch.

    `work` is in microseconds of a typical core by a fixed rule, so that the same launch gives the
    same sample on every machine; `seconds` of processor time is a guard for slow ones.
    """

    work: float = 500_000.0
    seconds: float = 2.5
