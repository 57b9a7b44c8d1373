"""The data set's page and the block of figures in the project's README, in Markdown. Needs jinja2.

The same conclusions give the same text: no date of today, no path of the machine.
"""

from __future__ import annotations

import re
from typing import Any

from ptxenergy.errors import PtxEnergyError
from ptxenergy.findings import sentences
from ptxenergy.findings.asked import all_goals
from ptxenergy.findings.conclusions import (
    EXPLAINED,
    Conclusions,
    headline_of,
    outliers_of,
)
from ptxenergy.findings.tables import above, regret_cells
from ptxenergy.launch.agreement import OFF_ABOVE
from ptxenergy.report.evaluation import MADE_UP, QUANTITIES, share
from ptxenergy.report.templates import templates
from ptxenergy.report.units import percent, whole

_EMPTY_LINES = re.compile(r"\n{3,}")
BEGIN = "<!-- ptxenergy:figures, written by `ptxenergy dataset publish --readme` -->"
END = "<!-- /ptxenergy:figures -->"


class MarkerError(PtxEnergyError):
    """A page without the two comments between which figures are written."""

    code = "markers"


def data_set_page(known: Conclusions, pictures: tuple[str, ...]) -> str:
    """The whole page of a data set. `pictures` are the files that lie in `figures/` beside it."""
    return _rendered("dataset.md.j2", known, pictures=pictures)


def figures_block(known: Conclusions) -> str:
    """What the project's README says of it: every goal, missed ones too, and the main tables."""
    return _rendered("figures.md.j2", known)


def check_markers(text: str, name: str) -> None:
    """Raise MarkerError where a page has not each of the two comments once, in their order."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise MarkerError(
            f"{name} needs these two lines once, and figures go between:\n{BEGIN}\n{END}"
        )


def with_figures(text: str, block: str, name: str) -> str:
    """A page with the block between its two comments. Raises MarkerError where they are missing."""
    check_markers(text, name)
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{block.strip()}\n{END}{after}"


def _rendered(template: str, known: Conclusions, **more: Any) -> str:
    environment = templates()
    environment.filters |= {
        "share": share,
        "percent": percent,
        "whole": whole,
        "above": above,
        "verdict": sentences.verdict,
        "limit": sentences.limit_text,
        "regret_cells": regret_cells,
        "cell": _cell,
    }
    found = known.findings
    evaluation = None if isinstance(known.evaluation, str) else known.evaluation
    text = environment.get_template(template).render(
        known=known,
        found=found,
        shapes=found.shapes,
        goals=all_goals(known),
        say=sentences,
        counts=None if isinstance(known.counts, str) else known.counts,
        counters=() if isinstance(known.counts, str) else headline_of(known.counts),
        outliers=list(outliers_of(known)),
        outlier_above=OFF_ABOVE,
        explained=EXPLAINED,
        evaluation=evaluation,
        compared={}
        if evaluation is None
        else {"this model": evaluation.model, **evaluation.beside},
        made_up=MADE_UP,
        quantities=QUANTITIES,
        **more,
    )
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def _cell(text: str) -> str:
    """A text that stands in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
