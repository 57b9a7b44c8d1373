"""One measured window: power between observed ticks of the energy counter, under a full queue."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

from ptxenergy.measure.device.sensor import Clock, Job, Sensor, State

Value = TypeVar("Value")
POLL_S = 0.0005
INSTANT_EVERY_S, STATE_EVERY_S = 0.02, 0.1
_ROOM = 1.5


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to settle and to measure; `tick_period_s` as the probe found it."""

    settle_s: float = 0.25
    window_s: float = 0.4
    tick_period_s: float = 0.1

    @property
    def queue_s(self) -> float:
        """How long the queue must last: settling, the window, and a tick on each side."""
        return self.settle_s + self.window_s + 3.0 * self.tick_period_s


@dataclass(frozen=True, slots=True)
class Tick:
    """A change of the energy counter: when it was first seen, and how unsure that time is."""

    at_s: float
    energy_j: float
    unsure_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """What was read while the queue was full."""

    ticks: tuple[Tick, ...]
    instant_w: tuple[float, ...]
    memory_w: tuple[float, ...]
    states: tuple[State, ...]
    was_full: bool

    @property
    def seconds(self) -> float:
        """From the first counted tick to the last."""
        return self.ticks[-1].at_s - self.ticks[0].at_s if len(self.ticks) > 1 else 0.0

    @property
    def power_w(self) -> float:
        """Energy between the first and the last tick over the time between them."""
        joules = self.ticks[-1].energy_j - self.ticks[0].energy_j if self.ticks else 0.0
        return joules / self.seconds if self.seconds > 0 else float("nan")

    @property
    def power_sd_w(self) -> float:
        """Spread of power from tick to tick, less what the ticks' own time uncertainty makes."""
        if len(self.ticks) < 3:
            return float("nan")
        pairs = list(pairwise(self.ticks))
        powers = [(b.energy_j - a.energy_j) / (b.at_s - a.at_s) for a, b in pairs]
        edge = [
            power * (a.unsure_s**2 / 12 + b.unsure_s**2 / 12) ** 0.5 / (b.at_s - a.at_s)
            for power, (a, b) in zip(powers, pairs, strict=True)
        ]
        seen = statistics.pvariance(powers) - statistics.fmean(e * e for e in edge)
        return float(max(0.0, seen) ** 0.5)

    def first(self, seconds: float) -> Window:
        """The same window as if it had ended at the first tick that made it that long."""
        ends = (i for i, t in enumerate(self.ticks) if t.at_s - self.ticks[0].at_s >= seconds)
        return replace(self, ticks=self.ticks[: max(3, next(ends, len(self.ticks)) + 1)])

    @property
    def edges_unsure_rel(self) -> float:
        """How much of the window its two ends may be off by, as they were seen between polls."""
        if self.seconds <= 0:
            return float("nan")
        return (self.ticks[0].unsure_s + self.ticks[-1].unsure_s) / 2 / self.seconds

    @property
    def counter_wrapped(self) -> bool:
        """Whether the counter went backwards."""
        return any(b.energy_j < a.energy_j for a, b in pairwise(self.ticks))


def observe(job: Job, sensor: Sensor, clock: Clock, timing: Timing) -> Window:
    """Poll from now on: settle, then collect ticks for the window. The queue must be started.

    Polling stops early where the queue runs dry; `was_full` is then false.
    """
    start_s = clock.now_s()
    ticks: list[Tick] = []
    beside = _Beside(sensor, clock)
    last_energy_j, last_poll_s = sensor.energy_j(), clock.now_s()
    while True:
        clock.sleep(POLL_S)
        energy_j, now_s = sensor.energy_j(), clock.now_s()
        if energy_j != last_energy_j and now_s - start_s >= timing.settle_s:
            ticks.append(Tick(now_s, energy_j, now_s - last_poll_s))
        last_energy_j, last_poll_s = energy_j, now_s
        enough = len(ticks) > 2 and ticks[-1].at_s - ticks[0].at_s >= timing.window_s
        busy = job.is_busy()
        if enough or not busy or now_s - start_s > 4 * timing.queue_s:
            return beside.window(ticks, was_full=busy and enough)
        if ticks:
            beside.read(ticks[-1].at_s + timing.tick_period_s)


class _Beside:
    """What is read beside the counter, which may take long: only while no tick is due.

    A tick that comes during such a read would be seen late, and power be off by that much.
    """

    def __init__(self, sensor: Sensor, clock: Clock) -> None:
        self._instant: _Paced[float] = _Paced(sensor.power_instant_w, clock, INSTANT_EVERY_S)
        self._state: _Paced[State] = _Paced(sensor.state, clock, STATE_EVERY_S)
        self._memory: _Paced[float | None] = _Paced(sensor.memory_power_w, clock, STATE_EVERY_S)

    def read(self, due_s: float) -> None:
        """Read what it is time for and ends well before the next tick, due at `due_s`."""
        for paced in (self._instant, self._state, self._memory):
            paced.read(due_s)

    def window(self, ticks: list[Tick], *, was_full: bool) -> Window:
        """All that was read, with the counter's ticks."""
        memory_w = tuple(value for value in self._memory.values if value is not None)
        instant_w, states = tuple(self._instant.values), tuple(self._state.values)
        return Window(tuple(ticks), instant_w, memory_w, states, was_full)


class _Paced(Generic[Value]):
    """One meter, read every so often; the first time at once."""

    def __init__(self, meter: Callable[[], Value], clock: Clock, every_s: float) -> None:
        self.values: list[Value] = []
        self._meter = meter
        self._clock = clock
        self._every_s = every_s
        self._takes_s = 0.0
        self._next_s = 0.0

    def read(self, due_s: float) -> None:
        now_s = self._clock.now_s()
        is_safe = now_s + _ROOM * self._takes_s < due_s
        if now_s < self._next_s or (self.values and not is_safe):
            return
        self._next_s = now_s + self._every_s
        self.values.append(self._meter())
        self._takes_s = max(self._takes_s, self._clock.now_s() - now_s)
