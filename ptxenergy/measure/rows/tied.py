"""Power of several campaigns tied together by their anchors, as if one card had measured it all.

Meters differ between cards by some per cent, and drift. What the anchors' power does beside that
of the first campaign, all power does, as near as can be known; it is taken out where it is over
1 %. What was measured stays as it is in the files.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np

RowText: TypeAlias = dict[str, str]
_LEAST = 0.01
_SMOOTHED = 3


@dataclass(frozen=True, slots=True)
class Tie:
    """How many rows were corrected, and by how much at most, as a fraction."""

    rows: int = 0
    largest: float = 0.0


@dataclass(frozen=True, slots=True)
class _Drift:
    """The power of a campaign's anchors over that of the first campaign, along its time."""

    times_s: tuple[float, ...]
    scales: tuple[float, ...]

    @property
    def is_felt(self) -> bool:
        return max(abs(scale - 1) for scale in self.scales) > _LEAST

    def at(self, time_s: float) -> float:
        return float(np.interp(time_s, self.times_s, self.scales))


def tied(rows: Sequence[RowText]) -> tuple[list[RowText], Tie]:
    """The rows with `power_w`, `energy_j` and `energy_dynamic_j` tied to the first campaign's
    anchors, in the same order.

    Between anchors their drift is interpolated. A campaign without good anchors stays as it is.
    """
    drifts = {name: drift for name, drift in _drifts(rows).items() if drift.is_felt}
    found: list[RowText] = []
    largest, count = 0.0, 0
    for row in rows:
        drift = drifts.get(row["campaign_id"])
        if drift is None:
            found.append(row)
            continue
        scale = drift.at(_time_s(row))
        largest, count = max(largest, abs(scale - 1)), count + 1
        found.append(_scaled(row, scale))
    return found, Tie(count, largest)


def _drifts(rows: Sequence[RowText]) -> dict[str, _Drift]:
    anchors = [row for row in rows if row["is_anchor"] == "true" and row["ok"] == "true"]
    anchors.sort(key=lambda row: (row["started_utc"], row["campaign_id"], row["point_id"]))
    reference = _reference(anchors)
    campaigns: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in anchors:
        scale = float(row["power_w"]) / reference[row["point_id"]]
        campaigns[row["campaign_id"]].append((_time_s(row), scale))
    return {name: _smoothed(seen) for name, seen in campaigns.items()}


def _reference(anchors: Sequence[RowText]) -> Mapping[str, float]:
    """The median power of each anchor in the first campaign that has it."""
    first: dict[str, str] = {}
    powers: dict[str, list[float]] = defaultdict(list)
    for row in anchors:
        if first.setdefault(row["point_id"], row["campaign_id"]) == row["campaign_id"]:
            powers[row["point_id"]].append(float(row["power_w"]))
    return {point_id: statistics.median(found) for point_id, found in powers.items()}


def _smoothed(seen: Sequence[tuple[float, float]]) -> _Drift:
    """Medians of each anchor and its neighbours, so that one bad window corrects nothing."""
    scales = [scale for _, scale in seen]
    half = _SMOOTHED // 2
    medians = [
        statistics.median(scales[max(0, place - half) : place + half + 1])
        for place in range(len(scales))
    ]
    return _Drift(tuple(time_s for time_s, _ in seen), tuple(medians))


def _time_s(row: RowText) -> float:
    return datetime.fromisoformat(row["started_utc"]).timestamp()


def _scaled(row: RowText, scale: float) -> RowText:
    power_w, time_s = float(row["power_w"]) / scale, float(row["time_s"])
    dynamic_w = power_w - float(row["idle_cold_w"])
    return {
        **row,
        "power_w": repr(power_w),
        "energy_j": repr(power_w * time_s),
        "energy_dynamic_j": repr(dynamic_w * time_s),
    }
