"""How well block shapes are chosen: each pick against the measured best, on different repeats.

With a noise of 2 %, the least of ten equal measurements already looks 2 to 3 % better than they
are. So the best is chosen by a shape's first measurement and judged by its later ones; a kernel
whose best was measured only once is not judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.heuristic import pick
from ptxenergy.model.forest import Column
from ptxenergy.model.scores import BlockChoice, Picks
from ptxenergy.train.rows import MeasuredRow
from ptxenergy.train.table import Table

_LEAST_SHAPES = 5
_SPREAD, _WITHIN = 0.1, 0.05
Regret: TypeAlias = tuple[float, float]
"""A rule's regret on one kernel, and the share of its picks within 5 % of the best."""


class Shape(Struct, frozen=True):
    """One block shape of a kernel: measurements in order of time, and the model's energy."""

    block: Extent
    dynamic_shared_bytes: int
    energies_j: tuple[float, ...]
    times_s: tuple[float, ...]
    predicted_j: float

    @property
    def again_j(self) -> float | None:
        """The mean of all measurements after the first; None where there is one alone."""
        return float(np.mean(self.energies_j[1:])) if len(self.energies_j) > 1 else None

    @property
    def mean_j(self) -> float:
        """The mean of all measurements, for what no measurement chose."""
        return float(np.mean(self.energies_j))


class Study(Struct, frozen=True):
    """One kernel at one size in many shapes."""

    shapes: tuple[Shape, ...]
    registers_per_thread: int
    static_shared_bytes: int

    @property
    def best(self) -> Shape:
        """The shape whose first measurement was least."""
        return min(self.shapes, key=lambda shape: shape.energies_j[0])

    @property
    def spread(self) -> float:
        """The worst shape's first measurement over the best one's, less 1."""
        return max(s.energies_j[0] for s in self.shapes) / self.best.energies_j[0] - 1


def block_choice(
    table: Table, rows: Sequence[MeasuredRow], predicted_j: Column
) -> BlockChoice | None:
    """Judge the picks of all rules; None where no kernel was measured in many shapes.

    `rows` are the table's; `predicted_j` the energies by models without the row's family.
    """
    studies = _studies(table, rows, predicted_j)
    judged = [study for study in studies if study.best.again_j is not None]
    if not studies:
        return None
    wide = [study for study in judged if study.spread > _SPREAD]
    correlations = [value for study in studies if (value := _spearman(study)) is not None]
    return BlockChoice(
        kernels=len(judged),
        spread_kernels=len(wide),
        unjudged=len(studies) - len(judged),
        all=_picks(judged),
        spread=_picks(wide),
        spearman_median=float(np.median(correlations)) if correlations else None,
    )


def _studies(table: Table, rows: Sequence[MeasuredRow], predicted_j: Column) -> list[Study]:
    real = any(not tags.is_generated for tags in table.tags)
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, tags in enumerate(table.tags):
        if tags.study == "shape" and not (real and tags.is_generated):
            members[tags.kernel, tags.size].append(row)
    found = []
    for places in members.values():
        shapes = _shapes(rows, places, predicted_j)
        if len(shapes) >= _LEAST_SHAPES:
            known = rows[places[0]].measured
            found.append(Study(shapes, known.registers_per_thread, known.static_shared_bytes))
    return found


def _shapes(
    rows: Sequence[MeasuredRow], places: Sequence[int], predicted_j: Column
) -> tuple[Shape, ...]:
    by_block: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for place in sorted(places, key=lambda place: rows[place].tags.started_utc):
        by_block[rows[place].launched.block].append(place)
    return tuple(
        Shape(
            Extent(*block),
            rows[alike[0]].launched.dynamic_shared_bytes,
            tuple(rows[place].measured.energy_j for place in alike),
            tuple(rows[place].measured.time_s for place in alike),
            float(predicted_j[alike[0]]),
        )
        for block, alike in sorted(by_block.items())
    )


def _picks(studies: Sequence[Study]) -> dict[str, Picks]:
    found = {}
    for name, rule in _RULES.items():
        regrets = [regret for study in studies if (regret := rule(study)) is not None]
        if regrets:
            values = [value for value, _ in regrets]
            found[name] = Picks(
                kernels=len(regrets),
                mean_regret=float(np.mean(values)),
                median_regret=float(np.median(values)),
                within_5=float(np.mean([share for _, share in regrets])),
            )
    return found


def _of_pick(study: Study, shape: Shape | None, *, measured: bool = False) -> Regret | None:
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


def _regret(energy_j: float, best_j: float) -> Regret:
    regret = energy_j / best_j - 1
    return regret, float(regret <= _WITHIN)


def _by_model(study: Study) -> Regret | None:
    return _of_pick(study, min(study.shapes, key=lambda shape: shape.predicted_j))


def _by_occupancy(study: Study) -> Regret | None:
    shapes = [(shape.block, shape.dynamic_shared_bytes) for shape in study.shapes]
    block = pick(shapes, study.registers_per_thread, study.static_shared_bytes)
    return _of_pick(study, next((s for s in study.shapes if s.block == block), None))


def _by_256(study: Study) -> Regret | None:
    return _of_pick(study, min(study.shapes, key=lambda s: (abs(s.block.volume - 256), -s.block.x)))


def _by_chance(study: Study) -> Regret | None:
    regrets = [regret for shape in study.shapes if (regret := _of_pick(study, shape))]
    if not regrets:
        return None
    return float(np.mean([r for r, _ in regrets])), float(np.mean([w for _, w in regrets]))


def _by_time(study: Study) -> Regret | None:
    return _of_pick(study, min(study.shapes, key=lambda s: s.times_s[0]), measured=True)


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


def _spearman(study: Study) -> float | None:
    from scipy.stats import spearmanr

    predicted = [shape.predicted_j for shape in study.shapes]
    measured = [shape.mean_j for shape in study.shapes]
    if len(set(predicted)) < 2 or len(set(measured)) < 2:
        return None
    return float(spearmanr(predicted, measured).statistic)


_RULES: Mapping[str, Callable[[Study], Regret | None]] = {
    "model": _by_model,
    "occupancy heuristic": _by_occupancy,
    "256 threads": _by_256,
    "random": _by_chance,
    "measured fastest": _by_time,
    "noise floor": _by_repeat,
}
