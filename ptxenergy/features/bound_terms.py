"""Features of the bound: how long, how strong, and which resources and events share in it."""

from __future__ import annotations

import math

from ptxenergy.features.feature_set import Feature
from ptxenergy.features.terms import BoundTerms
from ptxenergy.gpu.spec import Gpu

RESOURCES: tuple[str, ...] = (
    *("issue", "fp32", "fp64", "fp16", "integer", "integer multiply", "fp32 + integer"),
    *("bit", "sfu", "conversion", "move", "control", "load/store", "shuffle", "vote"),
    *("tensor", "tensor operands", "shared memory", "L1", "L2", "DRAM", "latency"),
    *("memory latency", "barriers", "atomics", "shared atomics", "launch gap"),
)
"""The resources whose share of the bound's time is a feature."""

EVENTS: tuple[str, ...] = (
    *("static", "instruction issue", "fp32", "fp64", "fp16", "integer", "sfu", "conversion"),
    *("move", "shuffle", "address and control", "tensor", "shared memory", "L1", "L2", "DRAM"),
    *("atomics", "barriers"),
)
"""The events whose share of the bound's energy is a feature."""

_GENERAL = (
    Feature("bound_time_log", "ln s", "the bound's time"),
    Feature("bound_power_share", "1", "the bound's power over the power limit"),
    Feature("bound_clock_share", "1", "the bound's clock over the boost clock"),
    Feature("second_share", "1", "second largest resource time over the largest", {"time": 1}),
    Feature("crowding", "1", "all resource times over the largest", {"time": 1}),
)
FEATURES: tuple[Feature, ...] = (
    *_GENERAL,
    *(Feature(f"time_share_{_n}", "1", f"{_n} time over the bound's") for _n in RESOURCES),
    *(Feature(f"energy_share_{_n}", "1", f"{_n} energy over the bound's") for _n in EVENTS),
)


def values(bound: BoundTerms, gpu: Gpu) -> dict[str, float]:
    """The features of a bound by name."""
    times_s = sorted(bound.times_s.values(), reverse=True) or [bound.time_s]
    energies = {part.name: part.energy_j for part in bound.contributions}
    found = {
        "bound_time_log": math.log(bound.time_s),
        "bound_power_share": bound.power_w / gpu.power_limit_w,
        "bound_clock_share": bound.clock_mhz / gpu.clock_boost_mhz,
        "second_share": times_s[1] / times_s[0] if len(times_s) > 1 and times_s[0] else 0.0,
        "crowding": sum(times_s) / times_s[0] if times_s[0] else 1.0,
    }
    found |= {f"time_share_{n}": bound.times_s.get(n, 0.0) / bound.time_s for n in RESOURCES}
    return found | {
        f"energy_share_{n}": energies.get(n, 0.0) / bound.energy_j if bound.energy_j else 0.0
        for n in EVENTS
    }
