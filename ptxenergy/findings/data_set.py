"""A data set as it lies on disk: rows as a table, and the small files beside them."""

from __future__ import annotations

import json
from collections.abc import Set
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from msgspec import Struct

from ptxenergy.errors import PtxEnergyError
from ptxenergy.measure.kernels.families import group_of, locked_families
from ptxenergy.measure.planning.point import Point, read_plan
from ptxenergy.measure.rows.dictionary import DICTIONARY
from ptxenergy.measure.rows.row import COLUMNS
from ptxenergy.measure.rows.summary import Summary, rows_of, summarise
from ptxenergy.measure.rows.tied import RowText, Tie, tied

SIMULATED = "simulated"
Table: TypeAlias = Any
"""A pandas frame of rows: columns as in the data dictionary, and `group`, `is_locked`,
`read_power_w`."""


class DataSetError(PtxEnergyError):
    """A data set that nothing can be found in, or a file of it that cannot be read."""

    code = "dataset"


class DataSet(Struct, frozen=True):
    """Rows, campaigns and probe of one GPU; the plan and the locked families beside them.

    The table's power and energy are tied together over campaigns, `read_power_w` is as it was read.
    `profiled` are the kernels that have counters, None where there is no file of counters.
    """

    folder: Path
    table: Table
    tie: Tie
    summary: Summary
    campaigns: tuple[dict[str, Any], ...]
    probe: dict[str, Any] | None
    profiled: Set[str] | None
    planned_shapes: tuple[Point, ...]
    locked: Set[str]

    @property
    def typed(self) -> str:
        """The folder as one types it in the checkout; never a path of this machine."""
        return typed(self.folder)

    @property
    def simulated(self) -> bool:
        """Whether no GPU was measured."""
        return SIMULATED in self.summary.gpus

    @property
    def plain(self) -> Table:
        """The good rows that are no anchors, locked families among them: to be counted only."""
        return self.table[self.table["ok"] & ~self.table["is_anchor"]]

    @property
    def shown(self) -> Table:
        """The good rows of open families that are no anchors: what may be looked into."""
        plain = self.plain
        return plain[~plain["is_locked"]]


def typed(path: Path) -> str:
    """A path as one types it here; of one that lies elsewhere the name alone."""
    if not path.is_absolute() and ".." not in path.parts:
        return path.as_posix()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def read_data_set(folder: Path, datasets: Path) -> DataSet:
    """Read a data set; `datasets` holds the plan and the families.

    Raises DataSetError where there are no rows or a file is damaged, FamilyError, BadPlanError.
    """
    rows = rows_of(folder)
    if not rows:
        raise DataSetError(f"{folder} is no data set: it has no rows in `rows/*.csv`")
    locked = locked_families(datasets)
    summary = summarise(rows, locked)
    if len(summary.gpus) > 1:
        named = ", ".join(summary.gpus)
        raise DataSetError(f"{folder} has rows of several GPUs ({named}): a folder for each")
    alike, tie = tied(rows)
    return DataSet(
        folder=folder,
        table=_table(alike, locked, rows),
        tie=tie,
        summary=summary,
        campaigns=tuple(_json(path) for path in sorted((folder / "campaigns").glob("*.json"))),
        probe=_json(path) if (path := folder / "probe.json").exists() else None,
        profiled=_profiled(folder / "counters.jsonl"),
        planned_shapes=tuple(p for p in read_plan(datasets / "plan.jsonl") if p.study == "shape"),
        locked=locked,
    )


def _table(rows: list[RowText], locked: Set[str], read: list[RowText]) -> Table:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in COLUMNS:
        if DICTIONARY[name].kind in ("number", "integer"):
            table[name] = pd.to_numeric(table[name])
        elif DICTIONARY[name].kind == "boolean":
            table[name] = table[name] == "true"
    table["read_power_w"] = [float(row["power_w"]) for row in read]
    table["group"] = [group_of(family) for family in table["family"]]
    table["is_locked"] = table["group"].isin(locked)
    return table.sort_values(["started_utc", "campaign_id", "point_id"], kind="stable")


def _json(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataSetError(f"{path} cannot be read: {error}") from error
    if not isinstance(known, dict):
        raise DataSetError(f"{path} is no file of the measuring kit")
    return known


def _profiled(path: Path) -> Set[str] | None:
    if not path.exists():
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return frozenset(str(json.loads(line)["kernel"]) for line in lines)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataSetError(f"{path} is no file of `ptxenergy measure counters`: {error}") from error
