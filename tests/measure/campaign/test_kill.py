"""A campaign killed at any moment loses no row that it said it had written."""

import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from ptxenergy.measure.campaign.bench import Bench, Idle
from ptxenergy.measure.campaign.runner import Campaign, Progress
from ptxenergy.measure.device.simulated import SimulatedClock, SimulatedGpu
from ptxenergy.measure.planning.order import in_order
from ptxenergy.measure.rows.row import COLUMNS, RowWriter, complete_lines
from tests.measure.points import point, points

POINTS = 900


def campaign(path: Path, seed: int) -> None:
    """Measure, on a simulated GPU, what is not done yet, and say each row once it is flushed."""
    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, seed=seed)
    done = Counter(row["point_id"] for row in complete_lines(path) if row["ok"] == "true")
    turns = in_order(points(POINTS), [point(9000, "anchor")], done, seed=3)
    with RowWriter(path) as writer:
        bench = Campaign(Bench(clock, gpu, gpu), writer, f"run{seed}", Idle(75.0, 112.0))
        progress = Progress(len(turns), on_row=lambda row: print(row.point_id, flush=True))
        bench.run(turns, 1e9, progress)


def forked(path: Path, seed: int) -> tuple[int, int]:
    """A campaign in a process of its own: its number and what it says. Forked: a hundred starts
    of Python would take minutes."""
    reads, writes = os.pipe()
    child = os.fork()
    if child:
        os.close(writes)
        return child, reads
    try:
        os.close(reads)
        sys.stdout = os.fdopen(writes, "w")
        campaign(path, seed)
    finally:
        os._exit(1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX to fork")
@pytest.mark.parametrize("kills", [30, pytest.param(100, marks=pytest.mark.slow)])
def test_no_flushed_row_is_lost_by_many_kills(tmp_path: Path, kills: int) -> None:
    path = tmp_path / "rows.csv"
    moments = random.Random(5)
    said: list[str] = []
    for seed in range(kills):
        child, reads = forked(path, seed)
        with os.fdopen(reads) as stream:
            for _ in range(moments.randint(0, 12)):
                said.append(stream.readline().strip())
            os.kill(child, signal.SIGKILL)
            said += stream.read().split()
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        rows = complete_lines(path)
        written = [row["point_id"] for row in rows]
        last = said[-1:]
        complete = said if not last or len(last[0]) == 16 else said[:-1]
        assert len(written) >= len(complete)
        assert set(complete) <= set(written)
        assert all(set(row) == set(COLUMNS) and row["started_utc"] for row in rows)
    firsts = [
        row["point_id"] for row in rows if row["is_anchor"] == "false" and not row["replicate_of"]
    ]
    assert len(firsts) == len(set(firsts)) > 50
    assert set(firsts) <= {p.point_id for p in points(POINTS)}
