"""Goals of counts and of the model, by hand: reached where the figure is within its limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ptxenergy.findings import asked
from ptxenergy.findings.conclusions import Commands, Conclusions, outliers_of, read_explained
from ptxenergy.findings.data_set import DataSetError
from ptxenergy.findings.page import data_set_page, figures_block
from ptxenergy.findings.values import (
    Cap,
    Findings,
    Goal,
    Meters,
    Noise,
    Shapes,
)
from ptxenergy.launch.agreement import Compared, CountsAgreement, agreement
from ptxenergy.model.scores import BOUND, CONSTANT_POWER, Coverage, Errors, Evaluation, Picks, Score
from tests.report.evaluations import evaluation

NAMES = Commands.__struct_fields__
COMMANDS = Commands(*(f"ptxenergy {name}" for name in NAMES))
EMPTY = Findings(
    name="NVIDIA H200",
    simulated=False,
    rows=0,
    good=0,
    kernels=0,
    families=0,
    goals=(),
    meters=Meters(
        None, (), (), 1, 0, None, None, None, None, None, None, 0, 0.0, Cap(0, 0, *[None] * 5)
    ),
    shapes=Shapes(Noise(None, None, 0, 0, "repeats"), (), 0, 0, 0, (), (), (), 0, None, 0, {}),
)


def concluded(
    found: Evaluation | str = "too few families", counts: CountsAgreement | str = "no counters"
) -> Conclusions:
    explained = {"warp_instructions": {"k": "it is | made up"}}
    return Conclusions("Data set x", EMPTY, COMMANDS, counts, found, explained)


def goals(found: Evaluation | str) -> dict[str, Goal]:
    return {goal.name: goal for goal in asked.all_goals(concluded(found))}


def with_energy(median: float, p90: float, low: float = 0.8, high: float = 0.95) -> Evaluation:
    base = evaluation()
    errors = {**base.model.errors, "energy": Errors(median, median, p90, None)}
    coverage = {**base.model.coverage, "energy": Coverage(0.9, low, high, 0.1, 3.0)}
    return replace(base, model=replace(base.model, errors=errors, coverage=coverage))


def beside(found: Evaluation, **medians: float) -> Evaluation:
    names = {"bound": BOUND, "power": CONSTANT_POWER}
    scores = {
        names[key]: Score(1, 1, 1, {"energy": Errors(value, value, value, None)})
        for key, value in medians.items()
    }
    return replace(found, beside=scores)


@given(median=st.floats(0, 2), p90=st.floats(0, 3))
def test_a_goal_is_reached_where_the_error_is_within_it(median: float, p90: float) -> None:
    found = goals(with_energy(median, p90))
    assert found["energy, median error"].reached == (median <= 0.30)
    assert found["energy, 90 % of errors"].reached == (p90 <= 0.80)
    assert ("stretch 8 %" in found["energy, median error"].found) == (median <= 0.08)


@given(mine=st.floats(0.01, 2), theirs=st.floats(0.01, 2))
def test_better_means_a_quarter_less(mine: float, theirs: float) -> None:
    found = goals(beside(with_energy(mine, 1), bound=theirs, power=theirs))
    for name in (BOUND, CONSTANT_POWER):
        assert found[f"against {name}"].reached == (1 - mine / theirs >= 0.25)


@pytest.mark.parametrize(("low", "high", "reached"), [(0.8, 0.95, True), (0.91, 0.95, False)])
def test_intervals_hold_where_90_is_within_their_own(
    low: float, high: float, reached: bool
) -> None:
    assert goals(with_energy(0.1, 0.1, low, high))["intervals of energy"].reached is reached


def picks(regret: float, within: float) -> Picks:
    return Picks(kernels=9, mean_regret=regret, median_regret=regret, within_5=within)


def test_block_choice_is_judged_where_shapes_differ_by_over_10_percent() -> None:
    base = evaluation()
    assert base.blocks is not None
    rules = {name: picks(0.04, 0.5) for name in asked.BASELINES}
    spread = {**rules, "model": picks(0.03, 0.8), "measured fastest": picks(0.0, 1.0)}
    found = goals(replace(base, blocks=replace(base.blocks, spread=spread)))
    named = [goal for name, goal in found.items() if name.startswith("block choice")]
    assert [goal.reached for goal in named] == [True, True, True]
    worse = {**spread, "random": picks(0.02, 0.9)}
    found = goals(replace(base, blocks=replace(base.blocks, spread=worse)))
    assert found["block choice, baselines"].reached is False
    none = goals(replace(base, blocks=replace(base.blocks, spread={}, kernels=0)))
    assert none["block choice, mean regret"].reached is None
    assert "measured once" in none["block choice, mean regret"].found


def test_without_an_evaluation_nothing_of_it_is_known() -> None:
    found = goals("too few families: measure more")
    unknown = [name for name, goal in found.items() if goal.reached is None]
    assert len(unknown) == len(found) == 13
    lacking = asked.lacking_of(concluded("too few families: measure more"))
    assert any(text.endswith("too few families: measure more") for text in lacking)


def counted() -> CountsAgreement:
    launches = (
        Compared("warp_instructions", "k", "p1", 150, 100),
        Compared("warp_instructions", "other", "p2", 80, 100),
        Compared("warp_instructions", "near", "p3", 95, 100),
        Compared("registers_per_thread", "far", "p4", 90, 10),
    )
    return CountsAgreement("h200", False, 3, agreement(launches), {"of a locked family": 2})


def test_outliers_are_listed_with_why_or_as_not_explained() -> None:
    known = concluded(evaluation(), counted())
    assert [(one.launch.kernel, bool(one.why)) for one in outliers_of(known)] == [
        ("k", True),
        ("other", False),
    ]
    goal = {goal.name: goal for goal in asked.all_goals(known)}["static counts"]
    assert (goal.found, goal.reached) == ("3 launches; 1 of 2 outliers explained", False)
    page = data_set_page(known, ())
    assert "it is \\| made up" in page
    assert "**not explained yet**" in page
    assert "| warp_instructions | 3 | 20 % | 44 % | 0.95 |" in page
    assert "registers_per_thread" not in page


def test_page_and_block_have_every_goal_and_end_in_one_newline() -> None:
    known = concluded(evaluation(), counted())
    for text in (data_set_page(known, ("errors.svg",)), figures_block(known)):
        assert all(f"| {goal.name} |" in text for goal in asked.all_goals(known))
        assert text.endswith(("|\n", ")\n"))
        assert "\n\n\n" not in text
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(cells) == 1, table
    assert "(figures/errors.svg)" in data_set_page(known, ("errors.svg",))
    assert "figures/" not in data_set_page(known, ())


def test_explanations_are_read_and_damage_is_told(tmp_path: Path) -> None:
    assert read_explained(tmp_path) == {}
    path = tmp_path / "explained.toml"
    path.write_text('[warp_instructions]\nk = """a\n b"""\n')
    assert read_explained(tmp_path) == {"warp_instructions": {"k": "a b"}}
    for text in ("nonsense", "[unknown_counter]\nk = 'a'\n", "warp_instructions = 1\n"):
        path.write_text(text)
        with pytest.raises(DataSetError, match="explained"):
            read_explained(tmp_path)
