"""The commands of the kit, whole, on the simulated GPU; and that they need nothing else."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ptxenergy.measure.__main__ import main
from ptxenergy.measure.campaign.probe import REPEATS, repeats_within, seconds_for
from ptxenergy.measure.campaign.request import Request
from ptxenergy.measure.campaign.runner import Progress
from ptxenergy.measure.campaign.session import run_campaign, run_probe, simulated_bench
from ptxenergy.measure.device.sensor import Attributes, DeviceError, Job
from ptxenergy.measure.planning.point import BadPlanError, Point, read_plan, write_plan
from ptxenergy.measure.rows.check import check
from ptxenergy.measure.rows.row import Row, complete_lines
from tests.measure.points import point, points

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.jsonl"
    write_plan([replace(point(900, "anchor"), study="anchor"), *points(30)], path)
    return path


def test_probe_and_campaign_in_one_command_write_a_data_set_that_passes(
    plan: Path, tmp_path: Path
) -> None:
    out = tmp_path / "simulated"
    words = ["--plan", str(plan), "--out", str(out), "--simulated"]
    assert main(["all", *words, "--seconds", "150"]) == 0
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
    assert all(meta["probe"] == probe for meta in metas)
    assert all(list(meta["anchors"].values()) == [point(900).kernel] for meta in metas)


@pytest.mark.parametrize("seconds", [300.0, 540.0])
def test_probe_and_campaign_together_keep_to_the_seconds_asked(
    plan: Path, tmp_path: Path, seconds: float
) -> None:
    bench = simulated_bench()
    write_plan([replace(point(900, "anchor"), study="anchor"), *points(900)], plan)
    request = Request(plan, tmp_path / "simulated", seconds, probes_first=True)
    progress = run_campaign(bench, request)
    assert 0.97 * seconds < bench.clock.now_s() <= seconds
    assert progress.rows > 0.3 * seconds


def test_the_whole_probe_takes_no_more_than_it_says_and_four_minutes(
    plan: Path, tmp_path: Path
) -> None:
    bench = simulated_bench()
    run_probe(bench, plan, tmp_path / "simulated")
    estimated_s = seconds_for(9, REPEATS, bench.timing)
    assert 0.8 * estimated_s < bench.clock.now_s() <= estimated_s <= 240
    assert repeats_within(240, 9, bench.timing) == REPEATS
    assert repeats_within(0, 9, bench.timing) == 3


def test_an_interrupt_leaves_a_whole_data_set(plan: Path, tmp_path: Path) -> None:
    """Ctrl-C while the fifth row is reported: five rows, and metadata that speak of five."""
    out = tmp_path / "simulated"
    progress = Progress()

    def stop(row: Row) -> None:
        if progress.rows == 5:
            raise KeyboardInterrupt

    progress.on_row = stop
    with pytest.raises(KeyboardInterrupt):
        run_campaign(simulated_bench(), Request(plan, out, 400), progress)
    assert check(out) == []
    (rows,) = out.glob("rows/*.csv")
    (meta,) = (json.loads(path.read_text()) for path in out.glob("campaigns/*.json"))
    assert len(complete_lines(rows)) == meta["rows"] == 5
    rows.write_text(rows.read_text().replace(",breadth,", ",short,", 1))
    assert "is not the file" in str(check(out)[0])


def test_simulated_rows_go_nowhere_else(plan: Path, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="must be a folder named `simulated`"):
        run_campaign(simulated_bench(), Request(plan, tmp_path / "h200", 40))
    with pytest.raises(DeviceError, match="must be a folder named `simulated`"):
        run_probe(simulated_bench(), plan, tmp_path / "h200")
    assert not (tmp_path / "h200").exists()


def test_a_point_that_another_gpu_measured_is_still_to_be_measured(
    plan: Path, tmp_path: Path
) -> None:
    """Rows of a real GPU do not count as done for the simulated one."""
    first = tmp_path / "one" / "simulated"
    run_campaign(simulated_bench(), Request(plan, first, 400))
    again = run_campaign(simulated_bench(), Request(plan, tmp_path / "simulated", 400, 1, (first,)))
    assert again.rows == 0
    for rows in first.glob("rows/*.csv"):
        rows.write_text(rows.read_text().replace(",simulated,", ",NVIDIA H200,"))
    again = run_campaign(simulated_bench(), Request(plan, tmp_path / "simulated", 400, 1, (first,)))
    assert again.rows >= 30


def test_a_device_that_has_failed_ends_the_campaign(plan: Path, tmp_path: Path) -> None:
    bench = simulated_bench()
    device = bench.device

    class Failing:
        """Runs the first 40 jobs, and none after."""

        jobs = 0

        def prepare(self, wanted: Point) -> Job:
            self.jobs += 1
            if self.jobs > 40:
                raise DeviceError("an illegal address was read")
            return device.prepare(wanted)

        def attributes(self, wanted: Point) -> Attributes:
            return device.attributes(wanted)

        def is_lost(self) -> bool:
            return False

    progress = Progress()
    write_plan([replace(point(900, "anchor"), study="anchor"), *points(200)], plan)
    with pytest.raises(DeviceError, match=r"20 points in a row did not run.*illegal address"):
        run_campaign(
            replace(bench, device=Failing()), Request(plan, tmp_path / "simulated", 900), progress
        )
    assert progress.rows == 38
    assert progress.failed == 20
    (meta,) = (json.loads(p.read_text()) for p in tmp_path.glob("simulated/campaigns/*.json"))
    assert len(meta["failures"]) == 20
    assert "illegal address" in meta["failures"][0]["why"]
    assert not any(failure["is_lost"] for failure in meta["failures"])


def test_a_plan_is_read_back_as_it_was_written(plan: Path) -> None:
    assert list(read_plan(plan))[1:] == points(30)


def test_a_plan_edited_by_hand_is_refused(plan: Path) -> None:
    edited = plan.read_text().replace('"entry":"k1"', '"entry":"k2"')
    assert edited != plan.read_text()
    plan.write_text(edited)
    with pytest.raises(BadPlanError, match="edited by hand"):
        list(read_plan(plan))


@pytest.mark.parametrize("text", ["{", "[]", '{"kernel": "k"}', "\x00"])
def test_what_is_no_plan_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.jsonl"
    path.write_text(text)
    words = ["run", "--simulated", "--plan", str(path), "--out", str(tmp_path / "simulated")]
    assert main(words) == 2
    assert f"{path}:1: this is no point" in capsys.readouterr().err
    path.unlink()
    assert main(words) == 2
    assert "cannot be read" in capsys.readouterr().err


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
        f"sys.exit(main(['all', '--simulated', '--plan', {str(plan)!r}, "
        f"'--out', {str(tmp_path / 'simulated')!r}, '--seconds', '150']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode()
    assert b"rows" in ran.stdout


def test_the_kit_imports_nothing_of_the_predictor() -> None:
    code = (
        "import sys, ptxenergy.measure.__main__, ptxenergy.measure.rows.check\n"
        "rooms = {m.split('.')[1] for m in sys.modules if m.startswith('ptxenergy.')}\n"
        "print(sorted(rooms))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)
    assert ran.stdout.decode().strip() == "['_version', 'errors', 'measure']"
