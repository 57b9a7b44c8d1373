"""Checks measured rows against the data dictionary; every fault is named by file and row number."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ptxenergy.measure.kernels.catalog import ptx_sha256
from ptxenergy.measure.rows.dictionary import DICTIONARY, Column
from ptxenergy.measure.rows.quality import FATAL
from ptxenergy.measure.rows.row import COLUMNS, complete_lines

_ENERGY_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong. `row` counts from 1 below the header; 0 is the header itself."""

    file: str
    row: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}: row {self.row}: {self.message}"


def check(folder: Path, datasets: Path | None = None) -> list[Fault]:
    """Check every `rows/*.csv` of a data set: schema, ranges, duplicates, sums and checksums.

    A data set of a real GPU must not hold a simulated row. `datasets` holds the PTX; default: the
    folder that the data set lies in.
    """
    faults: list[Fault] = []
    seen: dict[tuple[str, ...], str] = {}
    for path in sorted((folder / "rows").glob("*.csv")):
        header = _header(path)
        if header != COLUMNS:
            odd = ", ".join(sorted(set(header) ^ set(COLUMNS))) or "their order"
            faults.append(Fault(path.name, 0, f"columns differ from the schema: {odd}"))
            continue
        faults += [Fault(path.name, 0, message) for message in _file_faults(path, folder)]
        for number, row in enumerate(complete_lines(path), start=1):
            if len(row) != len(COLUMNS) or None in row.values():
                faults.append(Fault(path.name, number, f"does not have {len(COLUMNS)} cells"))
                continue
            messages = [*_row_faults(row), *_place_faults(row, folder, datasets)]
            key = tuple(row.values())
            if key in seen:
                messages.append(f"the same measurement as {seen[key]}")
            seen[key] = f"{path.name} row {number}"
            faults += [Fault(path.name, number, message) for message in messages]
    return faults


def _header(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(next(csv.reader(file), ()))


def _file_faults(path: Path, folder: Path) -> Iterator[str]:
    """Whether the file is what its campaign wrote, as far as the campaign's end was recorded."""
    campaign = folder / "campaigns" / f"{path.stem}.json"
    if not campaign.exists():
        return
    known = json.loads(campaign.read_text(encoding="utf-8")).get("rows_sha256")
    if known and known != hashlib.sha256(path.read_bytes()).hexdigest():
        yield f"is not the file that {campaign.name} was written for"


def _row_faults(row: dict[str, str]) -> Iterator[str]:
    for name in COLUMNS:
        message = _cell_fault(row[name], DICTIONARY[name], is_ok=row["ok"] == "true")
        if message:
            yield f"{name} {message}"
            return
    energy_j, product_j = float(row["energy_j"]), float(row["power_w"]) * float(row["time_s"])
    if row["ok"] == "true" and abs(energy_j - product_j) > _ENERGY_TOLERANCE * abs(product_j):
        yield f"energy_j {energy_j} is not power_w × time_s = {product_j}"
    fatal = FATAL.intersection(row["flags"].split(";"))
    if row["ok"] == "true" and fatal:
        yield f"is ok and yet flagged {', '.join(sorted(fatal))}"


def _cell_fault(text: str, column: Column, is_ok: bool) -> str:
    if not text:
        return "" if column.may_be_empty else "is empty"
    if column.kind == "boolean":
        return "" if text in ("true", "false") else f"{text!r} is neither true nor false"
    if column.kind == "hash":
        is_hash = len(text) == 16 and set(text) <= set("0123456789abcdef")
        return "" if is_hash else f"{text!r} is not 16 hexadecimal digits"
    if column.kind == "json":
        try:
            json.loads(text)
        except ValueError:
            return f"{text[:40]!r} is not JSON"
        return ""
    return "" if column.kind == "text" else _number_fault(text, column, is_ok)


def _number_fault(text: str, column: Column, is_ok: bool) -> str:
    try:
        value = int(text) if column.kind == "integer" else float(text)
    except ValueError:
        return f"{text!r} is not a{'n integer' if column.kind == 'integer' else ' number'}"
    if not math.isfinite(value):
        return f"is {text} in a good row" if is_ok else ""
    if not column.low <= value <= column.high:
        return f"{text} {column.unit} lies outside {column.low:g} … {column.high:g}"
    return ""


def _place_faults(row: dict[str, str], folder: Path, datasets: Path | None) -> Iterator[str]:
    if row["gpu"] == "simulated" and folder.resolve().name != "simulated":
        yield "is simulated: simulated rows live in a folder `simulated` and nowhere else"
    ptx = (datasets or folder.parent) / row["ptx_path"]
    if row["gpu"] != "simulated":
        if not ptx.exists():
            yield f"ptx_path {row['ptx_path']} does not exist"
        elif _known_sha256(ptx) != row["ptx_sha256"]:
            yield f"ptx_path {row['ptx_path']} is not the PTX that was measured"


@cache
def _known_sha256(ptx: Path) -> str:
    """The hash of a PTX file, which many rows share."""
    return ptx_sha256(ptx)
