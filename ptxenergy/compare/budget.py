"""The kernels of PTX files, each held to the budget that its project gives it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ptxenergy.compare.baseline import Baseline
from ptxenergy.compare.limits import Check, hold
from ptxenergy.compare.project import Launched, NotPredicted, predict_project
from ptxenergy.errors import InputError
from ptxenergy.pipeline import Options
from ptxenergy.ptx import read_input
from ptxenergy.settings import Budget, Settings

_NO_LIMIT = Budget()


class BudgetRow(Struct, frozen=True):
    """One kernel and its limits; none where its project gives it no budget."""

    launched: Launched
    checks: tuple[Check, ...]


class BudgetReport(Struct, frozen=True):
    """What became of the budgets.

    `unknown`: kernels without a prediction that have a budget, which therefore fail. `missing`:
    those that have none. `unmatched`: places and patterns of entries that fit no kernel.
    """

    settings: str
    rows: tuple[BudgetRow, ...]
    unknown: tuple[NotPredicted, ...] = ()
    missing: tuple[NotPredicted, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether a limit is broken, or cannot be held since there is no prediction."""
        states = {check.state for row in self.rows for check in row.checks}
        return "broken" in states or bool(self.unknown)


def hold_to_budgets(
    files: Sequence[str],
    settings: Settings,
    options: Options,
    baseline: Baseline | None = None,
    *,
    hold_assumed: bool = False,
) -> BudgetReport:
    """Hold every kernel of PTX files to its budget.

    `-` as a file is standard input; `options` says all that is not the launch. Raises InputError
    where the project gives no budget at all, and what reading and predicting raise.
    """
    _check_budgets(settings)
    rows: list[BudgetRow] = []
    failed: list[NotPredicted] = []
    for file in files:
        text, name = read_input(file, options.gpu)
        for found in predict_project(text, name, settings, options):
            if isinstance(found, NotPredicted):
                failed.append(found)
                continue
            checks = hold(
                found.prediction,
                settings.budget_for(found.kernel),
                baseline,
                is_excused=found.source.is_assumed and not hold_assumed,
                file=name,
            )
            rows.append(BudgetRow(found, checks))
    return BudgetReport(
        settings=str(settings.file),
        rows=tuple(rows),
        unknown=tuple(one for one in failed if settings.budget_for(one.kernel) != _NO_LIMIT),
        missing=tuple(one for one in failed if settings.budget_for(one.kernel) == _NO_LIMIT),
        unmatched=_unmatched(settings, [r.launched.kernel for r in rows], failed),
    )


def _check_budgets(settings: Settings) -> None:
    if settings.budget == _NO_LIMIT and all(e.budget == _NO_LIMIT for e in settings.kernels):
        where = settings.file or "no ptxenergy.toml or [tool.ptxenergy] was found"
        raise InputError(
            f"{where}: there is no budget; write [tool.ptxenergy.budget] with energy_j = 0.01, "
            "or the same into a [[tool.ptxenergy.kernel]]"
        )


def _unmatched(
    settings: Settings, kernels: Sequence[str], failed: Sequence[NotPredicted]
) -> tuple[str, ...]:
    seen = [*kernels, *(one.kernel for one in failed)]
    return tuple(
        f"{entry.place}: match = {entry.match!r}"
        for entry in settings.kernels
        if not any(settings.entry_for(kernel) is entry for kernel in seen)
    )
