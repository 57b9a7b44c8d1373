"""How static counts agree with a profiler's counters: relative errors, and where they are worst."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.profile import InstructionProfile

_SECTOR_BYTES: Final = 32
OFF_ABOVE: Final = 0.1


class Compared(Struct, frozen=True):
    """One count of one launch beside the counter for it, in the counter's unit."""

    counter: str
    kernel: str
    point_id: str
    static: float
    measured: float

    @property
    def error(self) -> float:
        """Relative error of the count, signed; infinite where the counter alone says 0."""
        if self.static == self.measured:
            return 0.0
        return (self.static - self.measured) / self.measured if self.measured else float("inf")


class Agreement(Struct, frozen=True):
    """One counter over all launches. Errors are relative and without sign.

    `launches`: those where either is above 0. `unmet`: those of them where the counter says 0 and
    the count does not; they are in no quantile. `median_ratio`: count over counter. `worst`: the
    largest errors first. `off`: of each kernel that is off by over 10 %, its worst launch.
    """

    counter: str
    launches: int
    unmet: int
    median_error: float | None
    p90_error: float | None
    median_ratio: float | None
    worst: tuple[Compared, ...]
    off: tuple[Compared, ...] = ()


class CountsAgreement(Struct, frozen=True):
    """All counters of a data set. `is_simulated`: the rows are of no real GPU. `left_out`: launches
    that could not be compared, by why.
    """

    gpu: str
    is_simulated: bool
    launches: int
    counters: tuple[Agreement, ...]
    left_out: Mapping[str, int]


def static_counts(inspection: Inspection) -> dict[str, float]:
    """What the counters of a launch should say by its PTX, keyed as `ptxenergy measure counters`
    names them (docs/counts.md tells where they differ by rule).

    Counts of instructions are there twice: of the PTX as written, and with each opcode's expansion
    into machine instructions. `occupancy_percent` is the theoretical one.
    """
    memory = inspection.memory
    found = {
        "warp_instructions": _sum(inspection, lambda item: item.warp),
        "warp_instructions_expanded": _sum(inspection, lambda i: i.warp * i.opcode.expansion),
        "thread_instructions": _sum(inspection, lambda item: item.thread),
        "thread_instructions_expanded": _sum(inspection, lambda i: i.thread * i.opcode.expansion),
    }
    for way in ("load", "store"):
        found |= {
            f"global_{way}_requests": _traffic(inspection, ("global", way), "requests"),
            f"global_{way}_sectors": _traffic(inspection, ("global", way), "sectors"),
            f"local_{way}_sectors": _traffic(inspection, ("local", way), "sectors"),
            f"shared_{way}_wavefronts": _traffic(inspection, ("shared", way), "wavefronts"),
        }
    return found | {
        "l2_read_sectors": memory.l2_read_bytes / _SECTOR_BYTES,
        "l2_write_sectors": memory.l2_write_bytes / _SECTOR_BYTES,
        "dram_read_bytes": memory.dram_read_bytes,
        "dram_write_bytes": memory.dram_write_bytes,
        "occupancy_percent": 100 * inspection.occupancy.fraction,
        "registers_per_thread": inspection.registers_per_thread,
    }


def counter_of(count: str) -> str:
    """The counter that a count is held against."""
    return count.removesuffix("_expanded")


def agreement(compared: Iterable[Compared], offenders: int = 3) -> tuple[Agreement, ...]:
    """Errors by counter, in order of first appearance, each with its worst launches."""
    by_counter: dict[str, list[Compared]] = {}
    for one in compared:
        by_counter.setdefault(one.counter, []).append(one)
    return tuple(_agreement(name, ones, offenders) for name, ones in by_counter.items())


def _agreement(counter: str, compared: list[Compared], offenders: int) -> Agreement:
    told = [one for one in compared if one.static or one.measured]
    met = [one for one in told if one.measured]
    errors = np.abs([one.error for one in met])
    ratios = [one.static / one.measured for one in met]
    worst = sorted(told, key=lambda one: (-abs(one.error), one.kernel, one.point_id))
    return Agreement(
        counter,
        len(told),
        len(told) - len(met),
        float(np.quantile(errors, 0.5)) if met else None,
        float(np.quantile(errors, 0.9)) if met else None,
        float(np.median(ratios)) if met else None,
        tuple(one for one in worst[:offenders] if one.error),
        tuple({one.kernel: one for one in reversed(worst) if abs(one.error) > OFF_ABOVE}.values()),
    )


def _sum(inspection: Inspection, of: Callable[[InstructionProfile], float]) -> float:
    return sum(of(item) for item in inspection.profile.instructions)


def _traffic(inspection: Inspection, where: tuple[str, str], what: str) -> float:
    """Traffic of plain loads and stores: bulk copies bypass the counters of loads and stores."""
    return sum(
        float(getattr(item.traffic[where], what))
        for item in inspection.profile.instructions
        if where in item.traffic and not any(access.is_bulk for access in item.opcode.accesses)
    )
