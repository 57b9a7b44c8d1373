"""The probe finds the simulated instrument's true properties."""

import math
import random
from collections.abc import Callable

import pytest

from ptxenergy.measure.campaign.bench import Bench
from ptxenergy.measure.campaign.probe import probe, settled_after_s
from ptxenergy.measure.device.simulated import IDLE_W, Faults, SimulatedClock, SimulatedGpu
from ptxenergy.measure.device.window import Tick
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


def ticks(period_s: float, power_w: Callable[[float], float], seen_late_s: float) -> list[Tick]:
    """Ticks of 2 s under load that begins at 0, each seen up to that much late."""
    late = random.Random(1)
    found, energy_j = [], 0.0
    for number in range(1, round(2 / period_s)):
        at_s = number * period_s
        energy_j += power_w(at_s) * period_s
        found.append(Tick(at_s + late.uniform(0, seen_late_s), energy_j, seen_late_s))
    return found


@pytest.mark.parametrize("period_s", [0.02, 0.05, 0.1])
def test_settling_is_found_whatever_the_ticks_and_how_late_they_are_seen(period_s: float) -> None:
    def ramp(at_s: float) -> float:
        return 500.0 if at_s > 0.4 else 300.0 + 500.0 * at_s

    found = settled_after_s(ticks(period_s, ramp, 0.001), 0.0)
    assert found == pytest.approx(0.4, abs=0.12)
    assert settled_after_s(ticks(period_s, lambda _: 500.0, 0.001), 0.0) == 0.0


def test_one_odd_tick_does_not_make_settling_long() -> None:
    def odd(at_s: float) -> float:
        return 560.0 if abs(at_s - 1.2) < 0.04 else 500.0

    assert settled_after_s(ticks(0.1, odd, 0.001), 0.0) == 0.0
    assert math.isnan(settled_after_s(ticks(0.1, odd, 0.001)[:4], 0.0))
