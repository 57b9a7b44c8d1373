"""Evaluations as files for people: an HTML page and a model card, made from templates."""

from __future__ import annotations

from typing import Any

from ptxenergy.model.artifact import Header
from ptxenergy.model.scores import Evaluation
from ptxenergy.report.evaluation import MADE_UP, QUANTITIES, share
from ptxenergy.report.plots import evaluation_plots
from ptxenergy.report.templates import templates


def evaluation_html(evaluation: Evaluation) -> str:
    """One page that needs nothing else, pictures included. Raises ImportError without jinja2."""
    return _rendered(
        "evaluation.html.j2", evaluation=evaluation, plots=evaluation_plots(evaluation)
    )


def model_card(header: Header, evaluation: Evaluation | None) -> str:
    """A model's card in Markdown: what it is of, how good, and when not to believe it.

    Every figure comes from the header and the evaluation. Raises ImportError without jinja2.
    """
    return _rendered("card.md.j2", header=header, evaluation=evaluation)


def _rendered(template: str, **values: Any) -> str:
    environment = templates()
    environment.filters["share"] = share
    found = values["evaluation"]
    compared = {} if found is None else {"this model": found.model, **found.beside}
    return environment.get_template(template).render(
        made_up=MADE_UP, quantities=QUANTITIES, compared=compared, **values
    )
