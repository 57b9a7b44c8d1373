"""How many blocks of a launch fit on one SM, and what stops more from fitting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Theoretical occupancy. `limiter` is `blocks`, `warps`, `registers` or `shared`."""

    blocks_per_sm: int
    warps_per_sm: int
    fraction: float
    limiter: str
