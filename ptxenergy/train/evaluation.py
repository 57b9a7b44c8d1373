"""The whole protocol: how good a model is on kernel families that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from ptxenergy.model.scores import Data, Evaluation, Score
from ptxenergy.train.blocks import block_choice
from ptxenergy.train.conformal import LEAST_FAMILIES, LEVEL
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.fitting import CANDIDATES, Settings
from ptxenergy.train.folds import Fold
from ptxenergy.train.judging import NOISE, Judged, Split, judge
from ptxenergy.train.left_out import LeftOut, assembled, outer_splits, unpinned_together
from ptxenergy.train.material import Material
from ptxenergy.train.metrics import score
from ptxenergy.train.parallel import Workers
from ptxenergy.train.ratios import ratios
from ptxenergy.train.rows import SIMULATED
from ptxenergy.train.strata import UNPINNED, noise_floor, strata
from ptxenergy.train.table import Table, check_apart
from ptxenergy.train.transfers import Transfer, transferred, transfers


class Protocol(Struct, frozen=True):
    """How it is evaluated. `whole`: with the other ways to split. `beside`: with other models."""

    candidates: tuple[Settings, ...] = CANDIDATES
    whole: bool = True
    beside: bool = True


class _Plan(Struct, frozen=True):
    """All splits of the protocol: outer folds, other ways to split, the locked families."""

    outer: tuple[Split, ...]
    folds: tuple[Fold, ...]
    transfers: tuple[Transfer, ...]
    locked: tuple[Split, ...]

    def splits(self) -> list[Split]:
        """Every split, in one order."""
        others = [split for transfer in self.transfers for split in transfer.splits]
        return [*self.outer, *others, *self.locked]


def evaluate(material: Material, workers: Workers, protocol: Protocol | None = None) -> Evaluation:
    """Judge models of whole families left out. Raises TrainingError where families are too few."""
    protocol = protocol or Protocol()
    plan = _planned(material, protocol)
    asked = [
        replace(
            split,
            cards=material.rows.cards_told_apart,
            candidates=protocol.candidates,
            with_others=split.with_others and protocol.beside,
        )
        for split in plan.splits()
    ]
    judged = workers.map(judge, asked, "evaluating")
    outer, rest = judged[: len(plan.outer)], iter(judged[len(plan.outer) :])
    left_out = assembled(len(material.table), plan.folds, outer)
    evaluation = _evaluation(material, left_out)
    unpinned = unpinned_together(plan.outer, outer)
    if unpinned is not None:
        evaluation = replace(evaluation, strata={**evaluation.strata, UNPINNED: score(*unpinned)})
    return replace(
        evaluation,
        transfers={
            t.name: transferred(t, list(islice(rest, len(t.splits)))) for t in plan.transfers
        },
        locked=_locked_score(plan.locked, list(rest)),
    )


def _planned(material: Material, protocol: Protocol) -> _Plan:
    table = material.table
    check_apart(table)
    families = len(set(table.groups.tolist()))
    if families <= LEAST_FAMILIES:
        raise TrainingError(
            f"evaluating takes rows of more than {LEAST_FAMILIES} kernel families, these are of "
            f"{families}: each is left out once, and a 90 % interval needs {LEAST_FAMILIES}"
        )
    outer, folds = outer_splits(table, material.unpinned)
    others = transfers(table) if protocol.whole else []
    locked = [] if material.locked is None else [Split.of(table, material.locked)]
    return _Plan(tuple(outer), folds, tuple(others), tuple(locked))


def _evaluation(material: Material, left_out: LeftOut) -> Evaluation:
    """What the outer folds say."""
    table = material.table
    shown = _shown(table)
    return Evaluation(
        data=_data(material),
        feature_version=table.feature_set.version,
        level=LEVEL,
        model=_scored(table, left_out, shown),
        beside=_beside(table, left_out, shown),
        strata={
            name: _scored(table, left_out, mask)
            for name, mask in strata(table, material.rows.rows).items()
            if mask.any()
        },
        families={
            group: _scored(table, left_out, table.groups == group)
            for group in sorted(set(table.groups.tolist()))
        },
        ratios=ratios(table, left_out, shown),
        blocks=block_choice(table, material.rows.rows, left_out.values["energy"]),
        transfers={},
    )


def _shown(table: Table) -> NDArray[np.bool_]:
    """The rows that the headline counts: real kernels, or all where there are none."""
    is_real = np.array([not tags.is_generated for tags in table.tags])
    return is_real if is_real.any() else np.ones(len(table), dtype=bool)


def _scored(table: Table, left_out: LeftOut, mask: NDArray[np.bool_]) -> Score:
    return score(
        table.take(mask),
        {quantity: column[mask] for quantity, column in left_out.values.items()},
        {quantity: column[mask] for quantity, column in left_out.half_log.items()},
    )


def _beside(table: Table, left_out: LeftOut, mask: NDArray[np.bool_]) -> dict[str, Score]:
    kept = table.take(mask)
    found = {
        name: score(kept, {quantity: column[mask] for quantity, column in columns.items()})
        for name, columns in left_out.others.items()
    }
    noise = noise_floor(kept)
    return found if noise is None else {**found, NOISE: noise}


def _locked_score(splits: Sequence[Split], judged: Sequence[Judged]) -> Score | None:
    if not splits:
        return None
    return score(splits[0].test, judged[0].predicted.values, judged[0].predicted.half_log)


def _data(material: Material) -> Data:
    rows, table = material.rows, material.table
    real = {tags.group for tags in table.tags if not tags.is_generated}
    return Data(
        gpu=rows.gpu,
        simulated=rows.gpu == SIMULATED,
        dataset_sha256=rows.sha256,
        rows=len(table),
        points=len({tags.point_id for tags in table.tags}),
        kernels=len({tags.kernel for tags in table.tags}),
        families=len(real),
        campaigns=tuple(sorted({tags.campaign_id for tags in table.tags})),
        cards=rows.cards,
        tied_rows=rows.tie.rows,
        largest_correction=rows.tie.largest,
        left_out=rows.left_out,
    )
