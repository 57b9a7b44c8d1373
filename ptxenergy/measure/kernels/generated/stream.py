"""Global memory in order: reads, writes and copies, by width, stride and footprint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.generated.numbers import fma32
from ptxenergy.measure.kernels.generated.unit import (
    WARP,
    Parameter,
    State,
    Threads,
    Unit,
)
from ptxenergy.measure.kernels.kernel import Array, Data, Size

U = np.uint32
_TYPES = {1: "float", 2: "float2", 4: "float4"}
_L1_LOG2, _L2_LOG2, _HBM_LOG2 = 12, 22, 28
_CHECK_LOG2 = 8
_SECTOR_BYTES = 32


@dataclass(frozen=True)
class Stream(Unit):
    """Walks over 2^`footprint_log2` floats by read, write or copy; lanes `stride` elements apart.

    16 KiB stay in L1, 16 MiB in L2, 1 GiB comes from HBM. `cache` is a load's cache operator.
    """

    mode: str = "read"
    width: int = 1
    cache: str = ""

    @property
    def kind(self) -> str:
        return f"global_{self.mode}_w{self.width}" + (f"_{self.cache}" if self.cache else "")

    def parameters(self) -> tuple[Parameter, ...]:
        kind = _TYPES[self.width]
        found = [Parameter(self.named("footprint_log2")), Parameter(self.named("stride"))]
        if self.mode != "write":
            found.append(Parameter(self.named("from"), f"const {kind}*", self._make))
        if self.mode != "read":
            found.append(Parameter(self.named("to"), f"{kind}*", self._make_zeros))
        return tuple(found)

    def variants(self) -> tuple[Size, ...]:
        chosen = (
            (_HBM_LOG2, 1), (_L2_LOG2, 1), (_L1_LOG2, 1), (_HBM_LOG2, 8), (_L2_LOG2, 2),
            (_L2_LOG2, 32), (_HBM_LOG2, 3), (_L1_LOG2, 4), (_HBM_LOG2, 32), (_L2_LOG2, 16),
        )  # fmt: skip
        return tuple(
            {self.named("footprint_log2"): log2, self.named("stride"): stride}
            for log2, stride in chosen
        )

    def declare(self) -> str:
        shift = {1: 0, 2: 1, 4: 2}[self.width]
        return self.write(
            f"const unsigned mask@ = (1u << (footprint_log2@ - {shift}u)) - 1u;\nfloat x@ = seed;"
        )

    def body(self) -> str:
        return self.write("\n".join(self._access(repeat) for repeat in range(self.repeats)))

    def fold(self) -> str:
        return self.write("x@")

    def begin(self, threads: Threads) -> State:
        return {"x": threads.seed.copy()}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        for repeat in range(self.repeats):
            at = self._at(threads, trip, repeat)
            if self.mode == "read":
                rows = threads.buffers[self.named("from")].reshape(-1, self.width)
                for part in range(self.width):
                    state["x"] = fma32(state["x"], 0.5, rows[at, part])
                continue
            real = at[threads.is_real]
            to = threads.buffers[self.named("to")].reshape(-1, self.width)
            if self.mode == "copy":
                to[real] = threads.buffers[self.named("from")].reshape(-1, self.width)[real]
            else:
                value = _made(real)
                for part in range(self.width):
                    to[real, part] = value + np.float32(part)

    def result(self, threads: Threads, state: State) -> Array:
        return state["x"]

    def cycles(self, size: Size) -> float:
        log2, stride = (size[self.named(name)] for name in ("footprint_log2", "stride"))
        bytes_ = WARP * 4 * self.width * min(stride, 8 // self.width)
        rate = 100.0 if log2 <= 14 else 40.0 if log2 <= 23 else 14.0
        ways = 2 if self.mode == "copy" else 1
        return self.repeats * ways * (bytes_ / rate + 1.0)

    def latency(self, size: Size) -> float:
        log2 = size[self.named("footprint_log2")]
        return 40.0 if log2 <= 14 else 280.0 if log2 <= 23 else 650.0

    def _access(self, repeat: int) -> str:
        parts = [""] if self.width == 1 else [f".{part}" for part in "xyzw"[: self.width]]
        at = f"const unsigned k = ((i + (t * {self.repeats}u + {repeat}u) * n) * stride@) & mask@;"
        if self.mode == "read":
            load = f"__ld{self.cache}(from@ + k)" if self.cache else "from@[k]"
            uses = " ".join(f"x@ = fmaf(x@, 0.5f, v{part});" for part in parts)
            return f"{{ {at} const {_TYPES[self.width]} v = {load}; {uses} }}"
        if self.mode == "copy":
            return f"{{ {at} if (i < n) to@[k] = from@[k]; }}"
        made = "__uint_as_float((k & 0x7fffffu) | 0x3f800000u)"
        if self.width == 1:
            return f"{{ {at} if (i < n) to@[k] = {made}; }}"
        sums = ", ".join(f"w + {part}.0f" for part in range(self.width))
        value = f"make_float{self.width}({sums})"
        return f"{{ {at} const float w = {made}; if (i < n) to@[k] = {value}; }}"

    def _at(self, threads: Threads, trip: int, repeat: int) -> Array:
        elements = (1 << threads.size[self.named("footprint_log2")]) // self.width
        moved = threads.index + U((trip * self.repeats + repeat) * threads.n & 0xFFFFFFFF)
        return (moved * U(threads.size[self.named("stride")])) & U(elements - 1)

    def _make(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        return uniform(xp, (1 << size[self.named("footprint_log2")],), xp.float32, data, stream)

    def _make_zeros(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        return xp.zeros(1 << size[self.named("footprint_log2")], dtype=xp.float32)


def _made(at: Array) -> Array:
    """What is written at an element: a float in [1, 2) made of the element's own number."""
    return ((at & U(0x7FFFFF)) | U(0x3F800000)).view(np.float32)
