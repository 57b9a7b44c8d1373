"""What Nsight Compute prints is read into columns, units folded in."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ptxenergy.measure.device.counters import (
    METRICS,
    Counters,
    as_line,
    command,
    not_counted,
    parse,
    record,
)
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.planning.point import write_plan
from tests.measure.points import point, points

HEADER = ["ID", "Process ID", "Kernel Name", *METRICS.values()]


def output(*names: str) -> str:
    units = ["", "", "", *("Mbyte" if "bytes" in m else "" for m in METRICS.values())]
    rows = [["0", "17", name, *(f"1,{i:03}" for i in range(len(METRICS)))] for name in names]
    lines = [",".join(f'"{cell}"' for cell in row) for row in (HEADER, units, *rows)]
    return "==PROF== Connected to process 17\n" + "\n".join(lines) + "\n==PROF== Disconnected\n"


def test_counters_are_read_with_thousands_and_units() -> None:
    (name, values), (other, _) = parse(output("k0", "k1"))
    assert (name, other) == ("k0", "k1")
    assert set(values) == set(METRICS)
    assert values["warp_instructions"] == 1000
    assert values["dram_read_bytes"] == (1000 + list(METRICS).index("dram_read_bytes")) * 1e6


def test_no_profile_gives_nothing_and_what_is_no_number_is_absent() -> None:
    assert parse("==ERROR== no permission\n") == []
    ((_, values),) = parse(output("k0").replace('"1,000"', '"n/a"'))
    assert set(values) == set(METRICS) - {"warp_instructions"}


def test_the_clocks_are_left_alone_and_marked_launches_are_profiled() -> None:
    words = command("ncu", points(2), Path("plan.jsonl"))
    assert words[words.index("--clock-control") + 1] == "none"
    assert words[words.index("--profile-from-start") + 1] == "off"
    assert ",".join(p.point_id for p in points(2)) in words
    assert point(0).point_id in as_line(Counters(point(0), {"warp_instructions": 1.0}))


# Stands for Nsight Compute: one marked launch of each point that it is told. k1 takes the whole
# process down; k2 is not to be launched.
FAKE_NCU = """\
#!{python} -IS
import sys
plan = dict(line.split() for line in open({plan!r}))
names = [plan[point] for point in sys.argv[sys.argv.index("--points") + 1].split(",")]
if "k1" in names:
    sys.exit("==ERROR== an illegal address")
ids = dict((name, point) for point, name in plan.items())
for point in sys.argv[sys.argv.index("--points") + 1].split(","):
    if plan[point] != "k2":
        print("profiled", point)
head, row = {said!r}.rsplit("==PROF==", 1)[0].rsplit("\\n", 2)[0:2]
print(head)
for name in names:
    if name != "k2":
        print(row.replace("NAME", name))
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
    names = tmp_path / "names"
    names.write_text("".join(f"{p.point_id} {p.kernel}\n" for p in points(30)))
    ncu.write_text(FAKE_NCU.format(python=sys.executable, plan=str(names), said=output("NAME")))
    ncu.chmod(0o755)
    monkeypatch.setenv("PATH", str(ncu.parent))
    out = tmp_path / "out"
    assert list(record(not_counted(plan, [out]), plan, out, -1.0)) == []
    with (out / "counters.jsonl").open("a") as file:
        file.write('{"point_id": "cut o')
    assert len(list(record(not_counted(plan, [out]), plan, out, 60.0))) == 22
    rows = [json.loads(line) for line in (out / "counters.jsonl").read_text().splitlines()]
    assert len({row["point_id"] for row in rows}) == len(rows) == 22
    kernels = [row["kernel"] for row in rows]
    assert {kernels.count(f"k{number}") for number in (0, *range(3, 13))} == {2}
    assert not {"k1", "k2"} & set(kernels)
    assert all(row["warp_instructions"] == 1000 for row in rows)
    assert {p.kernel for p in not_counted(plan, [tmp_path, out])} == {"k1", "k2"}


def test_without_ncu_nothing_is_left_behind(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DeviceError, match="not on PATH"):
        list(record(points(2), plan, tmp_path / "out", 60.0))
    assert not (tmp_path / "out").exists()


def test_where_ncu_may_read_no_counters_it_says_why_at_once(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ncu = tmp_path / "bin" / "ncu"
    ncu.parent.mkdir()
    ncu.write_text('#!/bin/sh\necho "==ERROR== ERR_NVGPUCTRPERM: no permission"\n')
    ncu.chmod(0o755)
    monkeypatch.setenv("PATH", str(ncu.parent))
    with pytest.raises(DeviceError, match=r"none of 12 launches: .*ERR_NVGPUCTRPERM"):
        list(record(not_counted(plan, []), plan, tmp_path / "out", 60.0))
