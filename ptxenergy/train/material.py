"""From the rows of a data set to what is learnt from and judged by."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from msgspec import Struct

from ptxenergy.gpu.spec import Gpu
from ptxenergy.measure.kernels import families
from ptxenergy.train.cache import FeatureCache
from ptxenergy.train.counting import Counting, counted, gpu_of, tabulated
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.parallel import Workers
from ptxenergy.train.rows import Rows, read_rows, usable, without_pins
from ptxenergy.train.table import Counted, Table


class Material(Struct, frozen=True):
    """What is evaluated: rows that may be learnt from and their table, in the same order.

    `unpinned`: those with pins, counted without. `locked`: the locked families' rows, where one
    test on them was asked for.
    """

    rows: Rows
    table: Table
    unpinned: Table
    locked: Table | None = None


class Source(Struct, frozen=True):
    """Where rows lie (a CSV file or a data set), and the folder with their PTX and families.

    `gpu`: the described GPU, where the rows' own name does not tell.
    """

    place: Path
    datasets: Path
    gpu: str | None = None


def load_material(
    source: Source,
    workers: Workers,
    cache: FeatureCache | None = None,
    *,
    with_unpinned: bool = True,
    with_locked: bool = False,
) -> tuple[Material, Gpu]:
    """Read rows and count their launches, and say for which GPU.

    Raises TrainingError where that cannot be done. Locked rows are counted only `with_locked`.
    """
    rows = read_rows(source.place)
    locked = locked_families(source.datasets)
    counting = _counting(source, rows, workers, cache or FeatureCache())
    kept, table = tabulated(usable(rows, locked), counting)
    unpinned = _unpinned(kept, table, counting) if with_unpinned else table.take([])
    found = _locked(rows, locked, counting) if with_locked else None
    return Material(kept, table, unpinned, found), counting.gpu


def locked_families(datasets: Path) -> Set[str]:
    """The families that nothing may be learnt from. Raises TrainingError where nothing says."""
    try:
        return families.locked_families(datasets)
    except (OSError, families.FamilyError) as error:
        raise TrainingError(
            f"which families are locked cannot be read: {error}: give --datasets"
        ) from error


def _counting(source: Source, rows: Rows, workers: Workers, cache: FeatureCache) -> Counting:
    beside = source.place if source.place.is_dir() else source.place.parent
    return Counting(gpu_of(rows, source.gpu), (source.datasets, beside), cache, workers)


def _unpinned(rows: Rows, table: Table, counting: Counting) -> Table:
    """The rows that have pins, as they look without."""
    places = [place for place, row in enumerate(rows.rows) if row.launched.pins]
    found = counted([without_pins(rows.rows[place].launched) for place in places], counting)
    kept = [(p, one) for p, one in zip(places, found, strict=True) if isinstance(one, Counted)]
    return Table(
        table.feature_set,
        tuple(one for _, one in kept),
        tuple(table.tags[place] for place, _ in kept),
        tuple(table.measured[place] for place, _ in kept),
    )


def _locked(rows: Rows, locked: Set[str], counting: Counting) -> Table:
    chosen = usable(rows, locked, only_locked=True)
    if not chosen.rows:
        raise TrainingError("there is no row of a locked family among these: nothing to test on")
    return tabulated(chosen, counting)[1]
