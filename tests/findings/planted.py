"""Data sets made by hand, with a planted truth. All of it is made up: no GPU was measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.point import Point, write_plan
from ptxenergy.measure.rows.row import COLUMNS, Row, RowWriter

BLOCKS = ("32x8", "16x16", "8x32", "256", "128", "64", "512", "1024", "64x4", "32x4")
LOCKED = "secret_family"
FAMILIES = f"""locked = ["{LOCKED}"]

[algorithm]
{LOCKED} = "What nobody may look into."
open_family = "What may be looked into."
other_family = "The same."
"""
PROBE: Mapping[str, Any] = {
    "ticks": {
        "period_s": 0.05,
        "period_sd_s": 0.001,
        "step_j_min": 1.0,
        "call_latency_s": 0.0005,
    },
    "settle_s": 0.15,
    "coverage_spread": 0.02,
    "counter_over_instant": 0.97,
    "idle_cold_w": 75.0,
    "repeatability": [{"window_s": 0.4, "spread_median": 0.004, "spread_worst": 0.02}],
    "timing": {"settle_s": 0.15, "window_s": 0.4, "tick_period_s": 0.05},
}
_GPU: Mapping[str, Any] = {"uuid_hash": "a" * 16, "driver": "1.2", "power_limit_w": 700.0}
BASE = Row(
    **{  # type: ignore[arg-type]
        **dict.fromkeys(COLUMNS, 0),
        "point_id": "0" * 16,
        "campaign_id": "c",
        "gpu": "simulated",
        "kernel": "k",
        "family": "open_family",
        "study": "shape",
        "source_sha256": "0" * 64,
        "ptx_path": "ptx/k.ptx",
        "ptx_sha256": "0" * 64,
        "entry": "k",
        "compile_options": "-O3",
        "size": "{}",
        "args": "{}",
        "pins": "[]",
        "cache_mode": "warm",
        "data_kind": "random",
        "launch_mode": "graph",
        "launches": 100,
        "window_s": 0.4,
        "tick_period_s": 0.05,
        "ticks": 8,
        "idle_cold_w": 75.0,
        "idle_active_w": 112.0,
        "sm_clock_mhz_min": 1980.0,
        "sm_clock_mhz_mean": 1980.0,
        "sm_clock_mhz_max": 1980.0,
        "memory_clock_mhz": 3201.0,
        "anchor_scale": 1.0,
        "registers_per_thread": 32,
        "buffer_sets": 1,
        "is_anchor": False,
        "replicate_of": "",
        "ok": True,
        "flags": "",
    }
)


def block_of(text: str) -> Extent:
    """A block as it is typed."""
    return Extent(*map(int, text.split("x")))


def row(
    kernel: str, block: str, time_s: float, power_w: float, minute: int = 0, **known: Any
) -> Row:
    """One good row: a kernel in one block shape."""
    extent = block_of(block)
    values = {
        "kernel": kernel,
        "point_id": point_id(kernel, block),
        "grid_x": 65_536 // extent.volume,
        "grid_y": 1,
        "grid_z": 1,
        **{f"block_{axis}": size for axis, size in zip("xyz", extent, strict=True)},
        "time_s": time_s,
        "power_w": power_w,
        "energy_j": power_w * time_s,
        "energy_dynamic_j": (power_w - 75.0) * time_s,
        "power_instant_w": power_w / 0.97,
        "started_utc": f"2026-01-01T{minute // 60:02d}:{minute % 60:02d}:00+00:00",
        **known,
    }
    return replace(BASE, **values)


def study(
    kernel: str,
    energies: Mapping[str, float],
    times: Mapping[str, float] | None = None,
    minute: int = 0,
    **known: Any,
) -> list[Row]:
    """A kernel in many shapes: joules and seconds by block."""
    found = []
    for number, (block, energy_j) in enumerate(energies.items()):
        time_s = 1e-3 if times is None else times[block]
        found.append(row(kernel, block, time_s, energy_j / time_s, minute + number, **known))
    return found


def flat(energy_j: float = 0.3) -> dict[str, float]:
    """The same energy in every shape."""
    return dict.fromkeys(BLOCKS, energy_j)


def noisy(rows: Iterable[Row], minute: int, by: float) -> list[Row]:
    """The rows measured again, in turn so much more and so much less, as a fraction."""
    found = []
    for number, one in enumerate(rows):
        factor = 1 + by * (-1) ** number
        again = {"time_s": one.time_s, "power_w": one.power_w * factor}
        found.append(
            row(
                one.kernel,
                "x".join(map(str, (one.block_x, one.block_y, one.block_z))),
                **again,
                minute=minute + number,
                point_id=one.point_id,
                family=one.family,
                replicate_of=one.point_id,
            )
        )
    return found


def point_id(kernel: str, block: str) -> str:
    """The id of the planned launch of this kernel and block."""
    return planned(kernel, block).point_id


def planned(
    kernel: str, block: str, family: str = "open_family", ptx_sha256: str = "0" * 64
) -> Point:
    """A launch of the plan."""
    return Point(
        kernel=kernel,
        family=family,
        entry="k",
        source_sha256="0" * 64,
        ptx_path="ptx/k.ptx",
        ptx_sha256=ptx_sha256,
        compile_options=(f"-DKERNEL={kernel}",),
        size={},
        grid=Extent(65_536 // block_of(block).volume),
        block=block_of(block),
        dynamic_shared_bytes=0,
        scalars={},
        footprint_bytes=1,
        study="shape",
    )


def written(
    datasets: Path, rows: Sequence[Row], *, name: str = "simulated", probe: bool = True
) -> Path:
    """The rows as a data set, beside a plan of every shape of every kernel, and families."""
    folder = datasets / name
    (folder / "campaigns").mkdir(parents=True)
    (datasets / "families.toml").write_text(FAMILIES)
    kernels = {one.kernel: one.family for one in rows if one.study == "shape"}
    digests = {one.kernel: one.ptx_sha256 for one in rows}
    plan = [planned(k, b, family, digests[k]) for k, family in kernels.items() for b in BLOCKS]
    write_plan(plan, datasets / "plan.jsonl")
    with RowWriter(folder / "rows" / "c.csv") as writer:
        for one in rows:
            writer.write(one)
    campaign = {"gpu": dict(_GPU), "idle_after_w": 80.0}
    (folder / "campaigns" / "c.json").write_text(json.dumps(campaign))
    if probe:
        (folder / "probe.json").write_text(json.dumps(PROBE))
    return folder
