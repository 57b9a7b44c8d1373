"""One kernel at one size in many block shapes, measured: the best, and what other picks cost.

With a noise of 2 %, the least of ten equal measurements already looks 2 to 3 % better than they
are. So the best is chosen by a shape's first measurement and judged by its later ones; a kernel
whose best was measured only once is not judged.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.heuristic import pick

LEAST_SHAPES = 5
WITHIN = 0.05
Regret: TypeAlias = tuple[float, float]
"""A rule's regret on one kernel, and the share of its picks within 5 % of the best."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One good row of the shape study: which kernel at which size, in which shape, and when."""

    kernel: str
    size: str
    started_utc: str
    block: Extent
    dynamic_shared_bytes: int
    registers_per_thread: int
    static_shared_bytes: int
    energy_j: float
    time_s: float


@dataclass(frozen=True, slots=True)
class Shape:
    """One block shape of a kernel, its measurements in order of time."""

    block: Extent
    dynamic_shared_bytes: int
    energies_j: tuple[float, ...]
    times_s: tuple[float, ...]

    @property
    def again_j(self) -> float | None:
        """The mean of all measurements after the first; None where there is one alone."""
        return statistics.fmean(self.energies_j[1:]) if len(self.energies_j) > 1 else None

    @property
    def mean_j(self) -> float:
        """The mean of all measurements, for what no measurement chose."""
        return statistics.fmean(self.energies_j)


@dataclass(frozen=True, slots=True)
class Study:
    """One kernel at one size in many shapes, at equal work."""

    kernel: str
    size: str
    shapes: tuple[Shape, ...]
    registers_per_thread: int
    static_shared_bytes: int

    @property
    def best(self) -> Shape:
        """The shape whose first measurement of energy was least."""
        return min(self.shapes, key=lambda shape: shape.energies_j[0])

    @property
    def fastest(self) -> Shape:
        """The shape whose first measurement of time was least."""
        return min(self.shapes, key=lambda shape: shape.times_s[0])

    @property
    def picked(self) -> Shape | None:
        """What the occupancy heuristic takes of these shapes; None where none can run."""
        shapes = [(shape.block, shape.dynamic_shared_bytes) for shape in self.shapes]
        block = pick(shapes, self.registers_per_thread, self.static_shared_bytes)
        return next((shape for shape in self.shapes if shape.block == block), None)

    @property
    def is_judged(self) -> bool:
        """Whether the best was measured again, so that picks can be held against it."""
        return self.best.again_j is not None

    @property
    def spread(self) -> float:
        """The worst shape's first measurement over the best one's, less 1."""
        return max(s.energies_j[0] for s in self.shapes) / self.best.energies_j[0] - 1


def studies_of(measurements: Iterable[Measurement]) -> list[Study]:
    """The kernels that were measured in five shapes or more, in order of first appearance."""
    members: dict[tuple[str, str], list[Measurement]] = defaultdict(list)
    for one in measurements:
        members[one.kernel, one.size].append(one)
    found = []
    for (kernel, size), mine in members.items():
        shapes = _shapes(mine)
        if len(shapes) >= LEAST_SHAPES:
            known = mine[0].registers_per_thread, mine[0].static_shared_bytes
            found.append(Study(kernel, size, shapes, *known))
    return found


def regret_of(study: Study, shape: Shape | None, *, measured: bool = False) -> Regret | None:
    """The regret of one shape, by its later measurements where it has any.

    `measured`: its first measurement chose it, so that only a later one can judge.
    """
    best_j = study.best.again_j
    if shape is None or best_j is None:
        return None
    energy_j = shape.again_j
    if energy_j is None and not measured:
        energy_j = shape.energies_j[0]
    return None if energy_j is None else _regret(energy_j, best_j)


def _shapes(measurements: list[Measurement]) -> tuple[Shape, ...]:
    by_block: dict[Extent, list[Measurement]] = defaultdict(list)
    for one in sorted(measurements, key=lambda one: one.started_utc):
        by_block[one.block].append(one)
    return tuple(
        Shape(
            block,
            alike[0].dynamic_shared_bytes,
            tuple(one.energy_j for one in alike),
            tuple(one.time_s for one in alike),
        )
        for block, alike in sorted(by_block.items())
    )


def _regret(energy_j: float, best_j: float) -> Regret:
    regret = energy_j / best_j - 1
    return regret, float(regret <= WITHIN)


def _by_occupancy(study: Study) -> Regret | None:
    return regret_of(study, study.picked)


def _by_256(study: Study) -> Regret | None:
    return regret_of(
        study, min(study.shapes, key=lambda s: (abs(s.block.volume - 256), -s.block.x))
    )


def _by_chance(study: Study) -> Regret | None:
    regrets = [regret for shape in study.shapes if (regret := regret_of(study, shape))]
    if not regrets:
        return None
    return statistics.fmean(r for r, _ in regrets), statistics.fmean(w for _, w in regrets)


def _by_time(study: Study) -> Regret | None:
    return regret_of(study, study.fastest, measured=True)


def _by_repeat(study: Study) -> Regret | None:
    """What choosing by another measurement of the same would cost: the noise of the metric itself.

    The later measurements choose, the first ones judge.
    """
    repeated = [(s.again_j, s) for s in study.shapes if s.again_j is not None]
    best_j = study.best.again_j
    if len(repeated) < 2 or best_j is None:
        return None
    chosen = min(repeated, key=lambda known: known[0])[1]
    return _regret(best_j if chosen == study.best else chosen.energies_j[0], best_j)


RULES: Mapping[str, Callable[[Study], Regret | None]] = {
    "occupancy heuristic": _by_occupancy,
    "256 threads": _by_256,
    "random": _by_chance,
    "measured fastest": _by_time,
    "noise floor": _by_repeat,
}
"""Ways to choose a shape that need no model, by name; None where one cannot be judged."""
