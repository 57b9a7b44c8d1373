"""A campaign killed at any moment loses no row that it said it had written."""

import random
import signal
import subprocess
import sys
from pathlib import Path

from ptxenergy.measure.row import COLUMNS, complete_lines
from tests.measure.points import points

KILLS = 100
REPOSITORY = Path(__file__).parents[2]


def test_no_flushed_row_is_lost_by_a_hundred_kills(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    moments = random.Random(5)
    said: list[str] = []
    for seed in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.measure.campaign_process", str(path), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        assert process.stdout is not None
        for _ in range(moments.randint(0, 12)):
            said.append(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().split()
        process.wait()
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
    assert set(firsts) <= {p.point_id for p in points(2000)}
