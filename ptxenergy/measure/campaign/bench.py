"""What a campaign measures with, and the loads and rests that all measuring is made of."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

from ptxenergy.measure.device.sensor import Clock, Device, DeviceError, Job, Sensor
from ptxenergy.measure.device.window import Timing

_CALIBRATION_S = 0.02


@dataclass(frozen=True, slots=True)
class Bench:
    """What a campaign measures with."""

    clock: Clock
    sensor: Sensor
    device: Device
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True)
class Idle:
    """Power without load: cold (nothing runs) and active (clocks up, one tiny block)."""

    cold_w: float
    active_w: float


def launches_for(job: Job, seconds: float) -> int:
    """How many launches fill the queue for that long, by timing a few."""
    launches = 2
    while True:
        launches = job.start(launches)
        per_launch_s = statistics.fmean(job.finish())
        if per_launch_s * launches >= _CALIBRATION_S or launches >= 1 << 16:
            return max(10, math.ceil(seconds / per_launch_s))
        launches *= 4


def idle_power_w(bench: Bench, seconds: float) -> float:
    """Mean counter power over `seconds` with nothing enqueued by us, between observed ticks."""
    first = _next_tick(bench)
    end_s = first[0] + seconds
    last = first
    while last[0] < end_s:
        last = _next_tick(bench)
    return (last[1] - first[1]) / (last[0] - first[0])


def _next_tick(bench: Bench) -> tuple[float, float]:
    start_s, before_j = bench.clock.now_s(), bench.sensor.energy_j()
    while (energy_j := bench.sensor.energy_j()) == before_j:
        if bench.clock.now_s() - start_s > 5.0:
            raise DeviceError(
                "the energy counter has not moved for 5 s: it cannot be measured with"
            )
        bench.clock.sleep(0.0005)
    return bench.clock.now_s(), energy_j
