"""Results → plain dictionaries, in the shape of the JSON Schemas that lie beside this file."""

from __future__ import annotations

import json as _json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ptxenergy._version import __version__
from ptxenergy.launch.counts import Counts, count
from ptxenergy.launch.inspection import Inspection, MemoryTraffic
from ptxenergy.launch.profile import LaunchProfile, Traffic
from ptxenergy.launch.request import Assumption, Launch
from ptxenergy.model.prediction import Bound, Prediction, Quantity
from ptxenergy.report.units import plain_number

if TYPE_CHECKING:
    from ptxenergy.pipeline import Inspections, Predictions, Skipped

PREDICTION_SCHEMA = "ptxenergy.prediction/1"
INSPECTION_SCHEMA = "ptxenergy.inspection/1"

Json: TypeAlias = dict[str, Any]

_CHAIN = (
    *("cycles", "serial_cycles", "issue_cycles", "parallelism", "memory_trips", "load_cycles"),
    *("flight_bytes", "l2_share", "dram_share"),
)
_PLACEMENT = (
    *("busiest_share", "resident_warps", "turns", "tail_share", "warps_per_block", "warps"),
)
_WAVEFRONT_SPACES = frozenset({"shared", "constant", "cluster"})


def predictions_json(predictions: Predictions) -> Json:
    """What `ptxenergy predict --json` prints (schemas/prediction.json)."""
    results = [prediction_json(result) for result in predictions.results]
    return envelope(PREDICTION_SCHEMA, results, predictions.skipped)


def inspections_json(inspections: Inspections) -> Json:
    """What `ptxenergy inspect --json` prints (schemas/inspection.json)."""
    results = [inspection_json(result) for result in inspections.results]
    return envelope(INSPECTION_SCHEMA, results, inspections.skipped)


def dump(document: Json) -> str:
    """The document as text. Raises ValueError on a number that JSON does not have (NaN, ∞)."""
    return _json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def prediction_json(prediction: Prediction) -> Json:
    """One result of `predict`: everything of `inspect`, and time, power and energy."""
    bound = prediction.bound
    conditions = prediction.conditions
    return inspection_json(prediction.inspection) | {
        "flags": list(all_flags(prediction.inspection, prediction.flags)),
        "energy_j": _quantity(prediction.energy_j),
        "time_s": _quantity(prediction.time_s),
        "power_w": _quantity(prediction.power_w),
        "bound": _bound(bound),
        "calibrated": prediction.calibrated,
        "conditions": {
            "clock_mhz": plain_number(conditions.clock_mhz),
            "locked_clock_mhz": _optional(conditions.locked_clock_mhz),
            "power_limit_w": plain_number(conditions.power_limit_w),
            "cache": conditions.cache,
            "data": conditions.data,
        },
        "contributions": [
            {"name": part.name, "energy_j": part.energy_j} for part in prediction.contributions
        ],
        "model": _model(prediction),
    }


def inspection_json(inspection: Inspection) -> Json:
    """One result of `inspect`: the launch, what it executes and how it sits on the GPU."""
    profile = inspection.profile
    occupancy = inspection.occupancy
    return {
        "file": inspection.file,
        "kernel": profile.kernel,
        "gpu": inspection.gpu,
        "launch": _launch(profile.launch),
        "exact": {
            "control": profile.exact.control,
            "addresses": profile.exact.addresses,
            "all": profile.exact.all and not inspection.unknown_opcodes,
        },
        "assumptions": [_assumption(assumption) for assumption in all_assumptions(profile)],
        "flags": list(all_flags(inspection)),
        "unknown_opcodes": [
            {"opcode": opcode, "lines": list(lines)}
            for opcode, lines in inspection.unknown_opcodes.items()
        ],
        "registers_per_thread": inspection.registers_per_thread,
        "registers_source": inspection.registers_source,
        "occupancy": {
            "blocks_per_sm": occupancy.blocks_per_sm,
            "warps_per_sm": occupancy.warps_per_sm,
            "fraction": plain_number(occupancy.fraction),
            "limiter": occupancy.limiter,
        },
        "waves": plain_number(inspection.waves),
        "opcodes": {
            opcode: {"warp": plain_number(warp), "thread": plain_number(thread)}
            for opcode, (warp, thread) in profile.by_opcode().items()
        },
        "counts": counts_json(count(profile), inspection.memory),
    }


