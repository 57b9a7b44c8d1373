"""Measured rows, read: what was launched, what it is called, and what was measured, apart.

Only `Launched` reaches the features. `Tags` decide what is held out together and what a row counts
as; `Measured` are the labels.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.launch.request import Trips
from ptxenergy.measure.kernels.families import GENERATED, group_of
from ptxenergy.measure.rows.row import COLUMNS, complete_lines
from ptxenergy.measure.rows.tied import Tie, tied
from ptxenergy.train.errors import TrainingError

SIMULATED = "simulated"
PinValue: TypeAlias = tuple[str, int, float | str | Trips]


class Launched(Struct, frozen=True):
    """What was launched: all that a prediction would be told. `pins` are (kind, line, value).

    `is_cold`: the buffers were rotated, so that no launch found its own in L2.
    """

    ptx_path: str
    ptx_sha256: str
    entry: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    dynamic_shared_bytes: int
    args: tuple[tuple[str, str], ...]
    pins: tuple[PinValue, ...] = ()
    is_cold: bool = False


class Tags(Struct, frozen=True):
    """What a row is called, and under what it was measured; never a feature."""

    point_id: str
    campaign_id: str
    gpu: str
    kernel: str
    family: str
    study: str
    size: str
    cache_mode: str
    data_kind: str
    started_utc: str
    is_anchor: bool

    @property
    def group(self) -> str:
        """What is held out together: a real family, or everything generated as one."""
        return group_of(self.family)

    @property
    def is_generated(self) -> bool:
        """Whether the kernel was made from the template, and counts as no real one."""
        return self.group == GENERATED


class Measured(Struct, frozen=True):
    """The labels of a row, and what the driver and the meters said of it."""

    energy_j: float
    time_s: float
    power_w: float
    registers_per_thread: int
    static_shared_bytes: int
    flags: frozenset[str]
    ok: bool


class MeasuredRow(Struct, frozen=True):
    """One row of a data set."""

    launched: Launched
    tags: Tags
    measured: Measured


class Rows(Struct, frozen=True):
    """The rows of a data set in an order of their own, so that the files' order changes nothing.

    `sha256` is the hash of all cells as they were read. `cards`: how many cards the campaigns name,
    at least 1. `tie`: what was corrected so that power is that of one card.
    """

    rows: tuple[MeasuredRow, ...]
    sha256: str
    cards: int
    left_out: Mapping[str, int]
    tie: Tie = Tie()

    @property
    def cards_told_apart(self) -> int:
        """How many cards the labels tell of: one where power was tied to that of the first."""
        return 1 if self.tie.rows else self.cards

    @property
    def gpu(self) -> str:
        """The GPU by its name in NVML, or `simulated`."""
        return self.rows[0].tags.gpu


def read_rows(place: Path) -> Rows:
    """The rows of a CSV file, or of a data set's folder (`rows/*.csv`), their power tied together.

    Raises TrainingError where there are none, where they are of several GPUs, or where a cell
    cannot be read.
    """
    files = sorted((place / "rows").glob("*.csv")) if place.is_dir() else [place]
    lines: list[dict[str, str]] = []
    for path in files:
        found = complete_lines(path)
        _check_columns(path, found)
        lines += found
    if not lines:
        raise TrainingError(f"{place} holds no measured rows: give a CSV file or a data set")
    lines.sort(key=lambda line: tuple(line[name] for name in _ORDER))
    alike, tie = tied(lines)
    rows = tuple(_row(line) for line in alike)
    gpus = sorted({row.tags.gpu for row in rows})
    if len(gpus) > 1:
        raise TrainingError(f"{place} has rows of several GPUs ({', '.join(gpus)}): one at a time")
    text = "\n".join("\x1f".join(line[name] for name in COLUMNS) for line in lines)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Rows(rows, digest, _cards(place), {}, tie)


def usable(rows: Rows, locked: Set[str], *, only_locked: bool = False) -> Rows:
    """The rows that may be learnt from; `left_out` counts the rest by why.

    Those of `locked` families are left out, or alone kept with `only_locked`.
    """
    reasons: Counter[str] = Counter()
    kept = []
    for row in rows.rows:
        why = _unusable(row)
        if not why and (row.tags.group in locked) != only_locked:
            why = "not locked" if only_locked else "locked family"
        if why:
            reasons[why] += 1
        else:
            kept.append(row)
    return replace(rows, rows=tuple(kept), left_out=dict(sorted(reasons.items())))


def without_pins(launched: Launched) -> Launched:
    """The same launch as one would know it who knows nothing of the data."""
    return replace(launched, pins=())


def _unusable(row: MeasuredRow) -> str:
    """Why a row is not for training, whatever its family; empty where it is."""
    if not row.measured.ok:
        return "not a good point"
    if row.tags.data_kind != "random":
        return "values are not random"
    return ""


def _check_columns(path: Path, lines: Iterable[Mapping[str, str]]) -> None:
    if not path.exists():
        raise TrainingError(f"{path} does not exist: give a CSV file of rows or a data set")
    for number, line in enumerate(lines, start=1):
        lacking = [name for name in COLUMNS if line.get(name) is None]
        if lacking:
            named = ", ".join(lacking[:3])
            raise TrainingError(f"{path}: row {number} lacks {named}: see docs/measuring.md")


def _row(line: Mapping[str, str]) -> MeasuredRow:
    try:
        return MeasuredRow(_launched(line), _tags(line), _measured(line))
    except (ValueError, KeyError, TypeError) as error:
        what = f"the row of point {line['point_id']}"
        raise TrainingError(f"{what} cannot be read: {error}") from error


def _launched(line: Mapping[str, str]) -> Launched:
    args = json.loads(line["args"])
    pins = json.loads(line["pins"])
    return Launched(
        ptx_path=line["ptx_path"],
        ptx_sha256=line["ptx_sha256"],
        entry=line["entry"],
        grid=_extents(line, "grid"),
        block=_extents(line, "block"),
        dynamic_shared_bytes=int(line["dynamic_shared_bytes"]),
        args=tuple(sorted((str(index), repr(value)) for index, value in args.items())),
        pins=pins_of(pins),
        is_cold=line["cache_mode"] == "rotated",
    )


def pins_of(pins: Iterable[Mapping[str, Any]]) -> tuple[PinValue, ...]:
    """Pins as a plan or a row has them, as (kind, line, value), sorted."""
    return tuple(sorted((pin["kind"], int(pin["line"]), _pinned(pin)) for pin in pins))


def _pinned(pin: Mapping[str, float]) -> float | str | Trips:
    return Trips(pin["value"], pin["warp"]) if "warp" in pin else pin["value"]


def _extents(line: Mapping[str, str], name: str) -> tuple[int, int, int]:
    return int(line[f"{name}_x"]), int(line[f"{name}_y"]), int(line[f"{name}_z"])


def _tags(line: Mapping[str, str]) -> Tags:
    texts = {name: line[name] for name in Tags.__struct_fields__ if name != "is_anchor"}
    return Tags(**texts, is_anchor=line["is_anchor"] == "true")


def _measured(line: Mapping[str, str]) -> Measured:
    measured = Measured(
        energy_j=float(line["energy_j"]),
        time_s=float(line["time_s"]),
        power_w=float(line["power_w"]),
        registers_per_thread=int(line["registers_per_thread"]),
        static_shared_bytes=int(line["static_shared_bytes"]),
        flags=frozenset(filter(None, line["flags"].split(";"))),
        ok=line["ok"] == "true",
    )
    if measured.ok and not min(measured.energy_j, measured.time_s, measured.power_w) > 0:
        raise ValueError("energy, time and power of a good point are above zero")
    return measured


def _cards(place: Path) -> int:
    """How many cards the campaigns beside the rows name; 1 where nothing says."""
    folder = place if place.is_dir() else place.parent.parent
    found = set()
    for path in sorted((folder / "campaigns").glob("*.json")):
        identity = json.loads(path.read_text(encoding="utf-8")).get("gpu", {})
        found.add(json.dumps(identity.get("uuid_hash", identity), sort_keys=True))
    return max(1, len(found))


_ORDER = ("point_id", "campaign_id", "started_utc", *COLUMNS)
