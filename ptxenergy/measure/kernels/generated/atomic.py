"""Atomics on global memory by contention; dynamic shared memory that is only reserved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.generated.numbers import high_half
from ptxenergy.measure.kernels.generated.unit import (
    Parameter,
    State,
    Threads,
    Unit,
    start_word,
    start_word_text,
)
from ptxenergy.measure.kernels.kernel import Array, Data, Size

U = np.uint32
_CALLS = {"block": "__syncthreads();", "warp": "__syncwarp();", "fence": "__threadfence();"}
_TURN, _BACK = np.float32(0.3), np.float32(-0.3)


@dataclass(frozen=True)
class GlobalAtomic(Unit):
    """Atomics on global memory: 2^`sharing` threads in a row meet at one of 2^`words_log2` words.

    `add`: integer; `add_f32`: whole numbers, so that their order does not matter; `cas`: a
    compare-and-swap that never finds what it compares with, and so gives back what was there.
    """

    operation: str = "add"

    @property
    def kind(self) -> str:
        return f"global_atomic_{self.operation}"

    def parameters(self) -> tuple[Parameter, ...]:
        kind = "float*" if self.operation == "add_f32" else "unsigned*"
        return (
            Parameter(self.named("sharing")),
            Parameter(self.named("words_log2")),
            Parameter(self.named("cells"), kind, self._make),
        )

    def variants(self) -> tuple[Size, ...]:
        chosen = ((0, 16), (5, 16), (2, 12), (0, 22), (10, 8))
        return tuple(
            {self.named("sharing"): sharing, self.named("words_log2"): log2}
            for sharing, log2 in chosen
        )

    def declare(self) -> str:
        mask = "const unsigned mask@ = (1u << words_log2@) - 1u;"
        return self.write(f"{mask}\nunsigned h@ = {start_word_text(5)};")

    def body(self) -> str:
        text = {
            "add": "atomicAdd(cells@ + k, h@ >> 24);",
            "add_f32": "atomicAdd(cells@ + k, (float)(h@ >> 24));",
            "cas": "h@ ^= atomicCAS(cells@ + k, 0xffffffffu, h@);",
        }[self.operation]
        place = "const unsigned k = ((i >> sharing@) + t * 97u) & mask@;"
        step = "h@ = h@ * 1664525u + 1013904223u;"
        return self.write(f"{{ {place} {step} if (i < n) {{ {text} }} }}")

    def fold(self) -> str:
        return self.write("high_half(h@)")

    def begin(self, threads: Threads) -> State:
        return {"h": start_word(threads.seed, 5)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        sharing, log2 = (threads.size[self.named(name)] for name in ("sharing", "words_log2"))
        place = ((threads.index >> U(sharing)) + U(trip * 97)) & U((1 << log2) - 1)
        h = state["h"] = state["h"] * U(1664525) + U(1013904223)
        cells, real = threads.buffers[self.named("cells")], threads.is_real
        if self.operation == "cas":
            state["h"] = np.where(real, h ^ cells[place], h)
        else:
            np.add.at(cells, place[real], (h[real] >> U(24)).astype(cells.dtype))

    def result(self, threads: Threads, state: State) -> Array:
        return high_half(state["h"])

    def cycles(self, size: Size) -> float:
        return 16.0 + 4.0 * min(32, 1 << size[self.named("sharing")])

    def latency(self, size: Size) -> float:
        return 500.0 if self.operation == "cas" else 60.0

    def _make(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        count = 1 << size[self.named("words_log2")]
        if self.operation == "cas":
            return (bits(xp, count, data, stream) >> xp.uint64(40)).astype(xp.uint32)
        return xp.zeros(count, dtype=xp.float32 if self.operation == "add_f32" else xp.uint32)


@dataclass(frozen=True)
class Reserve(Unit):
    """No work: dynamic shared memory that keeps blocks away, so that occupancy is set at will."""

    @property
    def kind(self) -> str:
        return "reserve"

    def parameters(self) -> tuple[Parameter, ...]:
        return ()

    def variants(self) -> tuple[Size, ...]:
        sizes = (16_384, 0, 65_536, 32_768, 196_608)
        return tuple({self.named("reserved_bytes"): value} for value in sizes)

    def declare(self) -> str:
        return ""

    def body(self) -> str:
        return ""

    def fold(self) -> str:
        return "0.0f"

    def begin(self, threads: Threads) -> State:
        return {}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        return

    def result(self, threads: Threads, state: State) -> Array:
        return np.zeros(threads.seed.size, np.float32)

    def cycles(self, size: Size) -> float:
        return 0.0

    def latency(self, size: Size) -> float:
        return 0.0
