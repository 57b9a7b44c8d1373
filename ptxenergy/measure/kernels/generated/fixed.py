"""Constant and local memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ptxenergy.measure.kernels.generated.numbers import fma32, high_half
from ptxenergy.measure.kernels.generated.unit import (
    Parameter,
    State,
    Threads,
    Unit,
    start_word,
    start_word_text,
)
from ptxenergy.measure.kernels.kernel import Array, Size

U = np.uint32
_TYPES = {1: "float", 2: "float2", 4: "float4"}
_L1_LOG2, _L2_LOG2, _HBM_LOG2 = 12, 22, 28
_CHECK_LOG2 = 8
_SECTOR_BYTES = 32


@dataclass(frozen=True)
class Constant(Unit):
    """Loads from constant memory: all lanes the same word, or `apart` words from lane to lane."""

    @property
    def kind(self) -> str:
        return "constant"

    def file_scope(self) -> str:
        values = ", ".join(f"{value:.9g}f" for value in _constants())
        return self.write(f"__constant__ float fixed@[{_CONSTANTS}] = {{{values}}};")

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("apart")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("apart"): value} for value in (1, 0, 3))

    def declare(self) -> str:
        return self.write("float x@ = seed;")

    def body(self) -> str:
        line = (
            f"x@ = fmaf(x@, 0.5f, fixed@[(t * 3u + {{r}}u + lane * apart@) & {_CONSTANTS - 1}u]);"
        )
        return self.write("\n".join(line.format(r=5 * r) for r in range(self.repeats)))

    def fold(self) -> str:
        return self.write("x@")

    def begin(self, threads: Threads) -> State:
        return {"x": threads.seed.copy()}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        apart = U(threads.size[self.named("apart")])
        for repeat in range(self.repeats):
            at = (U(trip * 3 + 5 * repeat) + threads.lane * apart) & U(_CONSTANTS - 1)
            state["x"] = fma32(state["x"], 0.5, _constants()[at])

    def result(self, threads: Threads, state: State) -> Array:
        return state["x"]

    def cycles(self, size: Size) -> float:
        return self.repeats * (1.0 if size[self.named("apart")] == 0 else 32.0)

    def latency(self, size: Size) -> float:
        return 12.0 * self.repeats + self.cycles(size)


@dataclass(frozen=True)
class Local(Unit):
    """A small array of each thread's own, at places known only at run time: local memory."""

    words: int = 16

    @property
    def kind(self) -> str:
        return f"local_{self.words}"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("hop")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("hop"): value} for value in (1, 3, 5))

    def declare(self) -> str:
        return self.write(f"""\
unsigned own@[{self.words}];
for (unsigned j = 0; j < {self.words}u; ++j) own@[j] = {start_word_text(0)} + j * 2654435761u;
unsigned x@ = own@[0];""")

    def body(self) -> str:
        line = (
            f"x@ = x@ * 69069u + own@[(t * hop@ + {{r}}u) & {self.words - 1}u];\n"
            f"own@[(t * hop@ + {{r}}u + 7u) & {self.words - 1}u] = x@;"
        )
        return self.write("\n".join(line.format(r=3 * r) for r in range(self.repeats)))

    def fold(self) -> str:
        return self.write("high_half(x@)")

    def begin(self, threads: Threads) -> State:
        first = start_word(threads.seed, 0)
        state = {f"own{j}": first + U(j * 2654435761 & 0xFFFFFFFF) for j in range(self.words)}
        return state | {"x": first}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        hop = threads.size[self.named("hop")]
        for repeat in range(self.repeats):
            at = trip * hop + 3 * repeat
            read, written = at & (self.words - 1), (at + 7) & (self.words - 1)
            state["x"] = state["x"] * U(69069) + state[f"own{read}"]
            state[f"own{written}"] = state["x"]

    def result(self, threads: Threads, state: State) -> Array:
        return high_half(state["x"])

    def cycles(self, size: Size) -> float:
        return 4.0 * self.repeats

    def latency(self, size: Size) -> float:
        return 40.0 * self.repeats


_CONSTANTS = 256


def _constants() -> Array:
    return high_half(np.arange(_CONSTANTS, dtype=U) * U(2654435761) + U(0x51ED270B))
