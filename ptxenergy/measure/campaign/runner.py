"""Taking turns until the time is up, and writing each row as it is measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ptxenergy.measure.campaign.bench import Bench, Idle
from ptxenergy.measure.campaign.measured import Measured, Standing, measure, row_of
from ptxenergy.measure.device.sensor import DeviceError, DeviceLostError
from ptxenergy.measure.planning.order import Turn
from ptxenergy.measure.planning.point import Point
from ptxenergy.measure.rows.quality import flags_of, is_ok, ratio_to_instant
from ptxenergy.measure.rows.row import Row, RowWriter

_RATIOS_NEEDED = 10
_MOST_FAILURES_IN_A_ROW = 20


@dataclass(frozen=True, slots=True)
class Failure:
    """A point that did not run, and why; `is_lost` where it took the device along."""

    point_id: str
    why: str
    is_lost: bool = False


@dataclass(slots=True)
class Progress:
    """How far a campaign is. `on_turn`, `on_row` and `on_failure` are called as it goes on."""

    total: int = 0
    rows: int = 0
    good: int = 0
    failures: list[Failure] = field(default_factory=list)
    on_turn: Callable[[Turn], None] = lambda turn: None
    on_row: Callable[[Row], None] = lambda row: None
    on_failure: Callable[[Failure], None] = lambda failure: None

    @property
    def failed(self) -> int:
        """How many points did not run."""
        return len(self.failures)

    def note_row(self, row: Row) -> None:
        """Count a row that was written."""
        self.rows += 1
        self.good += row.ok
        self.on_row(row)

    def note_failure(self, failure: Failure) -> None:
        """Count a point that did not run."""
        self.failures.append(failure)
        self.on_failure(failure)

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.good} good, {self.failed} points that did not run"


class Campaign:
    """Measures turns one after another and appends a row for each."""

    def __init__(self, bench: Bench, writer: RowWriter, campaign_id: str, idle: Idle) -> None:
        self._bench = bench
        self._writer = writer
        self._campaign_id = campaign_id
        self._idle = idle
        self._gpu = bench.sensor.identity().gpu
        self._ratios: list[float] = []
        self._anchor_power_w: dict[str, float] = {}
        self._anchor_scale = 1.0
        self._failed_in_a_row = 0

    def run(self, turns: Sequence[Turn], until_s: float, progress: Progress) -> None:
        """Take turns until they or the time are used up; bad points once more at the end.

        `until_s` is on the bench's clock. A turn is begun only if it can end in time. Raises
        DeviceError where 20 points in a row do not run: then the device itself has failed; and
        DeviceLostError where nothing can run any more in this process.
        """
        again: list[Turn] = []
        for turn in turns:
            if not self._can_take_one(until_s):
                return
            row = self._take(turn, progress)
            if row is not None and not row.ok and not turn.is_anchor:
                again.append(replace(turn, replicate_of=turn.point.point_id))
        for turn in again:
            if not self._can_take_one(until_s):
                return
            self._take(turn, progress)

    def _can_take_one(self, until_s: float) -> bool:
        return self._bench.clock.now_s() + 1.5 * self._bench.timing.queue_s < until_s

    def _take(self, turn: Turn, progress: Progress) -> Row | None:
        progress.on_turn(turn)
        try:
            row = self._row(turn, measure(self._bench, turn.point))
        except DeviceError as error:
            self._fail(turn.point, error, progress)
            return None
        self._failed_in_a_row = 0
        self._writer.write(row)
        progress.note_row(row)
        return row

    def _fail(self, point: Point, error: DeviceError, progress: Progress) -> None:
        if self._bench.device.is_lost():
            raise DeviceLostError(str(error)) from error
        progress.note_failure(Failure(point.point_id, str(error)))
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= _MOST_FAILURES_IN_A_ROW:
            raise DeviceError(
                f"{self._failed_in_a_row} points in a row did not run, the last: {error}"
            ) from error

    def _row(self, turn: Turn, measured: Measured) -> Row:
        window = measured.window
        flags = flags_of(window, measured.split_rel, self._median_ratio())
        if is_ok(flags):
            self._ratios.append(ratio_to_instant(window))
        if turn.is_anchor and is_ok(flags):
            self._note_anchor(turn.point, window.power_w)
        timing = self._bench.timing
        standing = (self._campaign_id, self._gpu, self._idle, timing, self._anchor_scale, flags)
        return row_of(turn, measured, Standing(*standing))

    def _median_ratio(self) -> float | None:
        known = [ratio for ratio in self._ratios if math.isfinite(ratio)]
        return statistics.median(known) if len(known) >= _RATIOS_NEEDED else None

    def _note_anchor(self, anchor: Point, power_w: float) -> None:
        first = self._anchor_power_w.setdefault(anchor.point_id, power_w)
        self._anchor_scale = power_w / first
