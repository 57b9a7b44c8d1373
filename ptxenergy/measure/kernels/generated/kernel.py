"""A kernel made of units: its CUDA text, its arguments, its sizes, and its result by emulation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.generated import floating, hopper
from ptxenergy.measure.kernels.generated.unit import WARP, Parameter, Threads, Unit
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size

SMS, CLOCK_HZ = 132, 1.7e9
"""Of an H200, roughly: sizes aim at times, and need no more."""

# Threads and the time aimed at. None is a power of two: the last block is ragged.
AIMS = ((67_000, 60e-6), (4_221, 9e-6), (1_081_000, 1.2e-3), (270_300, 250e-6), (33_790, 4e-3))
BLOCKS = tuple(
    Extent(x, y)
    for x, y in (
        (256, 1), (128, 1), (512, 1), (1024, 1), (64, 1), (32, 8), (16, 16), (8, 32), (32, 4),
        (64, 4), (32, 32), (32, 1), (96, 1), (384, 1), (640, 1),
    )
)  # fmt: skip
_CHECK_THREADS, _CHECK_TRIPS, _CHECK_LOG2 = 1000, 5, 10
_PIN_THREADS = 65_536
_LONG_CHECK = {"footprint_log2": _CHECK_LOG2, "words_log2": 6, "stride": 3}

_HELPERS = """\
__device__ __forceinline__ float high_half(unsigned word) {
    return (float)(word >> 16) * 1.52587890625e-05f;
}
"""
_FUNCTION = re.compile(r"(?ms)^__device__ .*?^}\n")


class GeneratedKernel(Kernel):
    """output[i] ← what the units make of input[i] in `trips` trips, for n threads.

    Sizes hold `threads`, `trips` and the units' scalar parameters.
    """

    is_generated = True

    def __init__(self, name: str, units: tuple[Unit, ...], family: str) -> None:
        self.name = self.entry = name
        self.family = f"generated:{family}"
        self.units = units
        multiple = max(unit.block_multiple for unit in units)
        self.blocks = tuple(block for block in BLOCKS if block.volume % multiple == 0)
        self.architecture = max(unit.architecture for unit in units)
        self.sizes = self._sizes()
        self.check_size = self._check_size()
        self.tolerance = max(unit.tolerance() for unit in units)

    def source(self, folder: Path) -> str:
        """The CUDA text; no file holds it."""
        body = self._text()
        helpers = _HELPERS + floating.PRELUDE + hopper.PRELUDE
        used: list[str] = []
        for function in reversed(_FUNCTION.findall(helpers)):
            name = re.search(r"(\w+)\(", function.replace("__forceinline__", ""))
            if name and re.search(rf"\b{name[1]}\(", body + "".join(used)):
                used.insert(0, function)
        return "".join([*used, body])

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        threads = size["threads"]
        x = uniform(xp, (threads,), xp.float32, data)
        found: list[Any] = [x, xp.zeros(threads, dtype=xp.float32)]
        found += [np.uint32(threads), np.uint32(size["trips"])]
        for stream, parameter in enumerate(self._parameters(), start=1):
            if parameter.make is None:
                found.append(np.uint32(size[parameter.name]))
            else:
                found.append(parameter.make(xp, size, data, stream))
        return tuple(found)

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(-(-size["threads"] // block.volume))

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        words = sum(unit.shared_words_at(size) for unit in self.units)
        warps = -(-block.volume // WARP)
        return 4 * words * warps + size.get("reserved_bytes", 0)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        threads = self._threads(size, arguments)
        states = [unit.begin(threads) for unit in self.units]
        for trip in range(size["trips"]):
            for unit, state in zip(self.units, states, strict=True):
                unit.step(threads, state, trip)
        total = np.zeros(threads.seed.size, np.float32)
        for unit, state in zip(self.units, states, strict=True):
            total = total + unit.result(threads, state)
        changed = {
            index: threads.buffers[parameter.name]
            for index, parameter in enumerate(self._parameters(), start=4)
            if parameter.make is not None and not parameter.c_type.startswith("const")
        }
        return {1: total[: size["threads"]]} | changed

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        threads = self._threads(size, arguments)
        return tuple(pin for unit in self.units for pin in unit.pins(size, threads))

    def pins_at(self, size: Size, data: Data) -> tuple[Pin, ...]:
        """`pins` without making the buffers that steer nothing."""
        seed = uniform(np, (min(size["threads"], _PIN_THREADS),), np.float32, data)
        names = {name for unit in self.units for name in unit.steering()}
        buffers = {
            parameter.name: np.asarray(parameter.make(np, size, data, stream))
            for stream, parameter in enumerate(self._parameters(), start=1)
            if parameter.make is not None and parameter.name in names
        }
        threads = Threads(size["threads"], seed[: seed.size // WARP * WARP], size, buffers)
        return tuple(pin for unit in self.units for pin in unit.pins(size, threads))

    def estimated_time_s(self, size: Size, block: Extent) -> float:
        """Roughly, how long a launch takes: its busiest pipe, or its latency, or the launch."""
        blocks = self.grid(size, block).volume
        on_busiest = -(-blocks // SMS) * (block.volume / WARP)
        cycles = sum(unit.cycles(size) for unit in self.units) + 0.75
        latency = sum(unit.latency(size) for unit in self.units) + 8.0
        resident = min(64.0, on_busiest)
        one_trip = max(on_busiest * cycles, latency * on_busiest / resident)
        return 2.5e-6 + size["trips"] * one_trip / CLOCK_HZ

    def size_for(self, time_s: float, threads: int, extra: Size) -> Size:
        """Trips, at least one, so that a launch of so many threads takes about `time_s`."""
        base = {"threads": threads, "trips": 1, **extra}
        per_trip = self.estimated_time_s(base, Extent(256)) - 2.5e-6
        return base | {"trips": max(1, round((time_s - 2.5e-6) / per_trip))}

    def _sizes(self) -> tuple[Size, ...]:
        extras = self._variants()
        count = len(AIMS) if len(extras) == 1 else max(6, min(10, 2 * len(extras)))
        found = []
        for index in range(count):
            threads, time_s = AIMS[(2 * index + index // len(AIMS)) % len(AIMS)]
            size = self.size_for(time_s, threads, extras[index % len(extras)])
            found.append({**size, "trips": max(3, size["trips"])})
        return tuple(found)

    def _check_size(self) -> Size:
        extra = dict(self._variants()[0])
        for name in extra:
            for start, small in _LONG_CHECK.items():
                if name.startswith(start):
                    extra[name] = small
        return {"threads": _CHECK_THREADS, "trips": _CHECK_TRIPS, **extra}

    def _variants(self) -> list[dict[str, int]]:
        """The units' variants side by side, as long as the longest list of them."""
        lists = [unit.variants() for unit in self.units]
        return [
            {name: value for each in lists for name, value in each[index % len(each)].items()}
            for index in range(max(map(len, lists)))
        ]

    def _parameters(self) -> list[Parameter]:
        return [parameter for unit in self.units for parameter in unit.parameters()]

    def _threads(self, size: Size, arguments: tuple[Argument, ...]) -> Threads:
        """The threads in whole warps; buffers that the kernel writes are copied."""
        padding = -size["threads"] % WARP
        seed = np.concatenate([np.asarray(arguments[0]), np.full(padding, 0.5, np.float32)])
        buffers = {}
        for index, parameter in enumerate(self._parameters(), start=4):
            if parameter.make is not None:
                is_read = parameter.c_type.startswith("const")
                value = np.asarray(arguments[index])
                buffers[parameter.name] = value if is_read else value.copy()
        return Threads(size["threads"], seed.astype(np.float32), size, buffers)

    def _text(self) -> str:
        common = ["const float* __restrict__ input", "float* __restrict__ output", "unsigned n"]
        rest = [f"{p.c_type.replace('*', '* __restrict__')} {p.name}" for p in self._parameters()]
        parameters = ",\n    ".join([*common, "unsigned trips", *rest])
        scope = "\n".join(filter(None, (unit.file_scope() for unit in self.units)))
        bodies = "\n".join(filter(None, (unit.body() for unit in self.units)))
        starts = "\n".join(filter(None, [self._pools(), *(u.declare() for u in self.units)]))
        folds = " + ".join(unit.fold() for unit in self.units)
        places = {"lane": "tid & 31u", "warp": "tid >> 5"}
        lane = "".join(
            f"const unsigned {name} = {value};\n"
            for name, value in places.items()
            if re.search(rf"\b{name}\b", bodies + starts)
        )
        scope += "\n" if scope else ""
        return f"""{scope}\
extern "C" __global__ void {self.entry}(
    {parameters})
{{
    const unsigned block_threads = blockDim.x * blockDim.y * blockDim.z;
    const unsigned tid = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    const unsigned i = blockIdx.x * block_threads + tid;
{_indented(lane, 4)}\
    const float seed = i < n ? input[i] : 0.5f;
{_indented(starts, 4)}
#pragma unroll 1
    for (unsigned t = 0; t < trips; ++t) {{
{_indented(bodies, 8)}
    }}
    if (i < n) output[i] = {folds};
}}
"""

    def _pools(self) -> str:
        """Where each unit's part of the dynamic shared memory begins, for this warp."""
        users = [unit for unit in self.units if unit.shared_words()]
        if not users:
            return ""
        words = [unit.shared_words() for unit in users]
        lines = ["extern __shared__ __align__(16) unsigned pool_of_block[];"]
        for place, unit in enumerate(users):
            before = " + ".join([f"warp * ({' + '.join(words)})", *words[:place]])
            lines.append(f"unsigned* const pool{unit.tag} = pool_of_block + {before};")
        return "\n".join(lines)


def _indented(text: str, spaces: int) -> str:
    lines = (line if line.startswith("#") else " " * spaces + line for line in text.splitlines())
    return "\n".join(lines) + ("\n" if text.endswith("\n") else "")
