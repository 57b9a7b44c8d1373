"""What `gpus` shows: the described GPUs, and which of their numbers nobody published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
# What every row of the list would repeat, or what its id says.
_WITHOUT_BRAND = re.compile(r"NVIDIA |GeForce |Tesla | Generation| \(.*\)| \d+GB.*")


def show_gpus(gpus: Sequence[Gpu]) -> RenderableType:
    """One line a GPU; `~` marks a number that is estimated."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for title in ("id", "name"):
        table.add_column(title, no_wrap=True)
    for title in ("sm_", "SMs", "MHz", "W", "GB/s", "~"):
        table.add_column(title, justify="right", no_wrap=True)
    for gpu in gpus:
        table.add_row(*_row(gpu))
    note = Text(
        "MHz: base-boost clock. W: idle/limit. GB/s: DRAM bandwidth. ~ before a number: estimated, "
        "no source gives it; the last column counts such fields among all. "
        "`ptxenergy gpus ID` shows each field with its source.",
        style="dim",
    )
    return Group(table, "", note)


def show_gpu(gpu: Gpu) -> RenderableType:
    """Every field of one GPU with its value, `~` where estimated, and the number of its source."""
    numbers = {text: n for n, text in enumerate(dict.fromkeys(_source_texts(gpu)), start=1)}
    fields = grid("left", "right", "right")
    fields.columns[0].no_wrap = True
    for name, source in gpu.sources.items():
        mark = "~" if source.estimated else ""
        fields.add_row(name, mark + _shown(_value(gpu, name)), f"[{numbers[source.text]}]")
    sources = grid("right", "left")
    for text, number in numbers.items():
        sources.add_row(f"[{number}]", Text(text, style="dim"))
    title = Text.assemble(
        (f"{gpu.id}: {gpu.name}", "bold"), f", compute capability {_capability(gpu)}"
    )
    return Group(title, "", fields, "", Text("~ estimated: no source gives it"), "", sources)


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


def _source_texts(gpu: Gpu) -> Iterator[str]:
    for source in gpu.sources.values():
        yield source.text


def _row(gpu: Gpu) -> tuple[str, ...]:
    estimated = sum(source.estimated for source in gpu.sources.values())
    base, boost = _marked(gpu, "clock_base_mhz"), _marked(gpu, "clock_boost_mhz")
    return (
        gpu.id,
        _WITHOUT_BRAND.sub("", gpu.name),
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
    return f"{value:.10g}" if isinstance(value, float) else str(value)
