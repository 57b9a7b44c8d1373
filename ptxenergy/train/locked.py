"""The book of every use of the locked families: each use wears them out a little."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from ptxenergy.model.scores import Evaluation, LockedUse
from ptxenergy.train.code_version import commit
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.rows import SIMULATED

FILE = "locked.csv"
_COLUMNS = LockedUse.__struct_fields__
_PARSERS = {"str": str, "int": int, "float": float}


def append_use(evaluation: Evaluation, models: Path) -> LockedUse:
    """Write down that the locked families were looked at, and what was found.

    Raises TrainingError where they were not, and where simulated rows would be written down among
    real ones.
    """
    score = evaluation.locked
    if score is None:
        raise TrainingError("the locked families were not evaluated")
    check_place(evaluation.data.simulated, models)
    use = LockedUse(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        commit=commit(),
        gpu=evaluation.data.gpu,
        dataset_sha256=evaluation.data.dataset_sha256,
        rows=score.rows,
        families=score.families,
        energy_median_ape=score.errors["energy"].median_ape,
        time_median_ape=score.errors["time"].median_ape,
        power_median_ape=score.errors["power"].median_ape,
        energy_coverage=score.coverage["energy"].share,
    )
    path = models / FILE
    is_new = not path.exists()
    models.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(_COLUMNS)
        writer.writerow([getattr(use, name) for name in _COLUMNS])
    return use


def read_uses(models: Path) -> tuple[LockedUse, ...]:
    """Every use so far, oldest first. Raises TrainingError where the book is damaged."""
    path = models / FILE
    if not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_use(line) for line in csv.DictReader(file))
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is damaged: {error}") from error


def check_place(simulated: bool, folder: Path) -> None:
    """Raise TrainingError where results of simulated rows would leave a folder of that name."""
    if simulated != (folder.resolve().name == SIMULATED):
        raise TrainingError(
            f"{folder} must be a folder named `{SIMULATED}`: no GPU was measured for these rows"
            if simulated
            else f"{folder} is for simulated rows: choose a folder of another name"
        )


def _use(line: dict[str, str]) -> LockedUse:
    kinds = LockedUse.__annotations__
    return LockedUse(**{name: _PARSERS[kinds[name]](line[name]) for name in _COLUMNS})
