"""A simulated campaign in a process of its own, to be killed: python -m … ROWS SEED."""

import sys
from pathlib import Path

from ptxenergy.measure.order import in_order
from ptxenergy.measure.row import RowWriter, complete_lines
from ptxenergy.measure.runner import Bench, Campaign, Idle, Progress
from ptxenergy.measure.simulated import SimulatedClock, SimulatedGpu
from tests.measure.points import point, points


def main(path: Path, seed: int) -> None:
    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, seed=seed)
    done = [row["point_id"] for row in complete_lines(path) if row["ok"] == "true"]
    turns = in_order(points(2000), [point(9000, "anchor")], done, seed=3)
    with RowWriter(path) as writer:
        campaign = Campaign(Bench(clock, gpu, gpu), writer, f"run{seed}", Idle(75.0, 112.0))
        progress = Progress(len(turns), on_row=lambda row: print(row.point_id, flush=True))
        campaign.run(turns, 1e9, progress)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
