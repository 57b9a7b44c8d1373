"""Inner loops whose length differs: by lane, by data, and by how much work a load is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.generated.numbers import fma32
from ptxenergy.measure.kernels.generated.unit import (
    Parameter,
    State,
    Threads,
    Unit,
)
from ptxenergy.measure.kernels.kernel import Array, Data, Pin, Size
from ptxenergy.measure.kernels.trips import trip_pin

U = np.uint32
_CALLS = {"block": "__syncthreads();", "warp": "__syncwarp();", "fence": "__threadfence();"}
_TURN, _BACK = np.float32(0.3), np.float32(-0.3)


@dataclass(frozen=True)
class LaneLoop(Unit):
    """An inner loop that lane l goes round 1 + (l mod `depth`) times."""

    @property
    def kind(self) -> str:
        return "loop_by_lane"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("depth")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("depth"): value} for value in (4, 1, 32, 9))

    def declare(self) -> str:
        return self.write("float x@ = seed, y@ = seed * 0.6f;")

    def body(self) -> str:
        return self.write("""\
#pragma unroll 1
for (unsigned j = 0; j < 1u + lane % depth@; ++j) {
    x@ = fmaf(-0.3f, y@, x@); y@ = fmaf(0.3f, x@, y@);
}""")

    def fold(self) -> str:
        return self.write("(x@ + y@)")

    def begin(self, threads: Threads) -> State:
        return {"x": threads.seed.copy(), "y": threads.seed * np.float32(0.6)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        _turn_times(state, 1 + threads.lane % U(threads.size[self.named("depth")]))

    def result(self, threads: Threads, state: State) -> Array:
        return (state["x"] + state["y"]).astype(np.float32)

    def cycles(self, size: Size) -> float:
        return 1.5 * size[self.named("depth")] + 6

    def latency(self, size: Size) -> float:
        return 16.0 * size[self.named("depth")] + 40

    def tolerance(self) -> float:
        return 1e-4


@dataclass(frozen=True)
class DataLoop(LaneLoop):
    """An inner loop that goes round as often as a table says: 1 to `depth` times."""

    @property
    def kind(self) -> str:
        return "loop_by_data"

    def parameters(self) -> tuple[Parameter, ...]:
        return (
            Parameter(self.named("depth")),
            Parameter(self.named("rounds"), "const unsigned*", self._make),
        )

    def body(self) -> str:
        return self.write("""\
const unsigned count@ = rounds@[(i + t * 32u) & 65535u];
unsigned j@ = 0;
#pragma unroll 1
do {
    x@ = fmaf(-0.3f, y@, x@); y@ = fmaf(0.3f, x@, y@);
} while (++j@ < count@); // pin: loop@""")

    def step(self, threads: Threads, state: State, trip: int) -> None:
        rounds = threads.buffers[self.named("rounds")]
        _turn_times(state, rounds[(threads.index + U(trip * 32)) & U(65535)])

    def steering(self) -> tuple[str, ...]:
        return (self.named("rounds"),)

    def pins(self, size: Size, threads: Threads) -> tuple[Pin, ...]:
        return (trip_pin(self.named("loop"), threads.buffers[self.named("rounds")]),)

    def _make(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        depth = size[self.named("depth")]
        return integers(xp, (65536,), (1, depth + 1), xp.uint32, data, stream)


@dataclass(frozen=True)
class Intensity(Unit):
    """A 16-byte load, then `rounds` times eight flops a float on it: arithmetic intensity at will.

    `rounds` of 0 to 50 are 0.1 to 100 flops a byte.
    """

    @property
    def kind(self) -> str:
        return "intensity"

    def parameters(self) -> tuple[Parameter, ...]:
        return (
            Parameter(self.named("rounds")),
            Parameter(self.named("footprint_log2")),
            Parameter(self.named("from"), "const float4*", self._make),
        )

    def variants(self) -> tuple[Size, ...]:
        chosen = ((2, 26), (0, 26), (50, 26), (10, 22), (1, 22), (5, 26), (25, 22))
        return tuple(
            {self.named("rounds"): rounds, self.named("footprint_log2"): log2}
            for rounds, log2 in chosen
        )

    def declare(self) -> str:
        return self.write(
            "float x@ = seed, y@ = seed;\nconst unsigned mask@ = (1u << footprint_log2@) - 1u;"
        )

    def body(self) -> str:
        turn = "v.x = fmaf(-0.3f, v.y, v.x); v.y = fmaf(0.3f, v.x, v.y);"
        pair = f"{turn} {turn.replace('v.x', 'v.z').replace('v.y', 'v.w')}"
        return self.write(f"""\
{{ float4 v = from@[(i + t * n) & mask@];
#pragma unroll 1
for (unsigned j = 0; j < rounds@; ++j) {{
    {" ".join([pair] * 4)}
}}
x@ = fmaf(x@, 0.5f, v.x + v.z); y@ = fmaf(y@, 0.5f, v.y + v.w); }}""")

    def fold(self) -> str:
        return self.write("(x@ + y@)")

    def begin(self, threads: Threads) -> State:
        return {"x": threads.seed.copy(), "y": threads.seed.copy()}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        mask = U((1 << threads.size[self.named("footprint_log2")]) - 1)
        rows = threads.buffers[self.named("from")].reshape(-1, 4)
        at = (threads.index + U(trip * threads.n & 0xFFFFFFFF)) & mask
        x, y, z, w = (rows[at, part] for part in range(4))
        for _ in range(4 * threads.size[self.named("rounds")]):
            x, z = fma32(_BACK, y, x), fma32(_BACK, w, z)
            y, w = fma32(_TURN, x, y), fma32(_TURN, z, w)
        state["x"] = fma32(state["x"], 0.5, x + z)
        state["y"] = fma32(state["y"], 0.5, y + w)

    def result(self, threads: Threads, state: State) -> Array:
        return (state["x"] + state["y"]).astype(np.float32)

    def cycles(self, size: Size) -> float:
        rate = 40.0 if size[self.named("footprint_log2")] < 23 else 14.0
        return max(512 / rate, 5.0 * size[self.named("rounds")])

    def latency(self, size: Size) -> float:
        return 600.0 + 40 * size[self.named("rounds")]

    def tolerance(self) -> float:
        return 1e-4

    def _make(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        return uniform(xp, (4 << size[self.named("footprint_log2")],), xp.float32, data, stream)


def _turn_times(state: State, times: Array) -> None:
    """Rotate each thread's x, y as often as `times` says."""
    for done in range(int(times.max())):
        goes = times > done
        x = np.where(goes, fma32(_BACK, state["y"], state["x"]), state["x"])
        state["y"] = np.where(goes, fma32(_TURN, x, state["y"]), state["y"])
        state["x"] = x
