"""Pictures of findings, as SVG text by file name. Need matplotlib; same findings, same text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ptxenergy.findings.data_set import DataSet
from ptxenergy.findings.shapes import is_trade_off
from ptxenergy.findings.values import Findings, KernelShapes
from ptxenergy.report.evaluation import MADE_UP
from ptxenergy.report.plots import svg_text

_GREY, _BLUE, _ORANGE, _RED = "#9a9a9a", "#1f77b4", "#e08214", "#b2182b"
_BY_KERNEL = 0.24
PICTURES = ("meters.svg", "shapes.svg", "fastest.svg", "heuristic.svg")
"""What may be drawn."""


def findings_pictures(known: DataSet, found: Findings) -> dict[str, str]:
    """SVG by file name: shapes by kernel, fastest beside least energy, heuristic, meters.

    Those of block shapes only where a kernel was measured in five shapes or more.
    """
    pictures: dict[str, Callable[[], Any]] = {"meters.svg": lambda: _meters(known, found)}
    if found.shapes.kernels:
        kernels = found.shapes.kernels
        pictures |= {
            "shapes.svg": lambda: _by_kernel(found, kernels),
            "fastest.svg": lambda: _fastest(found, kernels),
            "heuristic.svg": lambda: _heuristic(found, kernels),
        }
    return {name: svg_text(draw()) for name, draw in pictures.items()}


def _by_kernel(found: Findings, kernels: Sequence[KernelShapes]) -> Any:
    figure, axes = _figure(found, 9, max(3.0, _BY_KERNEL * len(kernels) + 1.6))
    ordered = list(reversed(kernels))
    for place, one in enumerate(ordered):
        values = [100 * (ratio - 1) for ratio in one.relative.values()]
        axes.plot(values, [place] * len(values), "o", color=_GREY, markersize=4, zorder=2)
        if one.worst_low is not None and one.worst_low > 1:
            axes.plot(
                [0, 100 * (one.worst_low - 1)], [place] * 2, color=_GREY, linewidth=3, alpha=0.4
            )
    marks = (("fastest", "^", _BLUE), ("picked", "s", _ORANGE))
    names = {"fastest": "the fastest shape", "picked": "the occupancy heuristic's"}
    for attribute, mark, colour in marks:
        told = [
            (p, r) for p, one in enumerate(ordered) if (r := getattr(one, attribute)) is not None
        ]
        axes.plot(
            [100 * (ratio - 1) for _, ratio in told],
            [place for place, _ in told],
            mark,
            color=colour,
            markersize=5,
            label=names[attribute],
            zorder=3,
        )
    axes.plot([], [], "o", color=_GREY, markersize=4, label="another shape")
    axes.plot([], [], color=_GREY, linewidth=3, alpha=0.4, label="of the worst, beyond noise")
    axes.set(yticks=range(len(ordered)), yticklabels=[one.kernel for one in ordered])
    axes.set(ylim=(-1, len(ordered)), xlabel="energy over the shape of least energy / %")
    worst = [100 * (one.worst - 1) for one in kernels]
    _logarithmic(axes.xaxis, axes.set_xscale, axes.set_xlim, worst)
    axes.set_title("Energy by block shape, at equal work")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def _fastest(found: Findings, kernels: Sequence[KernelShapes]) -> Any:
    figure, axes = _figure(found, 7, 5)
    groups = (
        (True, "both differ beyond noise", _RED, "o"),
        (False, "not beyond noise", _GREY, "."),
    )
    for is_beyond, name, colour, mark in groups:
        chosen = [one for one in kernels if is_trade_off(one) == is_beyond]
        x = [100 * (one.slower - 1) for one in chosen]
        y = [100 * (one.fastest - 1) for one in chosen]
        axes.plot(x, y, mark, color=colour, label=f"{name}: {len(chosen)} kernels")
        if is_beyond:
            for one, at_x, at_y in zip(chosen, x, y, strict=True):
                axes.annotate(one.kernel, (at_x, at_y), (4, 3), textcoords="offset points", size=7)
    slower = [100 * (one.slower - 1) for one in kernels]
    dearer = [100 * (one.fastest - 1) for one in kernels]
    _logarithmic(axes.xaxis, axes.set_xscale, axes.set_xlim, slower)
    _logarithmic(axes.yaxis, axes.set_yscale, axes.set_ylim, dearer)
    axes.set(
        xlabel="time of the shape of least energy over the fastest / %",
        ylabel="energy of the fastest shape over the least / %",
        title="The fastest launch beside that of least energy, by kernel",
    )
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _heuristic(found: Findings, kernels: Sequence[KernelShapes]) -> Any:
    figure, axes = _figure(found, 7, 4)
    steps = (
        ("as measured", [one.picked for one in kernels], _ORANGE),
        ("beyond noise", [_floor(one.picked_low) for one in kernels], _RED),
    )
    for name, ratios, colour in steps:
        values = sorted(100 * (ratio - 1) for ratio in ratios if ratio is not None)
        if values:
            axes.step(values, range(1, len(values) + 1), where="post", color=colour, label=name)
            axes.plot(values, range(1, len(values) + 1), ".", color=colour)
    costs = [100 * (one.picked - 1) for one in kernels if one.picked is not None]
    _logarithmic(axes.xaxis, axes.set_xscale, axes.set_xlim, costs)
    axes.set(
        xlabel="energy of the occupancy heuristic's pick over the least / %",
        ylabel="kernels with so much or less",
        title="What the occupancy heuristic's pick costs",
        ylim=(0, None),
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def _meters(known: DataSet, found: Findings) -> Any:
    """Counter over instant power, and SM clock, over power: rows of open families."""
    from matplotlib.figure import Figure

    rows = known.shown
    is_capped = rows["flags"].str.contains("power-capped", regex=False)
    figure = Figure(figsize=(9, 4), dpi=144, layout="constrained")
    ratio, clock = figure.subplots(1, 2)
    for name, chosen, colour in (
        ("not capped", ~is_capped, _BLUE),
        ("power-capped", is_capped, _RED),
    ):
        mine = rows[chosen]
        style = {"s": 8, "color": colour, "label": f"{name}: {len(mine)} rows", "rasterized": True}
        read_w = mine["read_power_w"]
        ratio.scatter(read_w, read_w / mine["power_instant_w"], **style)
        clock.scatter(read_w, mine["sm_clock_mhz_mean"], **style)
    ratio.set(xlabel="power by the counter / W", ylabel="counter over instant power")
    clock.set(xlabel="power by the counter / W", ylabel="mean SM clock / MHz")
    if found.meters.cap.limit_w is not None:
        clock.axvline(found.meters.cap.limit_w, color="black", linewidth=1, label="power limit")
    ratio.set_title("The two meters")
    clock.set_title("What the power cap does")
    for axes in (ratio, clock):
        axes.grid(alpha=0.3)
        axes.ticklabel_format(useOffset=False)
        axes.legend()
    figure.suptitle(_heading(found), fontsize=9)
    return figure


def _figure(found: Findings, width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(_heading(found), fontsize=9)
    return figure, figure.subplots()


def _heading(found: Findings) -> str:
    return MADE_UP if found.simulated else found.name


def _logarithmic(axis: Any, set_scale: Any, set_limits: Any, values: Sequence[float]) -> None:
    """Percent from 0 upwards: linear to 1 %, logarithmic above."""
    from matplotlib.ticker import SymmetricalLogLocator

    set_scale("symlog", linthresh=1)
    set_limits(-0.15, 1.5 * max(2.0, *values))
    axis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=1, subs=(1, 3)))
    axis.set_major_formatter("{x:g}")


def _floor(low: float | None) -> float | None:
    return None if low is None else max(1.0, low)
