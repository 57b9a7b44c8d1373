"""One measured row: the schema of `datasets/*/rows/*.csv`, with units in the names."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A measured point. `args`, `pins` and `size` are JSON; `flags` are joined by `;`."""

    point_id: str
    campaign_id: str
    gpu: str
    kernel: str
    family: str
    study: str
    source_sha256: str
    ptx_path: str
    ptx_sha256: str
    entry: str
    compile_options: str
    size: str
    grid_x: int
    grid_y: int
    grid_z: int
    block_x: int
    block_y: int
    block_z: int
    dynamic_shared_bytes: int
    static_shared_bytes: int
    registers_per_thread: int
    local_bytes: int
    args: str
    pins: str
    footprint_bytes: int
    buffer_sets: int
    cache_mode: str
    data_kind: str
    data_seed: int
    launch_mode: str
    launches: int
    time_s: float
    time_split_rel: float
    window_s: float
    settle_s: float
    tick_period_s: float
    ticks: int
    gap_fraction: float
    power_w: float
    power_sd_w: float
    power_instant_w: float
    memory_power_w: float | None
    energy_j: float
    energy_dynamic_j: float
    idle_cold_w: float
    idle_active_w: float
    temperature_before_c: float
    temperature_after_c: float
    sm_clock_mhz_min: float
    sm_clock_mhz_mean: float
    sm_clock_mhz_max: float
    memory_clock_mhz: float
    throttle_reasons: int
    anchor_scale: float
    is_anchor: bool
    replicate_of: str
    ok: bool
    flags: str
    started_utc: str


COLUMNS = tuple(field.name for field in fields(Row))


class RowWriter:
    """Appends rows to a CSV file, each flushed to disk before the next is measured.

    A row is written with its newline in one call, so that a kill leaves either the whole row or
    a last line without a newline, which `complete_lines` leaves out and the next writer cuts off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        _cut_partial_line(path)
        is_new = not path.exists() or path.stat().st_size == 0
        self._file = path.open("ab", buffering=0)
        if is_new:
            self._write(COLUMNS)

    def __enter__(self) -> RowWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, row: Row) -> None:
        """Append one row and wait until the disk has it."""
        self._write(tuple(_text(getattr(row, name)) for name in COLUMNS))

    def _write(self, cells: tuple[str, ...]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._file.write(line.getvalue().encode())
        os.fsync(self._file.fileno())


def complete_lines(path: Path) -> list[dict[str, str]]:
    """The rows of a file as text by column, without a last line that was cut off by a kill."""
    if not path.exists():
        return []
    text = path.read_bytes()
    text = text[: text.rfind(b"\n") + 1]
    return list(csv.DictReader(io.StringIO(text.decode())))


def _cut_partial_line(path: Path) -> None:
    if not path.exists():
        return
    text = path.read_bytes()
    if text and not text.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(text.rfind(b"\n") + 1)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