def counts_json(counts: Counts, memory: MemoryTraffic) -> Json:
    """The counts of a launch, by category, matrix kind and memory space, and what memory moves."""
    return {
        "warp_instructions": _numbers(counts.warp_instructions),
        "thread_instructions": _numbers(counts.thread_instructions),
        "mean_active_lanes": plain_number(counts.mean_active_lanes),
        "barriers": plain_number(counts.barriers),
        "tensor_macs": _numbers(counts.tensor_macs),
        "memory": {
            space: {
                direction: _traffic(space, direction, traffic)
                for direction, traffic in by_direction.items()
            }
            for space, by_direction in counts.memory.items()
        }
        | _numbers(
            {
                "footprint_bytes": memory.footprint_bytes,
                "l1_bytes_estimate": memory.l1_bytes,
                "l2_bytes_estimate": memory.l2_bytes,
                "dram_bytes_estimate": memory.dram_bytes,
            }
        ),
    }


def all_assumptions(profile: LaunchProfile) -> tuple[Assumption, ...]:
    """Every assumption once: those that completed the launch, then those of its evaluation."""
    return tuple(dict.fromkeys((*profile.launch.assumptions, *profile.assumptions)))


def all_flags(inspection: Inspection, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Every flag once, in the order in which the stages raised them."""
    return tuple(dict.fromkeys((*inspection.profile.flags, *inspection.flags, *more)))


def envelope(schema: str, results: list[Json], skipped: Sequence[Skipped]) -> Json:
    """Results of a file's kernels, and those that could not be done, under a schema's name."""
    return {
        "schema": schema,
        "tool_version": __version__,
        "results": results,
        "skipped": [
            {"kernel": one.kernel, "code": one.code, "message": one.message} for one in skipped
        ],
    }


def _launch(launch: Launch) -> Json:
    return {
        "grid": list(launch.grid),
        "block": list(launch.block),
        "shared_bytes": launch.shared_bytes,
        "args": {argument.parameter.name: _shown(argument.shown) for argument in launch.arguments},
    }


def _shown(value: int | float | str | Mapping[str, int | float | str]) -> Any:
    """An argument's value; infinities and NaN, which JSON lacks, as text."""
    if isinstance(value, Mapping):
        return {str(offset): _shown(part) for offset, part in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _assumption(assumption: Assumption) -> Json:
    return {
        "code": assumption.code,
        "line": assumption.line,
        "message": assumption.message,
        "option": assumption.option,
    }


def _traffic(space: str, direction: str, traffic: Traffic) -> Json:
    waves = space in _WAVEFRONT_SPACES
    numbers: dict[str, float] = {
        "requests": traffic.requests,
        "wavefronts" if waves else "sectors": traffic.wavefronts if waves else traffic.sectors,
        "bytes": traffic.bytes,
    }
    if direction == "atomic":
        numbers["same_address_max"] = traffic.same_address_max
        numbers["same_address_sum"] = traffic.same_address_sum
    return _numbers(numbers)


def _numbers(numbers: Mapping[str, float]) -> Json:
    return {name: plain_number(value) for name, value in numbers.items()}


def _bound(bound: Bound) -> Json:
    """The physical bound with every term that it was made of."""
    return {
        "energy_j": bound.energy_j,
        "time_s": bound.time_s,
        "power_w": bound.power_w,
        "clock_mhz": plain_number(bound.clock_mhz),
        "power_limited": bound.is_power_limited,
        "limiter": bound.limiter,
        "times_s": dict(bound.times_s),
        "chain": {name: getattr(bound.chain, name) for name in _CHAIN},
        "placement": {name: plain_number(getattr(bound.placement, name)) for name in _PLACEMENT},
        "traffic_bytes": _numbers(bound.traffic_bytes),
    }


def _optional(value: float | None) -> float | None:
    return None if value is None else plain_number(value)


def _quantity(quantity: Quantity) -> Json:
    return {
        "value": quantity.value,
        "low": quantity.low,
        "high": quantity.high,
        "level": quantity.level,
    }


def _model(prediction: Prediction) -> Json | None:
    if prediction.model_id is None:
        return None
    return {
        "id": prediction.model_id,
        "feature_version": prediction.feature_version,
        "distance": prediction.distance,
    }
