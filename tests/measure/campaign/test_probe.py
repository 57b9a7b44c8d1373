"""The probe finds the simulated instrument's true properties."""

import pytest

from ptxenergy.measure.campaign.bench import Bench
from ptxenergy.measure.campaign.probe import probe
from ptxenergy.measure.device.simulated import IDLE_W, Faults, SimulatedClock, SimulatedGpu
from tests.measure.points import points


@pytest.mark.parametrize("tick_period_s", [0.02, 0.1])
def test_the_probe_finds_tick_period_gain_and_idle_power(tick_period_s: float) -> None:
    clock = SimulatedClock()
    gpu = SimulatedGpu(clock, Faults(tick_period_s=tick_period_s, noise=0.002), seed=2)
    result = probe(Bench(clock, gpu, gpu), points(3), repeats=4)
    assert result.ticks.period_s == pytest.approx(tick_period_s, rel=0.02)
    assert result.counter_over_instant == pytest.approx(1 / 1.04, rel=0.01)
    assert result.idle_cold_w == pytest.approx(IDLE_W, rel=0.02)
    assert result.coverage_spread < 0.1
    assert result.timing.tick_period_s == result.ticks.period_s
    assert result.timing.window_s in (0.2, 0.4, 0.8, 1.6)
    spread = {r.window_s: r.spread_median for r in result.repeatability}
    assert spread[1.6] < spread[0.2]
