"""A simulated GPU with its own time: clock, meters and queue. Its rows say `gpu = "simulated"`.

It knows nothing of the predictor. Each family has hidden factors of its own, so that what is
learnt from some families does not simply hold for others. Accuracy on its rows means nothing.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field

from ptxenergy.measure.device.sensor import (
    GRAPH_BELOW_S,
    HARDWARE_SLOWDOWN,
    POWER_CAP,
    Attributes,
    Identity,
    State,
)
from ptxenergy.measure.planning.point import Point

IDLE_W, ACTIVE_IDLE_W, LIMIT_W = 75.0, 112.0, 700.0
_BYTES_PER_S, _THREADS_PER_S = 3.6e12, 2.0e12


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, as shares and watts; all zero gives a perfect instrument."""

    tick_period_s: float = 0.1
    noise: float = 0.003
    drift_per_hour: float = 0.02
    gap_share: float = 0.0
    slowdown_after_s: float = float("inf")
    wraps_at_j: float = float("inf")
    instant_gain: float = 1.04


class SimulatedClock:
    """Time that passes only when something waits."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._listeners: list[SimulatedGpu] = []

    def now_s(self) -> float:
        """Simulated seconds since the start."""
        return self._now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass, and with it everything that runs on it."""
        self._now_s += seconds
        for listener in self._listeners:
            listener.pass_time(seconds)

    def attach(self, gpu: SimulatedGpu) -> None:
        """Let a GPU live in this time."""
        self._listeners.append(gpu)


@dataclass(slots=True)
class _Queue:
    """What is running: power while it does, and how much of it is left."""

    power_w: float = IDLE_W
    left_s: float = 0.0


@dataclass(slots=True)
class SimulatedGpu:
    """Sensor and device at once; deterministic for a seed."""

    clock: SimulatedClock
    faults: Faults = field(default_factory=Faults)
    seed: int = 0
    _queue: _Queue = field(default_factory=_Queue)
    _energy_j: float = 0.0
    _shown_j: float = 0.0
    _since_tick_s: float = 0.0
    _temperature_c: float = 35.0
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)
        self.clock.attach(self)

    def identity(self) -> Identity:
        """A GPU that calls itself simulated."""
        return Identity("simulated", "0" * 16, "none", "none", LIMIT_W, "unknown", "unknown")

    def energy_j(self) -> float:
        """The counter as of its last tick."""
        return self._shown_j % self.faults.wraps_at_j

    def power_instant_w(self) -> float:
        """Present power, with the instrument's own gain and noise."""
        return self._power_w() * self.faults.instant_gain * self._random.gauss(1, 0.005)

    def memory_power_w(self) -> float | None:
        """A share of the present power."""
        return 0.2 * self._power_w()

    def state(self) -> State:
        """Full clocks, unless the simulated card is slowed down."""
        is_slow = self.clock.now_s() > self.faults.slowdown_after_s
        reasons = HARDWARE_SLOWDOWN & 0x40 if is_slow else 0
        reasons |= POWER_CAP if self._power_w() >= LIMIT_W else 0
        return State(1200.0 if is_slow else 1980.0, 3201.0, self._temperature_c, reasons)

    def prepare(self, point: Point) -> SimulatedJob:
        """A job with this point's hidden time and power."""
        return SimulatedJob(self, *_time_and_power(point))

    def attributes(self, point: Point) -> Attributes:
        """Made up, but the same every time."""
        return Attributes(16 + _hidden(point.kernel, "registers", 0, 48).__int__(), 0, 0)

    def is_lost(self) -> bool:
        """Never: what fails here fails alone."""
        return False

    def run(self, seconds: float, power_w: float) -> None:
        """Put work into the queue."""
        self._queue = _Queue(min(power_w, LIMIT_W), self._queue.left_s + seconds)

    def left_s(self) -> float:
        """Seconds until the queue is empty."""
        return self._queue.left_s

    def jitter(self) -> float:
        """A factor near 1 for one timing."""
        return self._random.gauss(1, self.faults.noise)

    def pass_time(self, seconds: float) -> None:
        """Integrate power, tick by tick."""
        while seconds > 0:
            until_tick = self.faults.tick_period_s - self._since_tick_s
            until_empty = self._queue.left_s if self._queue.left_s > 0 else float("inf")
            step = min(seconds, max(until_tick, 1e-9), max(until_empty, 1e-9))
            self._energy_j += self._power_w() * step
            busy = self._queue.left_s > 0
            self._temperature_c += step * ((65.0 if busy else 35.0) - self._temperature_c) / 30
            self._queue.left_s = max(0.0, self._queue.left_s - step)
            self._since_tick_s += step
            seconds -= step
            if self._since_tick_s >= self.faults.tick_period_s - 1e-12:
                self._tick()

    def _tick(self) -> None:
        self._since_tick_s = 0.0
        noise = self._random.gauss(0, self.faults.noise) * self._power_w()
        self._shown_j = max(self._shown_j, self._energy_j + noise * self.faults.tick_period_s)

    def _power_w(self) -> float:
        if self._queue.left_s <= 0:
            return IDLE_W
        drift = 1 + self.faults.drift_per_hour * self.clock.now_s() / 3600
        busy = self._queue.power_w * drift
        return busy * (1 - self.faults.gap_share) + IDLE_W * self.faults.gap_share


@dataclass(slots=True)
class SimulatedJob:
    """A point ready to run on the simulated GPU."""

    gpu: SimulatedGpu
    time_s: float
    power_w: float
    _halves: tuple[float, float] = (0.0, 0.0)

    def start(self, launches: int) -> int:
        """Fill the queue."""
        first, second = (self.time_s * self.gpu.jitter() for _ in range(2))
        self._halves = (first, second)
        self.gpu.run(launches * (first + second) / 2, self.power_w)
        return launches

    def is_busy(self) -> bool:
        """Whether the queue still holds work."""
        return self.gpu.left_s() > 0

    def finish(self) -> tuple[float, float]:
        """Let the queue run empty; seconds per launch of each half."""
        self.gpu.clock.sleep(self.gpu.left_s())
        return self._halves

    def launch_mode(self) -> str:
        """As the real device decides it."""
        return "graph" if self.time_s < GRAPH_BELOW_S else "stream"


def _hidden(name: str, what: str, low: float, high: float) -> float:
    digest = hashlib.sha256(f"{what}:{name}".encode()).digest()
    return low + (high - low) * int.from_bytes(digest[:4]) / 2**32


def _time_and_power(point: Point) -> tuple[float, float]:
    """Hidden truth: memory and thread time by family factors, and power from how busy both are."""
    family = point.family
    memory_s = point.footprint_bytes / (_BYTES_PER_S * _hidden(family, "memory", 0.4, 1.0))
    threads = point.grid.volume * point.block.volume * _hidden(family, "work", 20, 400)
    shape = 1 + _hidden(family, "shape", 0, 0.6) / max(1, min(32, point.block.x)) ** 0.5
    compute_s = threads * shape / (_THREADS_PER_S * _hidden(family, "compute", 0.3, 1.0))
    time_s = max(memory_s, compute_s) + 2.2e-6
    memory_w = 420 * memory_s / time_s * _hidden(family, "memory power", 0.7, 1.2)
    compute_w = 330 * compute_s / time_s * _hidden(family, "compute power", 0.6, 1.3)
    return time_s, ACTIVE_IDLE_W + memory_w + compute_w
