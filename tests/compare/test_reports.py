"""The forms of the report: what they say, that they are well formed, and that nothing slips in."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from msgspec.structs import replace
from rich.console import Console, RenderableType

import ptxenergy.report
from ptxenergy.compare.difference import Comparison, Difference
from ptxenergy.explain.explanation import Place
from ptxenergy.pipeline import Skipped
from ptxenergy.report.difference import show_comparison
from ptxenergy.report.difference_json import comparison_json
from ptxenergy.report.json import dump
from ptxenergy.report.junit import difference_junit
from ptxenergy.report.markdown import comparison_markdown, escaped
from ptxenergy.report.sarif import comparison_sarif
from tests.compare.versions import compared, difference

HOSTILE = "k|`<script>alert(1)</script>`\x1b[31m\n]]>&amp; **b** [x](y)"


def printed(body: RenderableType, width: int = 80) -> str:
    console = Console(width=width, file=None, force_terminal=False)
    with console.capture() as capture:
        console.print(body)
    return capture.get()


def hostile() -> Comparison:
    """A comparison whose names try to break out."""
    one = difference("divided")
    profile = one.new.inspection.profile
    cause = one.causes[0]
    place = Place("a b/<x>|\x07.cu", 0)
    return replace(
        compared(),
        new_file=HOSTILE,
        differences=(
            replace(
                one,
                new=replace(
                    one.new,
                    inspection=replace(
                        one.new.inspection,
                        file=HOSTILE,
                        profile=replace(profile, kernel=HOSTILE),
                    ),
                ),
                causes=(replace(cause, counted=replace(cause.counted, places=(place,))),),
                notes=(HOSTILE,),
            ),
        ),
        skipped=(Skipped(HOSTILE, "launch", HOSTILE),),
        added=(HOSTILE,),
    )


def test_the_table_fits_80_columns_and_says_what_counts() -> None:
    text = printed(show_comparison(compared()))
    assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    for said in (
        "divided: grid 4096, block 256, argument 2=3, 3=1048576",
        "energy above the limit of 5 %",
        "Not calibrated",
        "(div.rn.f32: about 10 machine instructions)",
        "tests/compare/ptx/new.cu:15",
        "added: added(float*)",
        "removed: removed(float*)",
    ):
        assert said in flat
    assert "\x1b" not in printed(show_comparison(hostile()))


def schema() -> Any:
    path = Path(ptxenergy.report.__file__).parent / "schemas" / "difference.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("which", [compared, hostile])
def test_json_is_as_its_schema_says(which: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    document = json.loads(dump(comparison_json(which())))
    # A place on line 0 is no place: the hostile one is put right for the schema alone.
    for kernel in document["kernels"]:
        for cause in kernel["causes"]:
            for place in cause["places"]:
                place["line"] = max(1, place["line"])
    jsonschema.validate(document, schema())
    assert document["broken"] is True


def test_json_adds_up_and_says_who_said_the_launch() -> None:
    document = comparison_json(compared())
    (found,) = (one for one in document["kernels"] if one["kernel"] == "waiting")
    total = sum(cause["energy_j"] for cause in found["causes"])
    assert total == pytest.approx(found["bound_change"]["energy_j"], rel=1e-9)
    assert found["launch_source"]["entry"] == "launches.toml:20"
    assert found["assumed"] == []


class Tags(HTMLParser):
    """Collects the tags of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Remember it."""
        self.found.add(tag)


def test_markdown_is_a_table_and_no_name_breaks_out() -> None:
    text = comparison_markdown(compared())
    rows = [line for line in text.splitlines() if line.startswith("| divided")]
    assert len(rows) == 1
    assert "**above the limit**" in rows[0]
    assert "divided: grid 4096, block 256, argument 2=3, 3=1048576; h200, limit 5 %" in text
    unescaped = [row.replace("\\|", "") for row in text.splitlines() if row.startswith("|")]
    assert {row.count("|") for row in unescaped} <= {5, 8}
    broken = comparison_markdown(hostile())
    tags = Tags()
    tags.feed(broken)
    assert tags.found == {"details", "summary"}
    lines = [line.replace("\\|", "") for line in broken.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} <= {5, 8}
    assert "\x1b" not in broken
    assert escaped("a_b|c\n# d") == "a\\_b\\|c \\# d"


def test_junit_has_a_test_a_kernel_and_fails_those_above() -> None:
    root = ElementTree.fromstring(difference_junit(compared()).split("\n", 1)[1])
    cases = {case.get("name"): case for case in root.iter("testcase")}
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failed == {one.name for one in compared().differences if one.state == "broken"}
    assert "unchanged" in cases
    assert "unchanged" not in failed
    assert root.get("failures") == str(len(failed))
    message = cases["divided"].find("failure")
    assert message is not None
    assert "divisions 0 → 32,768" in (message.text or "")
    ElementTree.fromstring(difference_junit(hostile()).split("\n", 1)[1])


def held(log: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of a log, held to what SARIF 2.1.0 asks of everything that is used of it."""
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        ids = [place["id"] for place in result["relatedLocations"]]
        assert len(set(ids)) == len(ids)
        for place in (*result["locations"], *result["relatedLocations"]):
            physical = place["physicalLocation"]
            uri = physical["artifactLocation"]["uri"]
            assert unquote(uri)
            assert not set(uri) & set(' <>|"\n\x07')
            assert physical["region"]["startLine"] >= 1
    results: list[dict[str, Any]] = run["results"]
    return results


