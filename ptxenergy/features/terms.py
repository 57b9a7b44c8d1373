"""What features read of a physical bound, whichever stage made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class PartTerm(Protocol):
    """A named part of the energy, in joules."""

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def energy_j(self) -> float: ...  # noqa: D102


class ChainTerms(Protocol):
    """What one warp waits for, in clock cycles (`model.prediction.Chain`)."""

    @property
    def cycles(self) -> float: ...  # noqa: D102

    @property
    def parallelism(self) -> float: ...  # noqa: D102

    @property
    def memory_trips(self) -> float: ...  # noqa: D102

    @property
    def flight_bytes(self) -> float: ...  # noqa: D102

    @property
    def issue_cycles(self) -> float: ...  # noqa: D102

    @property
    def barrier_cycles(self) -> float: ...  # noqa: D102

    @property
    def l2_share(self) -> float: ...  # noqa: D102

    @property
    def dram_share(self) -> float: ...  # noqa: D102


class PlacementTerms(Protocol):
    """How a launch lies on a GPU (`model.prediction.Placement`)."""

    @property
    def resident_warps(self) -> float: ...  # noqa: D102

    @property
    def warps(self) -> float: ...  # noqa: D102

    @property
    def turns(self) -> float: ...  # noqa: D102

    @property
    def tail_share(self) -> float: ...  # noqa: D102


class BoundTerms(Protocol):
    """The terms of a bound (`model.prediction.Bound`): seconds, joules, watts by name."""

    @property
    def time_s(self) -> float: ...  # noqa: D102

    @property
    def power_w(self) -> float: ...  # noqa: D102

    @property
    def energy_j(self) -> float: ...  # noqa: D102

    @property
    def clock_mhz(self) -> float: ...  # noqa: D102

    @property
    def times_s(self) -> Mapping[str, float]: ...  # noqa: D102

    @property
    def contributions(self) -> Sequence[PartTerm]: ...  # noqa: D102

    @property
    def chain(self) -> ChainTerms: ...  # noqa: D102

    @property
    def placement(self) -> PlacementTerms: ...  # noqa: D102
