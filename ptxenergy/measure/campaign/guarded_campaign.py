"""A campaign in processes of its own: a point that takes the GPU down costs that point alone.

The next process goes on with the same campaign, and no later one tries that point again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from ptxenergy.measure.campaign.apart import LostError, Tell, told_by
from ptxenergy.measure.campaign.bench import Bench
from ptxenergy.measure.campaign.record import Record
from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.campaign.runner import Failure, Progress
from ptxenergy.measure.campaign.session import new_id, run_campaign
from ptxenergy.measure.device.sensor import DeviceError, DeviceLostError
from ptxenergy.measure.planning.order import Turn
from ptxenergy.measure.rows.row import Row

PATIENCE_S = 45.0
"""No point takes so long, not even with its compilation: after it, a process is killed."""

Told: TypeAlias = int | Turn | Row | Failure
"""How many turns there are, the turn that begins, and what came of it."""

Work: TypeAlias = Callable[[Tell[Told]], None]
_MOST_LOST_IN_A_ROW = 3
_LEAST_S = 10.0


def run_guarded(
    make: Callable[[], Bench],
    request: Request,
    progress: Progress | None = None,
    patience_s: float = PATIENCE_S,
) -> Progress:
    """As `run_campaign` on the bench that `make` makes, which must be picklable.

    Raises DeviceError where three points in a row take the device down, BadPlanError.
    """
    progress = progress or Progress()
    end_s = time.monotonic() + request.seconds
    record = Record(request.out, request.campaign_id or new_id(request.seed))
    watched = _Watched(progress, record)
    try:
        while (left_s := end_s - time.monotonic()) > _LEAST_S or watched.is_first:
            asked = replace(request, seconds=left_s, campaign_id=record.campaign_id)
            if watched.ends_well(partial(_measure, make, asked), left_s, patience_s):
                break
    finally:
        if record.path.exists():
            record.end()
    return progress


class _Watched:
    """What is known of the process that measures, and of those before it."""

    def __init__(self, progress: Progress, record: Record) -> None:
        self._progress = progress
        self._record = record
        self._turn: Turn | None = None
        self._lost_in_a_row = 0
        self.is_first = True

    def ends_well(
        self, work: Callable[[Tell[Told]], None], left_s: float, patience_s: float
    ) -> bool:
        """Whether a process came to the end of its work; if not, its point is given up."""
        self.is_first = False
        self._turn = None
        try:
            for told in told_by(work, lambda: patience_s if self._turn else left_s + patience_s):
                self._note(told)
        except (LostError, DeviceLostError) as error:
            self._give_up(error)
            return False
        return True

    def _note(self, told: Told) -> None:
        if isinstance(told, int):
            # Each process counts what is left when it begins.
            self._progress.total = self._progress.rows + self._progress.failed + told
        elif isinstance(told, Turn):
            self._turn = told
        elif isinstance(told, Row):
            # Each process begins with an anchor, which says nothing of the points.
            self._lost_in_a_row *= told.is_anchor
            self._progress.note_row(told)
        else:
            self._progress.note_failure(told)

    def _give_up(self, error: LostError | DeviceLostError) -> None:
        if self._turn is None:
            raise DeviceError(f"the campaign did not begin: {error}") from error
        point = self._turn.point
        failure = Failure(point.point_id, f"{point.kernel} {point.block}: {error}", is_lost=True)
        self._record.note_failure(failure)
        self._progress.note_failure(failure)
        self._lost_in_a_row += 1
        if self._lost_in_a_row >= _MOST_LOST_IN_A_ROW:
            raise DeviceError(
                f"{self._lost_in_a_row} points in a row took the device down, the last: {error}"
            ) from error


def _measure(make: Callable[[], Bench], request: Request, tell: Tell[Told]) -> None:
    """A campaign that tells what it does."""
    progress = Progress(on_row=tell, on_failure=tell)
    is_told = False

    def on_turn(turn: Turn) -> None:
        nonlocal is_told
        if not is_told:
            tell(progress.total)
            is_told = True
        tell(turn)

    progress.on_turn = on_turn
    run_campaign(make(), request, progress)
