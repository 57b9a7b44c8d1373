"""What a data set holds, in numbers and pictures. Locked families are counted, never shown."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptxenergy.measure.kernels.families import GENERATED, group_of
from ptxenergy.measure.rows.row import complete_lines
from ptxenergy.measure.rows.tied import RowText, tied


@dataclass(frozen=True, slots=True)
class Summary:
    """A data set in numbers. Spreads and drifts are relative; ranges are of good rows.

    `families` are the real ones.
    """

    rows: int
    good: int
    points: int
    kernels: int
    families: int
    gpus: tuple[str, ...]
    campaigns: int
    flags: dict[str, int]
    repeats: int
    repeat_spread_median: float | None
    anchor_drift: float | None
    counter_over_instant: float | None
    time_range_s: tuple[float, float] | None
    power_range_w: tuple[float, float] | None

    def lines(self) -> Iterator[str]:
        """The summary as lines of text."""
        yield f"{self.rows} rows, {self.good} good, {self.points} points"
        yield f"{self.campaigns} campaigns"
        yield f"{self.kernels} kernels on {', '.join(self.gpus)}; {self.families} real families"
        if self.time_range_s and self.power_range_w:
            shortest_s, longest_s = self.time_range_s
            yield f"launches of {shortest_s * 1e6:.1f} us to {longest_s * 1e3:.1f} ms"
            yield f"power of {self.power_range_w[0]:.0f} W to {self.power_range_w[1]:.0f} W"
        if self.repeat_spread_median is not None:
            yield f"{self.repeats} repeats, median spread of energy {self.repeat_spread_median:.2%}"
        if self.anchor_drift is not None:
            yield f"anchors drift by {self.anchor_drift:.2%}"
        if self.counter_over_instant is not None:
            yield f"counter over instant power: median {self.counter_over_instant:.3f}"
        for flag, count in sorted(self.flags.items()):
            yield f"flag {flag}: {count} rows"


def rows_of(folder: Path) -> list[RowText]:
    """All rows of a data set, as text by column."""
    return [row for path in sorted((folder / "rows").glob("*.csv")) for row in complete_lines(path)]


def summarise(rows: list[RowText], locked: Set[str] = frozenset()) -> Summary:
    """Summarise rows; a number that cannot be known from them is None.

    Rows of `locked` families count and tell how well they were measured; ranges leave them out.
    """
    good = [row for row in rows if row["ok"] == "true"]
    plain = [row for row in good if row["is_anchor"] == "false"]
    # What cards differ by is no noise of repeats.
    again = [row for row in tied(good)[0] if row["is_anchor"] == "false"]
    spreads = _spreads(again)
    shown = [row for row in plain if row["family"] not in locked]
    times, powers = _values(shown, "time_s"), _values(shown, "power_w")
    ratios = [float(row["power_w"]) / float(row["power_instant_w"]) for row in good]
    return Summary(
        rows=len(rows),
        good=len(good),
        points=len({row["point_id"] for row in plain}),
        kernels=len({row["kernel"] for row in plain}),
        families=len({group_of(row["family"]) for row in plain} - {GENERATED}),
        gpus=tuple(sorted({row["gpu"] for row in rows})),
        campaigns=len({row["campaign_id"] for row in rows}),
        flags=dict(Counter(flag for row in rows for flag in row["flags"].split(";") if flag)),
        repeats=len(spreads),
        repeat_spread_median=statistics.median(spreads) if spreads else None,
        anchor_drift=_drift(good),
        counter_over_instant=statistics.median(ratios) if ratios else None,
        time_range_s=(min(times), max(times)) if times else None,
        power_range_w=(min(powers), max(powers)) if powers else None,
    )


def plot(rows: list[RowText], path: Path, locked: Set[str] = frozenset()) -> None:
    """Draw power over time by family, the spread of repeats and the anchors' drift, as PNG or SVG.

    Rows of `locked` families are left out. Needs matplotlib (`pip install 'ptxenergy[plots]'`):
    raises ImportError without it. Raises ValueError where there is nothing to draw.
    """
    from matplotlib.figure import Figure

    good = [row for row in rows if row["ok"] == "true" and row["family"] not in locked]
    if not good:
        raise ValueError("there is no good row to draw")
    plain = [row for row in good if row["is_anchor"] == "false"]
    figure = Figure(figsize=(13, 4), layout="constrained")
    over, spread, drift = figure.subplots(1, 3)
    for family in sorted({group_of(row["family"]) for row in plain}):
        members = [row for row in plain if group_of(row["family"]) == family]
        over.scatter(_values(members, "time_s"), _values(members, "power_w"), s=8, label=family)
    over.set(xscale="log", xlabel="time of a launch / s", ylabel="power / W", title="Launches")
    again = [row for row in tied(good)[0] if row["is_anchor"] == "false"]
    spread.hist([100 * value for value in _spreads(again)], bins=20)
    spread.set(xlabel="spread of energy / %", ylabel="points", title="Repeated points")
    _plot_drift(good, drift)
    simulated = any(row["gpu"] == "simulated" for row in rows)
    figure.suptitle("SIMULATED rows: no GPU was measured" if simulated else rows[0]["gpu"])
    figure.savefig(path, dpi=110)


def _plot_drift(good: list[RowText], axes: Any) -> None:
    for point_id, powers in _anchor_powers(good).items():
        axes.plot([power / powers[0] for power in powers], marker=".", label=point_id[:6])
    axes.set(xlabel="anchor, in order", ylabel="power over its first", title="Anchors")


def _values(rows: list[RowText], column: str) -> list[float]:
    return [float(row[column]) for row in rows]


def _spreads(rows: list[RowText]) -> list[float]:
    """Relative half-range of energy of every point that was measured more than once."""
    energies: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        energies[row["point_id"]].append(float(row["energy_j"]))
    repeated = (values for values in energies.values() if len(values) > 1)
    return [(max(v) - min(v)) / 2 / statistics.fmean(v) for v in repeated]


def _anchor_powers(good: list[RowText]) -> dict[str, list[float]]:
    powers: dict[str, list[float]] = defaultdict(list)
    for row in sorted(good, key=lambda row: row["started_utc"]):
        if row["is_anchor"] == "true":
            powers[row["point_id"]].append(float(row["power_w"]))
    return powers


def _drift(good: list[RowText]) -> float | None:
    ratios = [max(p) / min(p) - 1 for p in _anchor_powers(good).values() if len(p) > 1]
    return max(ratios) if ratios else None
