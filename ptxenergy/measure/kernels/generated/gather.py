"""Global memory out of order: gathers, and chases where each load says where the next one goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits, uniform
from ptxenergy.measure.kernels.generated.numbers import fma32, high_half
from ptxenergy.measure.kernels.generated.unit import (
    WARP,
    Parameter,
    State,
    Threads,
    Unit,
    start_word,
    start_word_text,
)
from ptxenergy.measure.kernels.kernel import Array, Data, Pin, Size

U = np.uint32
_TYPES = {1: "float", 2: "float2", 4: "float4"}
_L1_LOG2, _L2_LOG2, _HBM_LOG2 = 12, 22, 28
_CHECK_LOG2 = 8
_SECTOR_BYTES = 32


@dataclass(frozen=True)
class Gather(Unit):
    """Loads from anywhere: at a hash of the thread (`hash`), or where a table of indices says
    (`index`)."""

    by: str = "hash"

    @property
    def kind(self) -> str:
        return f"global_gather_{self.by}"

    def parameters(self) -> tuple[Parameter, ...]:
        found = [
            Parameter(self.named("footprint_log2")),
            Parameter(self.named("from"), "const float*", self._make),
        ]
        if self.by == "index":
            found.append(Parameter(self.named("where"), "const unsigned*", self._make_index))
        return tuple(found)

    def variants(self) -> tuple[Size, ...]:
        name = self.named("footprint_log2")
        return ({name: _L2_LOG2}, {name: 26}, {name: _L1_LOG2}, {name: 18})

    def declare(self) -> str:
        mask = "const unsigned mask@ = (1u << footprint_log2@) - 1u;"
        return self.write(f"{mask}\nunsigned h@ = {start_word_text(3)};\nfloat x@ = seed;")

    def body(self) -> str:
        if self.by == "hash":
            line = (
                "h@ = h@ * 1664525u + 1013904223u; x@ = fmaf(x@, 0.5f, from@[(h@ >> 4) & mask@]);"
            )
            return self.write("\n".join([line] * self.repeats))
        return self.write(
            "{ const unsigned k = where@[(i + t * n) & (mask@ >> 2)];\n"
            "x@ = fmaf(x@, 0.5f, from@[k]); } // pin: gather@"
        )

    def fold(self) -> str:
        return self.write("x@")

    def begin(self, threads: Threads) -> State:
        return {"x": threads.seed.copy(), "h": start_word(threads.seed, 3)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        table = threads.buffers[self.named("from")]
        for _ in range(self.repeats if self.by == "hash" else 1):
            state["x"] = fma32(state["x"], 0.5, table[self._next(threads, state, trip)])

    def result(self, threads: Threads, state: State) -> Array:
        return state["x"]

    def cycles(self, size: Size) -> float:
        log2 = size[self.named("footprint_log2")]
        rate = 60.0 if log2 <= 14 else 30.0 if log2 <= 23 else 12.0
        return self.repeats * WARP * _SECTOR_BYTES / rate

    def latency(self, size: Size) -> float:
        return self.repeats * (60.0 if size[self.named("footprint_log2")] <= 14 else 500.0)

    def steering(self) -> tuple[str, ...]:
        return (self.named("where"),) if self.by == "index" else ()

    def pins(self, size: Size, threads: Threads) -> tuple[Pin, ...]:
        if self.by == "hash":
            return ()
        where = threads.buffers[self.named("where")]
        rows = where[: where.size // WARP * WARP][: 4096 * WARP].reshape(-1, WARP)
        sectors = np.sort(rows // (_SECTOR_BYTES // 4), axis=1)
        distinct = 1 + (np.diff(sectors, axis=1) != 0).sum(axis=1)
        return (Pin(self.named("gather"), "access", float(distinct.mean())),)

    def _next(self, threads: Threads, state: State, trip: int) -> Array:
        mask = U((1 << threads.size[self.named("footprint_log2")]) - 1)
        if self.by == "hash":
            state["h"] = state["h"] * U(1664525) + U(1013904223)
            return (state["h"] >> U(4)) & mask
        where = threads.buffers[self.named("where")]
        at = (threads.index + U(trip * threads.n & 0xFFFFFFFF)) & (mask >> U(2))
        return np.asarray(where[at])

    def _make(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        return uniform(xp, (1 << size[self.named("footprint_log2")],), xp.float32, data, stream)

    def _make_index(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        count = 1 << size[self.named("footprint_log2")]
        where = bits(xp, count // 4, data, stream) % xp.uint64(count)
        return where.astype(xp.uint32)


@dataclass(frozen=True)
class Chase(Unit):
    """Each load says where the next one goes: latency of a memory, by footprint."""

    @property
    def kind(self) -> str:
        return "global_chase"

    def parameters(self) -> tuple[Parameter, ...]:
        return (
            Parameter(self.named("footprint_log2")),
            Parameter(self.named("next"), "const unsigned*", self._make),
        )

    def variants(self) -> tuple[Size, ...]:
        name = self.named("footprint_log2")
        return ({name: _L2_LOG2}, {name: 26}, {name: _L1_LOG2})

    def declare(self) -> str:
        mask = "((1u << footprint_log2@) - 1u)"
        starts = [f"unsigned k@_{c} = {start_word_text(c)} & {mask};" for c in range(self.ilp)]
        return self.write("\n".join(starts))

    def body(self) -> str:
        line = "k@_{c} = next@[k@_{c}]; // pin: chase@"
        return self.write("\n".join(line.format(c=c) for c in range(self.ilp)))

    def fold(self) -> str:
        return self.write(" + ".join(f"high_half(k@_{c} << 4)" for c in range(self.ilp)))

    def begin(self, threads: Threads) -> State:
        mask = U((1 << threads.size[self.named("footprint_log2")]) - 1)
        return {f"k{c}": start_word(threads.seed, c) & mask for c in range(self.ilp)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        following = threads.buffers[self.named("next")]
        for c in range(self.ilp):
            state[f"k{c}"] = following[state[f"k{c}"]]

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for c in range(self.ilp):
            total = total + high_half(state[f"k{c}"] << U(4))
        return total

    def cycles(self, size: Size) -> float:
        rate = 30.0 if size[self.named("footprint_log2")] <= 23 else 12.0
        return self.ilp * WARP * _SECTOR_BYTES / rate

    def latency(self, size: Size) -> float:
        return 40.0 if size[self.named("footprint_log2")] <= 14 else 700.0

    def steering(self) -> tuple[str, ...]:
        return (self.named("next"),)

    def pins(self, size: Size, threads: Threads) -> tuple[Pin, ...]:
        sample = Threads(threads.n, threads.seed[: 1024 * WARP], size, threads.buffers)
        state, sectors = self.begin(sample), []
        for trip in range(3):
            rows = np.sort(state["k0"].reshape(-1, WARP) // (_SECTOR_BYTES // 4), axis=1)
            sectors.append(float((1 + (np.diff(rows, axis=1) != 0).sum(axis=1)).mean()))
            self.step(sample, state, trip)
        return (Pin(self.named("chase"), "access", float(np.mean(sectors))),)

    def _make(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        """One cycle through everything: a full-period congruential generator's next value."""
        count = 1 << size[self.named("footprint_log2")]
        place = xp.arange(count, dtype=xp.uint32)
        return (place * xp.uint32(1664525) + xp.uint32(1013904223)) & xp.uint32(count - 1)
