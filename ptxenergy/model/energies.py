"""Joules of everything that happens in a launch, by kind of event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.work import Work

_PICOJOULE = 1e-12
_LANE_ENERGY = {
    "fp32": "fp32_lane",
    "fp64": "fp64_lane",
    "fp16": "fp16_lane",
    **dict.fromkeys(("int", "logic", "shift", "compare", "bit"), "int_lane"),
    **dict.fromkeys(("int_mul", "dp4a"), "int_mul_lane"),
    "sfu": "sfu_lane",
    **dict.fromkeys(("conversion", "conversion_narrow", "conversion64"), "conversion_lane"),
    **dict.fromkeys(("move", "shuffle", "vote", "redux", "control", "memory"), "move_lane"),
}
_NAME = {
    **dict.fromkeys(("int", "int_mul", "logic", "shift", "compare", "bit", "dp4a"), "integer"),
    **dict.fromkeys(("conversion_narrow", "conversion64"), "conversion"),
    **dict.fromkeys(("memory", "control"), "address and control"),
    **dict.fromkeys(("vote", "redux"), "shuffle"),
}
ENERGY_NAMES: tuple[str, ...] = (
    *("static", "instruction issue", "fp32", "fp64", "fp16", "integer", "sfu", "conversion"),
    *("move", "shuffle", "address and control", "tensor", "shared memory", "L1", "L2", "DRAM"),
    *("atomics", "barriers"),
)
"""Every contribution that a bound may have."""


class Events(Struct, frozen=True):
    """Joules of events at the boost clock: `core_j` follow the core's voltage, `fixed_j` do not."""

    core_j: Mapping[str, float]
    fixed_j: Mapping[str, float]

    def at(self, voltage: float) -> dict[str, float]:
        """Joules by name at a core voltage relative to that of the boost clock."""
        return {name: energy * voltage**2 for name, energy in self.core_j.items()} | {
            **self.fixed_j
        }


def events_of(work: Work, gpu: Gpu) -> Events:
    """The energy of all events of a launch; DRAM's own supply does not follow the core's."""
    energy = gpu.energy_pj
    parts: dict[str, float] = defaultdict(float)
    parts["instruction issue"] = work.warp_instructions * energy["warp_instruction"]
    for pipe, lanes in work.pipe_lanes.items():
        if pipe in _LANE_ENERGY:
            parts[_NAME.get(pipe, pipe)] += lanes * energy[_LANE_ENERGY[pipe]]
    for macs in (work.tensor_macs, work.mma_macs):
        parts["tensor"] += sum(_mac_pj(gpu, kind) * count for kind, count in macs.items())
    parts["shared memory"] = (work.shared_bytes + work.operand_bytes) * energy["shared_byte"]
    parts["L1"] = work.l1_bytes * energy["l1_byte"]
    parts["L2"] = work.l2_bytes * energy["l2_byte"]
    parts["atomics"] = work.atomic_sectors.get("global", 0.0) * energy["atomic_sector"]
    parts["barriers"] = work.barriers * energy["barrier"]
    core_j = {name: value * _PICOJOULE for name, value in parts.items() if value > 0}
    dram_j = work.dram_bytes * energy["dram_byte"] * _PICOJOULE
    return Events(core_j, {"DRAM": dram_j} if dram_j > 0 else {})


def _mac_pj(gpu: Gpu, kind: str) -> float:
    """Picojoules of a multiply-accumulate; without a matrix unit, of the lane that does it."""
    name = "f16" if kind == "f16_half_accumulate" else kind
    lane = gpu.energy_pj["fp64_lane" if kind == "f64" else "fp32_lane"]
    return gpu.energy_pj.get(f"tensor_{name}_mac", lane)
