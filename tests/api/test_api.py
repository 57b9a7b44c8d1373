"""The Python interface: the same numbers as the command line, in frozen values."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import ptxenergy
from ptxenergy.api import LaunchPrediction, Program
from ptxenergy.errors import KernelSelectionError, LaunchError, PtxEnergyError
from ptxenergy.report.units import si
from tests.cli.commands import EXAMPLE, ROOT, outcome

NOTEBOOK = ROOT / "examples" / "energy.ipynb"
LAUNCH: Mapping[str, Any] = {"threads": "4096x4096", "args": {2: 4096, 3: 4096}}


@pytest.fixture(scope="module")
def program() -> Program:
    return ptxenergy.load(EXAMPLE, **LAUNCH)


def test_it_is_what_the_command_says(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--threads", "4096x4096", "--arg", "2=4096", "--arg", "3=4096", "--block", "32x8")
    told = json.loads(outcome(capsys, "predict", EXAMPLE, *words, "--json").out)["results"][0]
    found = program.predict(block="32x8")
    assert found.energy_j.value == told["energy_j"]["value"]
    assert found.time_s.value == told["time_s"]["value"]
    assert found.power_w.high == told["power_w"]["high"]
    assert not found.calibrated
    assert found.assumptions == ()


@pytest.mark.parametrize("block", ["32x8", (32, 8), [32, 8, 1], (32, 8, 1)])
def test_extents_are_written_as_people_do(program: Program, block: Any) -> None:
    assert program.predict(block=block) == program.predict(block=(32, 8))


def test_results_are_frozen_and_come_in_order(program: Program) -> None:
    many = program.predict_many([{"block": (8, y)} for y in (4, 32, 4)])
    assert len(many) == 3
    assert many[0] == many[2] != many[1]
    assert many[1] == program.predict(block="8x32")
    with pytest.raises(dataclasses.FrozenInstanceError):
        many.results = ()  # type: ignore[misc]
    frame = many.to_frame()
    assert list(frame["block"]) == ["8x4", "8x32", "8x4"]
    assert (frame["energy_j_low"] < frame["energy_j"]).all()


def test_what_a_launch_adds_overrides_what_all_share(program: Program) -> None:
    small = program.predict(block=256, threads="1024x1024", args={2: 1024})
    launch = small.prediction.inspection.profile.launch
    assert launch.grid == (4, 1024, 1)
    assert [a.shown for a in launch.arguments[2:]] == [1024, 4096]
    cold = program.predict(block="32x8", cache="cold", power_limit_w=400, gpu="a100")
    assert cold.prediction.inspection.gpu == "a100"


def test_one_error_is_kept_in_its_place(program: Program) -> None:
    launches: list[dict[str, Any]] = [{"block": 4096}, {"block": 256}]
    found = program.predict_many(launches, errors="keep")
    assert isinstance(found[0], LaunchError)
    assert isinstance(found[1], LaunchPrediction)
    assert list(found.to_frame()["error"].notna()) == [True, False]
    with pytest.raises(LaunchError):
        program.predict_many(launches)


def test_wrong_words_are_said_to_be_wrong(program: Program) -> None:
    with pytest.raises(TypeError, match=r"'blocks' is not known, known are block"):
        program.predict(blocks=256)  # type: ignore[call-arg]
    with pytest.raises(LaunchError, match="grid and threads"):
        program.predict(block=256, grid=4, threads=1024)
    with pytest.raises(LaunchError, match="'warm' or 'cold'"):
        program.predict(block=256, cache="hot")  # type: ignore[arg-type]
    with pytest.raises(PtxEnergyError, match="no extent"):
        program.predict(block="wide")


def test_several_kernels_need_a_name() -> None:
    two = ptxenergy.load_text(
        ".version 8.0\n.target sm_80\n.address_size 64\n"
        ".visible .entry one(){ret;}\n.visible .entry two(){ret;}\n"
    )
    assert two.kernels == ("one", "two")
    with pytest.raises(KernelSelectionError, match="say which by kernel="):
        two.predict(block=64)
    assert two.predict(kernel="two", block=64).prediction.inspection.profile.kernel == "two"


def test_processes_find_the_same_shapes(program: Program) -> None:
    shapes = [(x, y) for x in (8, 16, 32, 64) for y in (2, 4)]
    one, two = (program.tune(block="32x8", shapes=shapes, jobs=jobs) for jobs in (1, 2))
    assert one.to_frame().equals(two.to_frame())
    assert len(one.to_frame()) == len(shapes) + 1  # the given one is tried, too


def test_shapes_are_tuned_and_lines_explained(program: Program) -> None:
    shapes = program.tune(block="32x8", shapes=["8x32", (16, 16), 256])
    assert shapes.verdict == "matters"
    assert shapes.best("energy") == (8, 32, 1)
    assert len(shapes.to_frame()) == 4
    with pytest.raises(ValueError, match="write energy, time, edp"):
        shapes.best("speed")
    lines = program.explain(block="32x8")
    total = program.predict(block="32x8").energy_j.value
    assert "out[x * height + y]" in lines._repr_html_()
    assert lines.to_frame()["energy_j"].sum() == pytest.approx(total, rel=1e-9)


def test_a_prompt_sees_one_line(program: Program) -> None:
    found = program.predict(block="32x8")
    assert repr(found).startswith(f"<transpose: {si(found.energy_j.value, 'J')} (")
    assert "not calibrated; grid 128x512, block 32x8" in repr(found)
    many = program.predict_many([{"block": 64}, {"block": 5000}], errors="keep")
    assert repr(many) == "<2 launches, 1 with an error: to_frame()>"
    assert repr(program.explain(block="32x8")).endswith("; by 6 source lines>")
    shapes = program.tune(block="32x8", shapes=["8x32"])
    assert repr(shapes).startswith("<transpose: shape matters (up to ")
    assert repr(shapes).endswith("): 2 shapes do the same work, not calibrated>")
    row = shapes.to_frame().iloc[0]
    assert row["edp_js"] == pytest.approx(row["energy_j"] * row["time_s"])


def test_notebooks_see_reports_with_everything_escaped() -> None:
    text = Path(EXAMPLE).read_text("utf-8")
    named = ptxenergy.load_text(text, "<script>alert(1)</script>", block="32x8", **LAUNCH)
    shown = (
        named.predict(),
        named.predict_many([{}]),
        named.tune(shapes=["8x32"]),
        named.explain(),
    )
    for one in shown:
        html = one._repr_html_()
        assert "<script" not in html
        assert "32x8" in html or "line" in html


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NOTEBOOK.parent)
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), names)
    assert names["shapes"].best("energy")[0] == 8
    assert len(names["many"]) == 5


def test_importing_the_package_imports_no_part_of_it() -> None:
    script = "import sys, ptxenergy; print(sorted(m for m in sys.modules if 'ptxenergy' in m))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "['ptxenergy', 'ptxenergy._version']"
