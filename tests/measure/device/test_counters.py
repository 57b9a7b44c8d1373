"""What Nsight Compute prints is read into columns, units folded in."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ptxenergy.measure.device.counters import METRICS, Counters, as_line, command, parse, record
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.planning.point import write_plan
from tests.measure.points import point, points

HEADER = ["ID", "Process ID", "Kernel Name", *METRICS.values()]


def output(name: str) -> str:
    units = ["", "", "", *("Mbyte" if "bytes" in m else "" for m in METRICS.values())]
    values = ["0", "17", name, *(f"1,{i:03}" for i in range(len(METRICS)))]
    rows = [",".join(f'"{cell}"' for cell in row) for row in (HEADER, units, values)]
    return "==PROF== Connected to process 17\n" + "\n".join(rows) + "\n==PROF== Disconnected\n"


def test_counters_are_read_with_thousands_and_units() -> None:
    values = parse(output("k0"), "k0")
    assert set(values) == set(METRICS)
    assert values["warp_instructions"] == 1000
    assert values["dram_read_bytes"] == (1000 + list(METRICS).index("dram_read_bytes")) * 1e6


def test_another_kernel_or_no_profile_gives_nothing() -> None:
    assert parse(output("other"), "k0") == {}
    assert parse("==ERROR== no permission\n", "k0") == {}


def test_the_clocks_are_left_alone_and_one_launch_is_profiled() -> None:
    words = command("ncu", point(0), Path("plan.jsonl"))
    assert words[words.index("--clock-control") + 1] == "none"
    assert words[words.index("--launch-count") + 1] == "1"
    assert point(0).point_id in words
    assert point(0).point_id in as_line(Counters(point(0), {"warp_instructions": 1.0}))


# Stands for Nsight Compute: one launch of the kernel it is told, unless that is k1, which fails.
FAKE_NCU = """\
#!{python} -IS
import sys
name = sys.argv[sys.argv.index("--kernel-name") + 1]
print("==ERROR== no permission" if name == "k1" else {said!r}.replace("NAME", name))
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Thirty launches of 13 kernels, and one anchor, which is not profiled."""
    path = tmp_path / "plan.jsonl"
    write_plan([replace(point(900), study="anchor"), *points(30)], path)
    return path


def test_two_launches_of_each_kernel_are_recorded_once(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ncu = tmp_path / "bin" / "ncu"
    ncu.parent.mkdir()
    ncu.write_text(FAKE_NCU.format(python=sys.executable, said=output("NAME")))
    ncu.chmod(0o755)
    monkeypatch.setenv("PATH", str(ncu.parent))
    out = tmp_path / "out"
    assert record(plan, out, 0.0) == 1
    assert record(plan, out, 60.0) == 23
    rows = [json.loads(line) for line in (out / "counters.jsonl").read_text().splitlines()]
    assert len({row["point_id"] for row in rows}) == len(rows) == 24
    kernels = [row["kernel"] for row in rows]
    assert {kernels.count(f"k{number}") for number in range(13) if number != 1} == {2}
    assert "k1" not in kernels
    assert all(row["warp_instructions"] == 1000 for row in rows)
    assert record(plan, out, 60.0) == 0


def test_without_ncu_nothing_is_left_behind(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DeviceError, match="not on PATH"):
        record(plan, tmp_path / "out", 60.0)
    assert not (tmp_path / "out").exists()
