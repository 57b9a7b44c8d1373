"""What a GPU's meters say, behind one interface: NVML, or a simulation of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ptxenergy.errors import PtxEnergyError
from ptxenergy.measure.planning.point import Point

GRAPH_BELOW_S = 2.5e-3
"""Shorter launches are replayed from graphs: a queue of 2.2 s then has fewer than 1000 items."""

LONGEST_LAUNCH_S = 0.5
"""Longer launches are refused: ten of them must fit into a window's queue of a few seconds."""

# Bits of nvmlClocksEventReasons, as NVML's header names them.
POWER_CAP = 0x4
HARDWARE_SLOWDOWN = 0x8 | 0x40 | 0x80


@dataclass(frozen=True, slots=True)
class Identity:
    """Which GPU and software; `uuid_hash` stands for the UUID. `gpu` is `simulated` if it is."""

    gpu: str
    uuid_hash: str
    driver: str
    cuda: str
    power_limit_w: float
    ecc: str
    mig: str


@dataclass(frozen=True, slots=True)
class State:
    """Clocks, temperature and throttle (event) reasons at one moment; reasons as NVML's bits."""

    sm_clock_mhz: float
    memory_clock_mhz: float
    temperature_c: float
    throttle_reasons: int


class Clock(Protocol):
    """Time. The simulation has its own, so that its campaigns take no real time."""

    def now_s(self) -> float:
        """Monotonic seconds."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Sensor(Protocol):
    """The meters of one GPU. Reads never change a setting."""

    def identity(self) -> Identity:
        """Which GPU this is."""

    def energy_j(self) -> float:
        """The total-energy counter in joules; it ticks, and may wrap."""

    def power_instant_w(self) -> float:
        """Instantaneous board power in watts (NVML field 186)."""

    def memory_power_w(self) -> float | None:
        """Average memory power in watts where the GPU tells it, else None."""

    def state(self) -> State:
        """Clocks, temperature, throttle reasons."""


class Job(Protocol):
    """A point made ready on a device: compiled, its buffers filled, checked to run."""

    def start(self, launches: int) -> int:
        """Put so many launches into the queue, with events around each half, without waiting.

        Gives how many they are: whole replays of a graph, at least one in each half.
        """

    def is_busy(self) -> bool:
        """Whether anything that was started has not finished yet."""

    def finish(self) -> tuple[float, float]:
        """Wait until the queue is empty; event seconds per launch of the first and second half."""

    def launch_mode(self) -> str:
        """`stream` or `graph`: how launches are queued."""


class Device(Protocol):
    """Makes points ready. One at a time: a new job frees the buffers of the last."""

    def prepare(self, point: Point) -> Job:
        """Compile, allocate, fill. Raises DeviceError where the point cannot be launched."""

    def attributes(self, point: Point) -> Attributes:
        """What the driver says of the compiled kernel."""

    def is_lost(self) -> bool:
        """Whether nothing can run any more in this process, whatever it is, after a failure."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Registers, static shared and local memory of a compiled kernel, as the driver reports."""

    registers_per_thread: int
    static_shared_bytes: int
    local_bytes: int


class DeviceError(PtxEnergyError):
    """A device that is not there, or a point that cannot be loaded, allocated or launched on it."""

    code = "device"


class DeviceLostError(DeviceError):
    """A device on which nothing can run any more in this process; another process may use it."""

    code = "device-lost"
