"""The page: needs nothing, escapes everything, works by keyboard; seen by a real browser."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.explain import Explanation, Explanations, explain
from ptxenergy.explain.listing import texts_of
from ptxenergy.gpu import load
from ptxenergy.model.board import Board
from ptxenergy.model.calibrated import predict_calibrated
from ptxenergy.pipeline import Skipped
from ptxenergy.ptx.syntax import SourceLine
from ptxenergy.report.explanation_page import TunedShapes, explanations_html
from tests.cli.commands import ROOT
from tests.explain.chromium import PROGRAM, Elements, driven, dumped
from tests.explain.explained import STRIDED, STRIDED_CU, corpus_explained, strided
from tests.explain.trained import DRIVER, simulated_model

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")
HOSTILE = (
    """</script></style><script>document.title='owned'</script>"'><img src=x onerror=alert(1)>"""
)


class Shape(Struct, frozen=True):
    label: str
    energy_j: float
    time_s: float
    is_on_front: bool


SHAPES = (
    Shape("8x32", 4e-4, 2e-6, True),
    Shape("16x16", 5e-4, 1.8e-6, True),
    Shape("256x1", 9e-4, 3e-6, False),
)


@cache
def page() -> str:
    texts = texts_of(strided(), STRIDED.read_bytes(), [ROOT])
    return explanations_html(Explanations((strided(),)), [texts])


@cache
def hostile(folder: Path) -> str:
    """A page in which every name and text wants to break out."""
    explanation = renamed(strided())
    name = f"{HOSTILE}.cu".replace("/", "_")
    (folder / name).write_text(f"{HOSTILE}\n" * 40)
    relabelled = STRIDED.read_bytes().replace(b"mov.u32", f"/*{HOSTILE}*/ mov.u32".encode())
    texts = texts_of(explanation, relabelled, [folder])
    assert texts.sources
    skipped = (Skipped(HOSTILE, "x", HOSTILE),)
    found = Explanations((explanation, explanation), skipped)
    shapes = [replace(one, label="<script>'\"", is_on_front=True) for one in SHAPES]
    return explanations_html(found, [texts, texts], [TunedShapes(shapes, "<script>'\"")])


def renamed(explanation: Explanation) -> Explanation:
    """The same with a hostile kernel, file and source file."""
    inspection = explanation.prediction.inspection
    named = SourceLine(f"{HOSTILE}.cu".replace("/", "_"), 3, 1)
    profile = replace(
        inspection.profile,
        kernel=HOSTILE,
        flags=(HOSTILE,),
        instructions=tuple(
            replace(item, instruction=replace(item.instruction, source=named))
            for item in inspection.profile.instructions
        ),
    )
    inspection = replace(inspection, profile=profile, file=HOSTILE)
    return explain(replace(explanation.prediction, inspection=inspection))


def assert_is_alone(text: str, scripts: int = 1) -> None:
    """One script, nothing that is fetched, nothing that runs from an attribute."""
    found = Elements.of(text)
    assert found.tags.count("script") == scripts
    assert not {"img", "iframe", "link", "object", "base", "form"} & {*found.tags}
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name != "src", (tag, value)
        if name.endswith("href"):
            assert value.startswith("#"), (tag, value)
        if name == "style":
            assert "url(" not in value or "url(#" in value
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len({*ids})


def test_it_needs_nothing_from_elsewhere() -> None:
    assert_is_alone(page())
    assert "@import" not in page()
    links = {value for _, name, value in Elements.of(page()).attributes if name == "href"}
    ids = {value for _, name, value in Elements.of(page()).attributes if name == "id"}
    assert {link[1:] for link in links} <= ids


def test_it_says_what_the_report_says() -> None:
    text = "".join(Elements.of(page()).texts)
    for said in (
        "float other = apart[32 * i];",
        "ld.global.f32",
        "Not calibrated",
        "instruction issue",
    ):
        assert said in text
    assert "strided.cu:13" in text


def test_the_same_explanation_gives_the_same_page() -> None:
    texts = texts_of(strided(), STRIDED.read_bytes(), [ROOT])
    assert explanations_html(Explanations((strided(),)), [texts]) == page()


def test_without_source_the_ptx_stands_alone(tmp_path: Path) -> None:
    texts = texts_of(strided(), STRIDED.read_bytes(), [tmp_path])
    text = explanations_html(Explanations((strided(),)), [texts])
    assert_is_alone(text)
    assert f"Source not at hand: {STRIDED_CU}." in text
    assert "ld.global.f32" in text


