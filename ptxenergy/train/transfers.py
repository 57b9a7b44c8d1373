"""Other ways to split: from generated to real kernels, and from some campaigns to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from ptxenergy.model.scores import Score
from ptxenergy.train.conformal import LEAST_FAMILIES
from ptxenergy.train.folds import grouped_folds
from ptxenergy.train.judging import Judged, Split
from ptxenergy.train.metrics import score
from ptxenergy.train.table import Table

GENERATED_TO_REAL = "trained on generated, tested on real"
_CAMPAIGN_FOLDS = 3


class Transfer(Struct, frozen=True):
    """A way to split; `why_not` says why it cannot be done, and then there are no splits."""

    name: str
    splits: tuple[Split, ...] = ()
    why_not: str = ""


def transfers(table: Table) -> list[Transfer]:
    """All of them for these rows."""
    return [_generated_to_real(table), *_campaigns(table)]


def transferred(transfer: Transfer, judged: Sequence[Judged]) -> Score | str:
    """The score over all splits of a transfer, or why there is none."""
    if transfer.why_not:
        return transfer.why_not
    tests = [split.test for split in transfer.splits]
    whole = Table(
        tests[0].feature_set,
        tuple(one for test in tests for one in test.counted),
        tuple(one for test in tests for one in test.tags),
        tuple(one for test in tests for one in test.measured),
    )
    predicted = [one.predicted for one in judged]
    return score(
        whole,
        {q: np.concatenate([p.values[q] for p in predicted]) for q in predicted[0].values},
        {q: np.concatenate([p.half_log[q] for p in predicted]) for q in predicted[0].half_log},
    )


def _generated_to_real(table: Table) -> Transfer:
    is_generated = np.array([tags.is_generated for tags in table.tags])
    train, test = table.take(is_generated), table.take(~is_generated)
    return _transfer(GENERATED_TO_REAL, [(train, test)])


def _campaigns(table: Table) -> list[Transfer]:
    """Each campaign left out together with families; and families first measured in it, by what
    was known before.
    """
    campaigns = np.array([tags.campaign_id for tags in table.tags])
    order = _in_order(table)
    if len(order) < 2:
        return [Transfer("a campaign left out", why_not="the rows are of one campaign")]
    found = []
    for place, campaign in enumerate(order):
        within = campaigns == campaign
        pairs = []
        for fold in grouped_folds(table, _CAMPAIGN_FOLDS):
            train, test = np.zeros((2, len(table)), dtype=bool)
            train[fold.train], test[fold.test] = True, True
            pairs.append((table.take(train & ~within), table.take(test & within)))
        found.append(_transfer(f"campaign {campaign} left out", pairs))
        if place:
            earlier = np.isin(campaigns, order[:place])
            new = within & ~np.isin(table.groups, table.groups[earlier])
            name = f"families first measured in {campaign}, before they were trained on"
            found.append(_transfer(name, [(table.take(earlier), table.take(new))]))
    return found


def _transfer(name: str, pairs: Sequence[tuple[Table, Table]]) -> Transfer:
    splits = []
    for train, test in pairs:
        families = len(set(train.groups.tolist()))
        if len(test) and families < LEAST_FAMILIES:
            return Transfer(name, why_not=f"only {families} families to learn from")
        if len(test):
            splits.append(Split.of(train, test))
    return Transfer(name, tuple(splits), "" if splits else "no such rows")


def _in_order(table: Table) -> list[str]:
    """The campaigns by when they began."""
    began: dict[str, str] = {}
    for tags in table.tags:
        known = began.get(tags.campaign_id, tags.started_utc)
        began[tags.campaign_id] = min(known, tags.started_utc)
    return sorted(began, key=lambda campaign: (began[campaign], campaign))
