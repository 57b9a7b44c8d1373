"""Energy against time of block shapes, as a picture. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ptxenergy.ptx.names import short_name
from ptxenergy.tune.result import Candidate, Tuning

_INCHES = (7.2, 4.8)
_LABELS_MOST = 8


def check_path(path: Path) -> None:
    """Raise, before anything is predicted, what would keep the picture from being written:
    ImportError without matplotlib, ValueError."""
    from matplotlib.backend_bases import FigureCanvasBase

    if path.suffix.removeprefix(".").lower() not in FigureCanvasBase.get_supported_filetypes():
        raise ValueError("its ending says the format: .svg, .png or .pdf")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}")


def write_plot(tuning: Tuning, path: Path) -> None:
    """Draw the candidates, the front and what was given; the ending of `path` says the format.

    Raises ImportError without matplotlib, OSError.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.xaxis.set_major_formatter(EngFormatter("s"))
    axes.yaxis.set_major_formatter(EngFormatter("J"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    _points(axes, [c for c in tuning.verified if not c.is_on_front], "o", "#3b82c4", "other shapes")
    doubtful = [c for c in tuning.candidates if not c.is_verified]
    _points(axes, doubtful, "x", "#999999", "unverified")
    front = sorted((c for c in tuning.verified if c.is_on_front), key=lambda c: c.time_s)
    axes.plot(*_at(front), "o-", color="#d9822b", label="least energy for its time", zorder=3)
    # The front, which is lowest, is named below its points, what it is held against above its mark.
    marked: dict[int, tuple[Candidate, int]] = {}
    for one, mark, name in (
        (tuning.heuristic, "D", "occupancy heuristic"),
        (tuning.given, "s", "given"),
    ):
        if one is not None:
            axes.plot(*_at([one]), mark, color="#111111", fillstyle="none", ms=9, label=name)
            marked[id(one)] = (one, 5)
    for one in front[:_LABELS_MOST]:
        marked[id(one)] = (one, -11)
    for one, above in marked.values():
        at = (one.time_s, one.energy_j)
        axes.annotate(one.label, at, (7, above), textcoords="offset points", fontsize=8)
    state = "" if tuning.calibrated else ", uncalibrated"
    axes.set(
        xlabel="time",
        ylabel="energy",
        title=f"{short_name(tuning.kernel)}: block shapes on {tuning.gpu}{state}",
    )
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)


def _at(shapes: list[Candidate]) -> tuple[list[float], list[float]]:
    return [one.time_s for one in shapes], [one.energy_j for one in shapes]


def _points(axes: Any, shapes: list[Candidate], mark: str, colour: str, name: str) -> None:
    if shapes:
        axes.plot(*_at(shapes), mark, color=colour, alpha=0.5, markersize=5, label=name)