def test_block_shapes_and_trees_are_shown_where_there_are_any() -> None:
    assert "Block shapes" not in page()
    model = simulated_model()
    corrected = predict_calibrated(strided().prediction, model, load("h200"), Board())
    found = explain(corrected, model=model)
    texts = texts_of(found, STRIDED.read_bytes(), [ROOT])
    text = explanations_html(
        Explanations((found,)), [texts], [TunedShapes(SHAPES, "so many shapes")]
    )
    assert "Block shapes" in text
    assert "<p>so many shapes</p>" in text
    none = explanations_html(Explanations((found,)), [texts], [TunedShapes((), "unverified")])
    assert "<p>unverified</p>" in none
    assert "Energy over time" not in none
    assert ">8x32</text>" in text
    assert DRIVER.replace("_", " ") in text
    assert_is_alone(text)


def test_every_escape_holds(tmp_path_factory: pytest.TempPathFactory) -> None:
    text = hostile(tmp_path_factory.mktemp("hostile"))
    assert_is_alone(text)
    shown = "".join(Elements.of(text).texts)
    assert shown.count(HOSTILE) > 30


@needs_chromium
def test_a_browser_is_not_fooled_and_runs_the_script(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(hostile(tmp_path_factory.getbasetemp()), encoding="utf-8")
    seen = dumped(file, tmp_path)
    assert_is_alone(seen)
    assert 'class="scripted"' in seen[:200]
    title = re.search(r"<title>(.*?)</title>", seen)
    assert title is not None
    assert title[1] == "2 kernels: where the energy goes"


# What a person would do by keyboard, and what it comes to.
DRIVE = """
const seen = {};
const press = (key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const here = () => {
  const pane = document.activeElement.closest(".pane");
  const number = document.activeElement.querySelector(".number").textContent;
  return [pane.getAttribute("aria-label"), number];
};
const stops = [...document.querySelectorAll(".pane [tabindex='0']")];
seen.stops = stops.length;
stops[0].focus(); seen.first = here();
press("ArrowDown"); seen.down = here();
press("End"); seen.end = here();
press("Home"); press("ArrowUp"); seen.top = here();
const hot = [...document.querySelectorAll(".row")].find(
  (row) => row.textContent.includes("apart[32 * i]"));
hot.focus();
seen.lit = [...document.querySelectorAll(".row.lit .text")].map((each) => each.textContent.trim());
seen.selected = document.querySelectorAll("[aria-selected=true]").length;
seen.detail = document.querySelector(".detail").textContent;
press("ArrowRight"); seen.right = here();
press("ArrowLeft"); seen.left = here();
press("Enter"); seen.enter = here();
document.querySelector("a[data-group]").click(); seen.link = here();
seen.tabbable = document.querySelectorAll(".pane [tabindex='0']").length;
seen.wide = document.documentElement.scrollWidth;
seen.window = window.innerWidth;
document.title = "seen " + JSON.stringify(seen);
"""


@needs_chromium
@pytest.mark.parametrize("width", [1280, 400])
def test_it_works_by_keyboard_and_fits_the_window(tmp_path: Path, width: int) -> None:
    file = tmp_path / "driven.html"
    file.write_text(driven(page(), DRIVE, width), encoding="utf-8")
    found = re.search(r"<title>seen (.*?)</title>", dumped(file, tmp_path))
    assert found is not None
    seen: dict[str, Any] = json.loads(found[1])
    source, ptx = f"Source: {STRIDED_CU}", "PTX"
    assert (seen["stops"], seen["tabbable"]) == (2, 2)
    assert (seen["first"], seen["top"]) == ([source, "5"], [source, "5"])
    assert seen["down"] == [source, "8"]
    assert seen["end"] == [source, "15"]
    assert seen["lit"][0] == "float other = apart[32 * i];"
    assert any(text.startswith("ld.global.f32") for text in seen["lit"][1:])
    assert seen["selected"] == len(seen["lit"]) > 3
    assert "L2" in seen["detail"]
    assert seen["right"][0] == seen["enter"][0] == ptx
    assert seen["left"] == seen["link"] == [source, "13"]
    assert seen["wide"] <= seen["window"]
    assert seen["window"] == width


def test_a_large_kernel_by_triton_has_a_page() -> None:
    found = corpus_explained("triton-3.9.0/cc_90/tl_matmul.ptx")
    file = ROOT / "tests" / "corpus" / "ptx" / "triton-3.9.0" / "cc_90" / "tl_matmul.ptx"
    texts = texts_of(found, file.read_bytes(), [ROOT])
    text = explanations_html(Explanations((found,)), [texts])
    assert_is_alone(text)
    assert "tl.dot" in text
