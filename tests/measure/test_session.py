"""The commands of the kit, whole, on the simulated GPU; and that they need nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ptxenergy.measure.__main__ import main
from ptxenergy.measure.check import check
from ptxenergy.measure.point import read_plan, write_plan
from ptxenergy.measure.row import complete_lines
from tests.measure.points import point, points

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    from dataclasses import replace

    path = tmp_path / "plan.jsonl"
    write_plan([replace(point(900, "anchor"), study="anchor"), *points(30)], path)
    return path


def test_probe_and_campaign_in_one_command_write_a_data_set_that_passes(
    plan: Path, tmp_path: Path
) -> None:
    out = tmp_path / "simulated"
    words = ["--plan", str(plan), "--out", str(out), "--simulated"]
    assert main(["all", *words, "--seconds", "40"]) == 0
    first = [row for path in out.glob("rows/*.csv") for row in complete_lines(path)]
    assert first
    assert main(["run", *words, "--seconds", "400", "--seed", "2"]) == 0
    assert check(out) == []
    rows = [row for path in sorted(out.glob("rows/*.csv")) for row in complete_lines(path)]
    plain = {row["point_id"] for row in rows if row["is_anchor"] == "false"}
    assert plain == {p.point_id for p in points(30)}
    probe = json.loads((out / "probe.json").read_text())
    assert {float(row["settle_s"]) for row in rows} == {probe["timing"]["settle_s"]}
    metas = [json.loads(path.read_text()) for path in out.glob("campaigns/*.json")]
    assert sum(meta["rows"] for meta in metas) == len(rows)
    assert all(meta["gpu"]["gpu"] == "simulated" for meta in metas)


def test_a_plan_is_read_back_as_it_was_written(plan: Path) -> None:
    assert list(read_plan(plan))[1:] == points(30)


def test_a_plan_edited_by_hand_is_refused(plan: Path) -> None:
    edited = plan.read_text().replace('"entry":"k1"', '"entry":"k2"')
    assert edited != plan.read_text()
    plan.write_text(edited)
    with pytest.raises(ValueError, match="edited by hand"):
        list(read_plan(plan))


def test_without_a_gpu_it_says_so_and_exits_with_2(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if main(["doctor"]) == 0:
        pytest.skip("this machine has a GPU")
    assert main(["run", "--plan", str(plan), "--out", str(tmp_path)]) == 2
    assert "error: " in capsys.readouterr().err


def test_the_kit_runs_where_nothing_but_numpy_is_installed(plan: Path, tmp_path: Path) -> None:
    blocked = ("lark", "typer", "rich", "pandas", "sklearn", "itanium_demangler")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "from ptxenergy.measure.__main__ import main\n"
        f"sys.exit(main(['run', '--simulated', '--plan', {str(plan)!r}, "
        f"'--out', {str(tmp_path / 'simulated')!r}, '--seconds', '30']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode()
    assert b"rows" in ran.stdout


def test_the_kit_imports_nothing_of_the_predictor() -> None:
    code = (
        "import sys, ptxenergy.measure.__main__, ptxenergy.measure.check\n"
        "rooms = {m.split('.')[1] for m in sys.modules if m.startswith('ptxenergy.')}\n"
        "print(sorted(rooms))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)
    assert ran.stdout.decode().strip() == "['_version', 'errors', 'measure']"
