"""Evaluations as files for people: an HTML page and a model card, made from templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ptxenergy._version import __version__
from ptxenergy.model.artifact import Header
from ptxenergy.model.scores import Evaluation, LockedUse
from ptxenergy.report.evaluation import MADE_UP, QUANTITIES, share
from ptxenergy.report.plots import evaluation_plots
from ptxenergy.report.templates import FOLDER, templates

_LOCKED, _HEADING = "## Locked families\n", "\n## "


def evaluation_html(evaluation: Evaluation) -> str:
    """One page that needs nothing else, pictures included. Raises ImportError without jinja2."""
    return _rendered(
        "evaluation.html.j2",
        evaluation=evaluation,
        compared=_compared(evaluation),
        plots=evaluation_plots(evaluation),
        style=(FOLDER / "explanation.css").read_text(encoding="utf-8"),
        version=__version__,
    )


def model_card(
    header: Header, evaluation: Evaluation | None, uses: Sequence[LockedUse] = ()
) -> str:
    """A model's card in Markdown: what it is of, how good, and when not to believe it.

    Every figure comes from the header, the evaluation and the `uses` of the locked families.
    Raises ImportError without jinja2.
    """
    compared = {} if evaluation is None else _compared(evaluation)
    return _rendered(
        "card.md.j2", header=header, evaluation=evaluation, compared=compared, uses=uses
    )


def with_uses(card: str, uses: Sequence[LockedUse]) -> str:
    """A card that was written before, with the uses of the locked families as they are now.

    The rest stays as it is. Raises ImportError without jinja2.
    """
    before, found, rest = card.partition(_LOCKED)
    section = _rendered("locked.md.j2", uses=uses)
    if not found:
        return f"{card.rstrip()}\n\n{section}"
    _, heading, after = rest.partition(_HEADING)
    return before + section + heading + after


def _compared(evaluation: Evaluation) -> dict[str, Any]:
    return {"this model": evaluation.model, **evaluation.beside}


def _rendered(template: str, **values: Any) -> str:
    environment = templates()
    environment.filters["share"] = share
    return environment.get_template(template).render(
        made_up=MADE_UP, quantities=QUANTITIES, **values
    )
