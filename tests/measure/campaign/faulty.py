"""Simulated benches of which some kernels take the device down, each in another way."""

import os
import signal
import time
from dataclasses import dataclass, replace

from ptxenergy.measure.campaign.bench import Bench
from ptxenergy.measure.campaign.session import simulated_bench
from ptxenergy.measure.device.sensor import Attributes, Device, DeviceError, Job
from ptxenergy.measure.planning.point import Point


@dataclass
class Faulty:
    """A device on which some kernels end badly: `how` by kernel."""

    device: Device
    how: dict[str, str]
    lost: bool = False

    def prepare(self, point: Point) -> Job:
        how = "lost" if self.lost else self.how.get(point.kernel, "")
        if how == "lost":
            self.lost = True
            raise DeviceError("an illegal memory access was encountered")
        if how == "hangs":
            time.sleep(1000)
        if how == "crashes":
            os.kill(os.getpid(), signal.SIGSEGV)
        if how == "refused":
            raise DeviceError("out of resources")
        return self.device.prepare(point)

    def attributes(self, point: Point) -> Attributes:
        return self.device.attributes(point)

    def is_lost(self) -> bool:
        return self.lost


def faulty_bench(how: dict[str, str]) -> Bench:
    bench = simulated_bench()
    return replace(bench, device=Faulty(bench.device, how))


def no_bench() -> Bench:
    raise DeviceError("NVML finds no GPU 0")


def broken_bench() -> Bench:
    raise ZeroDivisionError("a mistake of ours")
