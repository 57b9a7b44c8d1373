"""What Nsight Compute prints is read into columns, units folded in."""

from pathlib import Path

from ptxenergy.measure.counters import METRICS, Counters, as_line, command, parse
from tests.measure.points import point

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
