"""What `gpus` shows: the described GPUs, and which of their numbers nobody published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy._version import __version__
from ptxenergy.gpu.spec import Gpu
from ptxenergy.report.blocks import grid
from ptxenergy.report.json import Json
from ptxenergy.report.units import plain_number

GPUS_SCHEMA = "ptxenergy.gpus/1"

_NUMBERS = (
    "sm_count",
    "clock_base_mhz",
    "clock_boost_mhz",
    "power_limit_w",
    "idle_power_w",
    "constant_power_w",
    "l2_bytes",
    "dram_bytes_per_s",
)


def show_gpus(gpus: Sequence[Gpu]) -> RenderableType:
    """One line a GPU; `~` marks a number that is estimated."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("id", "name"):
        table.add_column(title, no_wrap=title == "id")
    for title in ("sm_", "SMs", "MHz", "W", "GB/s", "estimated"):
        table.add_column(title, justify="right", no_wrap=True)
    for gpu in gpus:
        table.add_row(*_row(gpu))
    note = Text(
        "MHz: base-boost. W: idle/limit. ~: estimated, no source gives it. estimated: how many of "
        "all fields are. `ptxenergy gpus ID` shows each field with its source.",
        style="dim",
    )
    return Group(table, "", note)


def show_gpu(gpu: Gpu) -> RenderableType:
    """Every field of one GPU with its value and source."""
    table = grid("left", "right", "left")
    for name, source in gpu.sources.items():
        mark = Text("estimated: ", style="yellow") if source.estimated else Text("")
        table.add_row(name, _shown(_value(gpu, name)), mark + Text(source.text, style="dim"))
    return Group(Text(f"{gpu.id}: {gpu.name}", style="bold"), "", table)


def gpus_json(gpus: Sequence[Gpu]) -> Json:
    """What `ptxenergy gpus --json` prints (schemas/gpus.json)."""
    return {
        "schema": GPUS_SCHEMA,
        "tool_version": __version__,
        "gpus": [
            {
                "id": gpu.id,
                "name": gpu.name,
                "compute_capability": _capability(gpu),
                **{name: plain_number(getattr(gpu, name)) for name in _NUMBERS},
                "estimated": [n for n, source in gpu.sources.items() if source.estimated],
            }
            for gpu in gpus
        ],
    }


def _row(gpu: Gpu) -> tuple[str, ...]:
    estimated = sum(source.estimated for source in gpu.sources.values())
    base, boost = _marked(gpu, "clock_base_mhz"), _marked(gpu, "clock_boost_mhz")
    return (
        gpu.id,
        gpu.name,
        _capability(gpu).replace(".", ""),
        _marked(gpu, "sm_count"),
        f"{base}-{boost}",
        f"{_marked(gpu, 'idle_power_w')}/{_marked(gpu, 'power_limit_w')}",
        _marked(gpu, "dram_bytes_per_s", 1e9),
        f"{estimated}/{len(gpu.sources)}",
    )


def _marked(gpu: Gpu, field: str, unit: float = 1) -> str:
    source = gpu.sources.get(field)
    mark = "~" if source is not None and source.estimated else ""
    return f"{mark}{getattr(gpu, field) / unit:.0f}"


def _capability(gpu: Gpu) -> str:
    return "{}.{}".format(*gpu.compute_capability)


def _value(gpu: Gpu, dotted: str) -> Any:
    """The value of a field by the name its source goes by: `limits.max_warps_per_sm`."""
    group, _, name = dotted.rpartition(".")
    if not group:
        return getattr(gpu, name)
    holder = getattr(gpu, group)
    return holder[name] if hasattr(holder, "keys") else getattr(holder, name)


def _shown(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " ".join(_shown(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
