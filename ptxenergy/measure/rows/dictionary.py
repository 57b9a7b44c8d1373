"""The data dictionary: what each column of a measured row means, its unit and its legal range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ptxenergy.measure.rows.row import COLUMNS

Kind: TypeAlias = Literal["text", "integer", "number", "boolean", "json", "hash"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `low` and `high` bound a number, inclusive; `may_be_empty` where unknown is."""

    unit: str
    kind: Kind
    meaning: str
    low: float = float("-inf")
    high: float = float("inf")
    may_be_empty: bool = False


_EXTENT = "extent of the {} along {}"
DICTIONARY: dict[str, Column] = {
    "point_id": Column("", "hash", "hash of source, parameters, launch, data and cache mode"),
    "campaign_id": Column("", "text", "the campaign that measured it"),
    "gpu": Column("", "text", "the GPU's name by NVML; `simulated` where it is"),
    "kernel": Column("", "text", "the kernel's name in the catalog"),
    "family": Column("", "text", "the algorithm family that is held out together"),
    "study": Column("", "text", "the part of the plan: breadth, shape, short, long, blocks, data"),
    "source_sha256": Column("", "text", "hash of the CUDA source"),
    "ptx_path": Column("", "text", "the PTX, relative to the data sets"),
    "ptx_sha256": Column("", "text", "hash of the PTX text"),
    "entry": Column("", "text", "the kernel's name in the PTX"),
    "compile_options": Column(
        "", "text", "options of nvcc beyond the common ones", may_be_empty=True
    ),
    "size": Column("", "json", "the problem's size parameters"),
    **{
        f"{what}_{axis}": Column(unit, "integer", _EXTENT.format(what, axis), 1)
        for what, unit in (("grid", "block"), ("block", "thread"))
        for axis in "xyz"
    },
    "dynamic_shared_bytes": Column("B", "integer", "dynamic shared memory of a block", 0, 232_448),
    "static_shared_bytes": Column("B", "integer", "static shared memory of a block", 0, 232_448),
    "registers_per_thread": Column("1", "integer", "registers by the driver", 1, 255),
    "local_bytes": Column("B", "integer", "local memory of a thread, by the driver", 0),
    "args": Column("", "json", "scalar arguments by parameter index"),
    "pins": Column("", "json", "what of the data steers the kernel, by PTX line"),
    "footprint_bytes": Column("B", "integer", "bytes of all buffers of one set", 0),
    "buffer_sets": Column("1", "integer", "buffer sets used in rotation", 1),
    "cache_mode": Column("", "text", "warm: the same buffers each launch; rotated: sets in turn"),
    "data_kind": Column("", "text", "what fills the buffers"),
    "data_seed": Column("", "integer", "seed of the buffers' contents"),
    "launch_mode": Column("", "text", "stream, or graph for short kernels"),
    "launches": Column("1", "integer", "launches in the queue", 1),
    "time_s": Column("s", "number", "event time of the queue over its launches", 1e-7, 10),
    "time_split_rel": Column("1", "number", "difference of the queue's halves over their mean", 0),
    "window_s": Column("s", "number", "from the first counted tick to the last", 0),
    "settle_s": Column("s", "number", "load before the first counted tick", 0),
    "tick_period_s": Column("s", "number", "period of the energy counter", 1e-3, 1),
    "ticks": Column("1", "integer", "counted ticks", 0),
    "gap_fraction": Column("1", "number", "share of the window without a full queue", 0, 1),
    "power_w": Column("W", "number", "board power between the first and the last tick", 0, 2000),
    "power_sd_w": Column("W", "number", "spread from tick to tick, less the ticks' own", 0),
    "power_instant_w": Column("W", "number", "mean of NVML field 186 in the window", 0, 2000),
    "memory_power_w": Column("W", "number", "memory power by NVML", 0, 500, may_be_empty=True),
    "energy_j": Column("J", "number", "power_w × time_s: board energy of one launch", 0),
    "energy_dynamic_j": Column("J", "number", "the same less cold idle power × time_s"),
    "idle_cold_w": Column("W", "number", "board power with nothing running", 0, 500),
    "idle_active_w": Column("W", "number", "board power with clocks up and one tiny block", 0, 500),
    "temperature_before_c": Column("°C", "number", "GPU temperature before", 0, 110),
    "temperature_after_c": Column("°C", "number", "GPU temperature after", 0, 110),
    **{
        f"sm_clock_mhz_{which}": Column("MHz", "number", f"{which} SM clock in the window", 1, 4000)
        for which in ("min", "mean", "max")
    },
    "memory_clock_mhz": Column("MHz", "number", "memory clock", 1, 20_000),
    "throttle_reasons": Column("bits", "integer", "clock event reasons seen, as NVML's bits", 0),
    "anchor_scale": Column("1", "number", "power of the last anchor over its first", 0.5, 2),
    "is_anchor": Column("", "boolean", "whether this is an anchor"),
    "replicate_of": Column("", "hash", "the point measured again", may_be_empty=True),
    "ok": Column("", "boolean", "whether the point is good (may be trained on)"),
    "flags": Column("", "text", "what was noticed, joined by `;`", may_be_empty=True),
    "started_utc": Column("", "text", "when, ISO 8601 in UTC"),
}


def as_markdown() -> str:
    """The dictionary as a Markdown table, in column order."""
    lines = ["| column | unit | meaning |", "| --- | --- | --- |"]
    lines += [f"| {n} | {DICTIONARY[n].unit} | {DICTIONARY[n].meaning} |" for n in COLUMNS]
    return "\n".join(lines) + "\n"