def by_kernel(results: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    named = "locations", "logicalLocations"
    return {one[named[0]][0][named[1]][0]["name"]: one for one in results}


def test_sarif_places_each_kernel_at_its_largest_cause() -> None:
    found = by_kernel(held(comparison_sarif(compared(), Path("/somewhere"))))
    assert "_Z9unchangedPfPKfi" not in found
    divided = found["_Z7dividedPfPKffi"]
    assert divided["level"] == "error"
    assert divided["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "tests/compare/ptx/new.cu"},
        "region": {"startLine": 15},
    }
    assert found["_Z8residentPfPKf"]["locations"][0]["physicalLocation"]["region"]["startLine"] > 1
    held(comparison_sarif(hostile(), Path("/somewhere")))


def test_sarif_levels_follow_the_limit() -> None:
    def level(one: Difference) -> str:
        log = comparison_sarif(replace(compared(), differences=(one,)), Path("/somewhere"))
        return str(held(log)[0]["level"])

    one = difference("divided")
    assert level(one) == "error"
    assert level(replace(one, assumed=("the launch is assumed",))) == "warning"
    assert level(replace(one, threshold=replace(one.threshold, growth=None))) == "note"
    holding = replace(one.threshold, hold_assumed=True)
    assert level(replace(one, assumed=("the launch",), threshold=holding)) == "error"


def placed(file: str) -> Comparison:
    """A comparison whose one cause is in this file."""
    one = difference("divided")
    counted = replace(one.causes[0].counted, places=(Place(file, 3),))
    moved = replace(one, causes=(replace(one.causes[0], counted=counted),))
    return replace(compared(), differences=(moved,))


def test_people_read_files_of_the_project_relatively() -> None:
    root = Path("/somewhere/p")
    mine, other = placed("/somewhere/p/src/a.cu"), placed("/other/b.cu")
    assert "src/a.cu:3" in printed(show_comparison(mine, root)).split()
    assert "| src/a.cu:3 |" in comparison_markdown(mine, root)
    assert "/other/b.cu:3" in printed(show_comparison(other, root)).split()


def test_sarif_names_files_of_the_project_relatively() -> None:
    def uri(file: str) -> str:
        log = comparison_sarif(placed(file), Path("/somewhere/p"))
        place = held(log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]
        return str(place["uri"])

    assert uri("/somewhere/p/src/a b.cu") == "src/a%20b.cu"
    assert uri("/other/b.cu") == "file:///other/b.cu"
