"""Evaluations as text, JSON, HTML and card: the numbers, what they are of, and where made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace
from rich.console import Console, RenderableType

import ptxenergy.report
from ptxenergy.model.scores import Evaluation
from ptxenergy.report.evaluation import show_evaluation
from ptxenergy.report.evaluation_json import evaluation_json
from ptxenergy.report.json import dump
from ptxenergy.report.pages import evaluation_html, model_card, with_uses
from tests.model.handmade_model import model
from tests.report.evaluations import USE, evaluation

SCHEMAS = Path(ptxenergy.report.__file__).parent / "schemas"
BARE = replace(
    evaluation(), blocks=None, locked=None, locked_uses=(), transfers={}, strata={}, ratios={}
)


def text(body: RenderableType) -> str:
    console = Console(width=100, highlight=False)
    with console.capture() as capture:
        console.print(body)
    return capture.get()


def as_json(of: Evaluation) -> Any:
    return json.loads(dump(evaluation_json(of)))


def test_the_table_has_every_part() -> None:
    shown = text(show_evaluation(evaluation()))
    for part in (
        "NVIDIA H200: 120 rows, 100 points of 14 kernels in 8 real families, 2 campaigns on 1 card",
        "not used: 30 locked family",
        "12.3 %",
        "450 %",
        "85 % to 97 %",
        "Spearman 0.75",
        "no such rows",
        "power-capped",
        "abc123",
    ):
        assert part in shown, part


def test_parts_without_content_are_left_out() -> None:
    shown = text(show_evaluation(BARE))
    for part in ("Ratios", "block shape", "Other ways", "Locked", "Every use"):
        assert part not in shown


def test_json_fits_its_schema_and_names_figures_plainly() -> None:
    schema = json.loads((SCHEMAS / "evaluation.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for of in (evaluation(), evaluation(simulated=True), BARE):
        jsonschema.validate(as_json(of), schema)
    document = as_json(evaluation())
    assert document["energy"]["median_ape"] == 0.1234
    assert document["energy"]["coverage"]["share"] == 0.91
    assert document["transfers"]["other"] == {"why_not": "no such rows"}
    assert document["locked_uses"][0]["commit"] == USE.commit


def test_an_unknown_key_is_refused_by_the_schema() -> None:
    schema = json.loads((SCHEMAS / "evaluation.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(evaluation()) | {"luck": 1}, schema)


def test_the_page_is_whole_safe_and_the_same_each_time() -> None:
    page = evaluation_html(evaluation())
    assert page.count("<svg") == 3
    assert "12.3 %" in page
    assert "<vector>" not in page
    assert "&lt;vector&gt;" in page
    assert page == evaluation_html(evaluation())
    assert "<svg" in evaluation_html(BARE)


def test_the_card_is_made_of_the_header_and_the_evaluation() -> None:
    made = model()
    card = model_card(made.header, evaluation(), (USE,))
    for part in (made.header.model_id, "| energy | 12.3 % |", "unseen-class", "abc123", "one card"):
        assert part in card, part
    assert "Never looked at" in model_card(made.header, BARE)


def test_an_older_card_shows_later_uses_of_the_locked_families_as_a_new_one_would() -> None:
    made = model()
    later = replace(USE, commit="later")
    for uses in ((), (USE,), (USE, later)):
        old = model_card(made.header, evaluation(), uses)
        assert with_uses(old, (USE, later)) == model_card(made.header, evaluation(), (USE, later))
    by_hand = with_uses("# A card of someone's own\n", (USE,))
    assert by_hand.startswith("# A card of someone's own\n\n## Locked families")
    assert USE.commit in by_hand


def test_the_card_of_an_adapted_model_says_before_and_after() -> None:
    held_out = {"original.energy.median_ape": 0.3, "adapted.energy.median_ape": 0.2}
    made = model(adapted_from="h200-0123", shifts={"power": 0.0}, held_out=held_out)
    card = model_card(made.header, None, (USE,))
    assert USE.commit in card
    assert "30 % before and 20 % after" in card
    assert "h200-0123: power × 1.000" in card


def test_what_is_made_up_says_so_everywhere() -> None:
    made_up = evaluation(simulated=True)
    mark = "no GPU was measured"
    assert mark in text(show_evaluation(made_up))
    assert as_json(made_up)["simulated"] is True
    assert mark in evaluation_html(made_up)
    assert mark in model_card(model(gpu="simulated").header, made_up)
    assert mark not in text(show_evaluation(evaluation()))
    assert mark not in evaluation_html(evaluation())
    assert mark not in model_card(model().header, evaluation())
