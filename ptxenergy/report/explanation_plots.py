"""Pictures of an explanation, as SVG that takes its ink from the page. Need matplotlib."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

from ptxenergy.explain.explanation import Roofline
from ptxenergy.report.plots import svg_text

_INCHES = (4.6, 3.2)
# A colour that nothing else has stands for the page's own ink, which is light on a dark page.
_INK = "#010203"
_COLOURS = ("#3b82c4", "#d9822b", "#4c9f70", "#b0589f")
_SIZES = (11, 8, 5)
_IDS = re.compile(r'(\bid="|\bxlink:href="#|\bhref="#|url\(#)')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


class ShapePoint(Protocol):
    """One block shape of a tuning: what a launch of it takes."""

    @property
    def label(self) -> str:
        """The shape, such as `32x8`."""

    @property
    def energy_j(self) -> float:
        """Joules of the launch."""

    @property
    def time_s(self) -> float:
        """Seconds of the launch."""

    @property
    def is_on_front(self) -> bool:
        """Whether no other shape is both quicker and cheaper."""


def roofline_svg(roofline: Roofline, name: str) -> str:
    """Warp instructions a second over warp instructions a sector, a roof and a point a level.

    `name` begins the ids within the picture. Raises ImportError without matplotlib.
    """
    figure, axes = _figure()
    known = [point.intensity for point in roofline.points] or [1.0]
    knees = [roofline.peak_per_s / point.sectors_per_s for point in roofline.points]
    low, high = min(*known, *knees, 1.0) / 4, max(*known, *knees, 1.0) * 4
    # Levels that move the same lie on one place: rings around each other.
    for point, colour, size in zip(roofline.points, _COLOURS, _SIZES, strict=False):
        knee = roofline.peak_per_s / point.sectors_per_s
        roof = ([low, knee], [low * point.sectors_per_s, roofline.peak_per_s])
        axes.plot(*roof, color=colour, linewidth=1.2)
        at = (point.intensity, roofline.issued_per_s)
        axes.plot(*at, "o", color=colour, label=point.level, markersize=size, zorder=3)
    axes.axhline(roofline.peak_per_s, color=_INK, linewidth=1, linestyle=":")
    axes.annotate(
        "issue", (high, roofline.peak_per_s), (-4, 4), textcoords="offset points", ha="right"
    )
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(low, high),
        ylim=(max(roofline.issued_per_s / 4, roofline.peak_per_s * 1e-9), roofline.peak_per_s * 2),
        xlabel="warp instructions / sector",
        ylabel="warp instructions / s",
    )
    if roofline.points:
        axes.legend(frameon=False, loc="lower right")
    return _inline(figure, name)


def shapes_svg(shapes: Sequence[ShapePoint], name: str) -> str:
    """Energy over time of block shapes, those on the Pareto front joined and named."""
    from matplotlib.ticker import EngFormatter

    figure, axes = _figure()
    front = sorted((one for one in shapes if one.is_on_front), key=lambda one: one.time_s)
    others = [one for one in shapes if not one.is_on_front]
    axes.xaxis.set_major_formatter(EngFormatter("s"))
    axes.yaxis.set_major_formatter(EngFormatter("J"))
    axes.locator_params(axis="x", nbins=5)
    axes.plot(
        [one.time_s for one in others],
        [one.energy_j for one in others],
        "o",
        color=_COLOURS[0],
        alpha=0.45,
        markersize=4,
    )
    at = [(one.time_s, one.energy_j) for one in front]
    axes.plot(*zip(*at, strict=True) if at else ([], []), "o-", color=_COLOURS[1], label="front")
    for one, place in zip(front, at, strict=True):
        axes.annotate(one.label, place, (5, 4), textcoords="offset points")
    axes.set(xlabel="time", ylabel="energy")
    return _inline(figure, name)


def _figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, layout="constrained", facecolor="none")
    axes = figure.subplots()
    axes.set_facecolor("none")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _inline(figure: Any, name: str) -> str:
    """The picture as an element of a page: no id twice, no link, the page's ink and typeface."""
    for axes in figure.axes:
        axes.tick_params(which="both", color=_INK, labelcolor=_INK)
        axes.xaxis.label.set_color(_INK)
        axes.yaxis.label.set_color(_INK)
        for spine in axes.spines.values():
            spine.set_color(_INK)
        for text in (*axes.texts, *(axes.get_legend().get_texts() if axes.get_legend() else ())):
            text.set_color(_INK)
    drawn = _METADATA.sub("", svg_text(figure))
    drawn = _IDS.sub(lambda match: f"{match[1]}{name}-", drawn)
    return drawn.replace(_INK, "currentColor").replace("'DejaVu Sans', ", "")
