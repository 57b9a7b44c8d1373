"""Budgets: what is held, what fails, what cannot be told, and against which baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

import ptxenergy.report
from ptxenergy.compare.baseline import Baseline, baseline_of, read_baseline
from ptxenergy.compare.limits import Check, hold
from ptxenergy.errors import InputError
from ptxenergy.model.prediction import Prediction
from ptxenergy.report.json import dump, predictions_json
from ptxenergy.settings import LIMITS, Budget
from tests.cli.commands import EXAMPLE, outcome
from tests.compare.versions import difference, path

ENTRY = '[[tool.ptxenergy.kernel]]\nmatch = "transpose"\nblock = "32x8"\n'
LAUNCH = "grid = [8, 8]\nargs = { 2 = 256, 3 = 256 }\n"


def prediction() -> Prediction:
    return difference("divided").old


def states(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.limit: check.state for check in checks}


def scaled(by: float) -> Baseline:
    """A baseline whose values are this many times those of now."""
    (one,) = baseline_of([("f.ptx", prediction())]).kernels
    return Baseline((replace(one, values={k: v * by for k, v in one.values.items()}),))


def test_each_limit_is_held_in_its_own_unit() -> None:
    now = prediction()
    exact = Budget(
        energy_j=now.energy_j.value,
        time_s=now.time_s.value,
        power_w=now.power_w.value,
        registers_per_thread=now.inspection.registers_per_thread,
    )
    assert set(states(hold(now, exact)).values()) == {"kept"}
    tight = Budget(**{name: 0.99 * (getattr(exact, name) or 0) or None for name in LIMITS})
    found = hold(now, tight)
    assert set(states(found).values()) == {"broken"}
    assert [check.limit for check in found] == list(LIMITS[:4])
    assert found[0].found == now.energy_j.value
    excused = hold(now, tight, is_excused=True)
    assert set(states(excused).values()) == {"excused"}


def test_growth_is_over_the_baseline() -> None:
    budget = Budget(energy_growth=0.1, time_growth=0.3, power_growth=0.1)
    found = hold(prediction(), budget, scaled(1 / 1.2))
    assert states(found) == {
        "energy_growth": "broken",
        "time_growth": "kept",
        "power_growth": "broken",
    }
    assert found[0].found == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"GPU": "a100"}, "the baseline has another GPU"),
        ({"block": [64, 1, 1]}, "the baseline has another block"),
        ({"argument": []}, "the baseline has another argument"),
        ({"model": "abc"}, "the baseline has another model"),
    ],
)
def test_what_was_recorded_under_other_conditions_does_not_compare(
    changed: dict[str, Any], reason: str
) -> None:
    (one,) = scaled(0.5).kernels
    other = Baseline((replace(one, conditions={**one.conditions, **changed}),))
    (check,) = hold(prediction(), Budget(energy_growth=0.0), other)
    assert (check.state, check.reason, check.found) == ("open", reason, None)


def test_without_a_baseline_or_without_the_kernel_growth_is_open() -> None:
    budget = Budget(energy_growth=0.0)
    assert hold(prediction(), budget)[0].reason == "no baseline was given (--against)"
    assert hold(prediction(), budget, Baseline(()))[0].reason == "the baseline does not have it"


def test_of_several_files_the_one_of_that_name_counts() -> None:
    one, other = scaled(1.0).kernels[0], scaled(0.5).kernels[0]
    both = Baseline((replace(one, file="a.ptx"), replace(other, file="b.ptx")))
    budget = Budget(energy_growth=0.0)
    assert hold(prediction(), budget, both, file="a.ptx")[0].state == "kept"
    assert hold(prediction(), budget, both, file="b.ptx")[0].state == "broken"
    assert hold(prediction(), budget, both, file="c.ptx")[0].state == "open"


def test_what_predict_prints_is_a_baseline(tmp_path: Path) -> None:
    from ptxenergy.pipeline import Predictions

    file = tmp_path / "before.json"
    file.write_text(dump(predictions_json(Predictions((prediction(),)))), encoding="utf-8")
    read = read_baseline(file)
    assert read == baseline_of([(prediction().inspection.file, prediction())])
    assert hold(prediction(), Budget(energy_growth=0.0), read)[0].state == "kept"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"results": [{}]}', '{"kernels": 3}', "\x00"])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "before.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"is no baseline|cannot be read"):
        read_baseline(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pyproject.toml"


def test_the_command_fails_where_a_budget_is_broken(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_text(ENTRY + LAUNCH + "budget = { energy_j = 1e-9, power_w = 900 }\n")
    done = outcome(capsys, "budget", EXAMPLE, "--junit", "b.xml", "--json")
    assert done.code == 1
    document = json.loads(done.out)
    schema = Path(ptxenergy.report.__file__).parent / "schemas" / "budget.json"
    jsonschema.validate(document, json.loads(schema.read_text(encoding="utf-8")))
    (kernel,) = document["kernels"]
    assert [check["state"] for check in kernel["checks"]] == ["broken", "kept"]
    assert kernel["launch_source"] == {
        "block": "project",
        "grid": "project",
        "arguments": "project",
        "entry": "pyproject.toml:1",
    }
    assert '<failure message="energy_j: ' in Path("b.xml").read_text(encoding="utf-8")
    shown = outcome(capsys, "budget", EXAMPLE).out
    assert "pyproject.toml:1; block project, grid project, arguments project" in shown
    assert "BROKEN" in shown


def test_an_assumed_launch_fails_only_if_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_text(ENTRY + "budget = { energy_j = 1e-9 }\n")
    done = outcome(capsys, "budget", EXAMPLE)
    assert done.code == 0
    assert "above, launch assumed" in done.out
    assert outcome(capsys, "budget", EXAMPLE, "--hold-assumed").code == 1


def test_growth_over_what_the_command_printed_before(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_text(
        "[[tool.ptxenergy.kernel]]\nmatch = 'divided'\nblock = 256\ngrid = 4096\n"
        "args = { 2 = 3.0, 3 = 1048576 }\nbudget = { energy_growth = '5%' }\n"
    )
    before = outcome(capsys, "budget", str(path("old")), "--json")
    assert before.code == 0
    Path("before.json").write_text(before.out, encoding="utf-8")
    same = outcome(capsys, "budget", str(path("old")), "--against", "before.json")
    assert same.code == 0, same.out
    worse = outcome(capsys, "budget", str(path("new")), "--against", "before.json")
    assert worse.code == 1
    assert "+13" in worse.out


def test_a_kernel_with_a_budget_and_no_prediction_fails(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_text(
        "[[tool.ptxenergy.kernel]]\nmatch = 'transpose'\nblock = 2048\n"
        "budget = { energy_j = 1 }\n[[tool.ptxenergy.kernel]]\nmatch = 'gone'\n"
    )
    done = outcome(capsys, "budget", EXAMPLE)
    assert done.code == 1
    assert "BROKEN: a budget, but no prediction: transpose" in done.out
    assert "fits no kernel: pyproject.toml:5: match = 'gone'" in done.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY, "there is no budget"),
        ("", "there is no budget"),
        (ENTRY + "budget = { joules = 3 }\n", "pyproject.toml:1: "),
    ],
)
def test_no_budget_and_a_wrong_one_are_bad_input(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    project.write_text(text)
    done = outcome(capsys, "budget", EXAMPLE)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
