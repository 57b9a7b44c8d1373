"""A small simulated data set, measured by the real runner."""

from pathlib import Path

import pytest

from ptxenergy.measure.campaign.bench import Bench, Idle
from ptxenergy.measure.campaign.runner import Campaign, Progress
from ptxenergy.measure.device.simulated import SimulatedClock, SimulatedGpu
from ptxenergy.measure.planning.order import in_order
from ptxenergy.measure.rows.row import RowWriter
from tests.measure.points import points


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "simulated"
    clock = SimulatedClock()
    gpu = SimulatedGpu(clock)
    with RowWriter(folder / "rows" / "run.csv") as writer:
        campaign = Campaign(Bench(clock, gpu, gpu), writer, "run", Idle(75.0, 112.0))
        campaign.run(in_order(points(8), [], {}, 1), 1e9, Progress(8))
    return folder
