"""Pictures of an evaluation, as SVG text. Need matplotlib."""

from __future__ import annotations

import io
from typing import Any

from ptxenergy.model.scores import Evaluation
from ptxenergy.report.evaluation import MADE_UP, QUANTITIES


def evaluation_plots(evaluation: Evaluation) -> dict[str, str]:
    """SVG by title: errors by family, coverage by family, and regret of block choices.

    The same evaluation gives the same text. Raises ImportError without matplotlib.
    """
    found = {
        "Median error by family": _by_family(evaluation),
        "Share of launches inside the interval, by family": _coverage(evaluation),
    }
    if evaluation.blocks is not None and evaluation.blocks.all:
        found["Energy over the measured best, by rule"] = _regrets(evaluation)
    return found


def _by_family(evaluation: Evaluation) -> str:
    from matplotlib.ticker import SymmetricalLogLocator

    scores = evaluation.families
    figure, axes = _figure(evaluation, len(scores))
    names = sorted(scores, key=lambda name: scores[name].errors["energy"].median_ape)
    places = range(len(names))
    for quantity, mark in zip(QUANTITIES, "os^", strict=True):
        values = [100 * scores[name].errors[quantity].median_ape for name in names]
        axes.plot(values, places, mark, label=quantity)
    axes.set(yticks=places, yticklabels=names, xlabel="median error / %", xscale="symlog")
    axes.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=1, subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend()
    return svg_text(figure)


def _coverage(evaluation: Evaluation) -> str:
    scores = evaluation.families
    figure, axes = _figure(evaluation, len(scores))
    names = sorted(scores, key=lambda name: scores[name].coverage["energy"].share)
    axes.barh(names, [100 * scores[name].coverage["energy"].share for name in names])
    axes.axvline(100 * evaluation.level, color="black", label="asked for")
    axes.set(xlabel="held / %", xlim=(0, 100))
    axes.legend()
    return svg_text(figure)


def _regrets(evaluation: Evaluation) -> str:
    picks = {} if evaluation.blocks is None else evaluation.blocks.all
    figure, axes = _figure(evaluation, len(picks))
    axes.barh(list(picks), [100 * one.mean_regret for one in picks.values()])
    axes.set(xlabel="mean energy over the measured best / %")
    return svg_text(figure)


def _figure(evaluation: Evaluation, lines: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, max(2.5, 0.22 * lines + 1.2)), layout="constrained")
    if evaluation.data.simulated:
        figure.suptitle(MADE_UP, fontsize=8)
    return figure, figure.subplots()


def svg_text(figure: Any) -> str:
    """A figure as an SVG element; the same figure gives the same text."""
    from matplotlib import rc_context

    text = io.StringIO()
    # Neither a date nor random ids: the same evaluation gives the same file.
    with rc_context({"svg.hashsalt": "ptxenergy", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]
