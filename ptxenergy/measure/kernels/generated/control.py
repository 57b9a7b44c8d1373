"""Barriers and fences, divergence by lane and by data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ptxenergy.measure.kernels.generated.floating import Rotation
from ptxenergy.measure.kernels.generated.numbers import fma32, high_half
from ptxenergy.measure.kernels.generated.unit import (
    Parameter,
    State,
    Threads,
    Unit,
    start_word,
    start_word_text,
)
from ptxenergy.measure.kernels.kernel import Array, Pin, Size

U = np.uint32
_CALLS = {"block": "__syncthreads();", "warp": "__syncwarp();", "fence": "__threadfence();"}
_TURN, _BACK = np.float32(0.3), np.float32(-0.3)


@dataclass(frozen=True)
class Barrier(Rotation):
    """A barrier of the block or warp, or a fence, between rotations."""

    scope: str = "block"

    is_collective = True

    @property
    def kind(self) -> str:
        return f"barrier_{self.scope}"

    def body(self) -> str:
        return f"{super().body()}\n{_CALLS[self.scope]}"

    def latency(self, size: Size) -> float:
        wait = {"block": 60.0, "warp": 4.0, "fence": 700.0}[self.scope]
        return super().latency(size) + wait


@dataclass(frozen=True)
class ActiveLanes(Unit):
    """Another unit's work, done by the first `active` lanes of each warp alone."""

    inner: Unit = field(default_factory=lambda: Rotation(ilp=2, repeats=4))

    @property
    def kind(self) -> str:
        return f"active_{self._unit.kind}"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("active")), *self._unit.parameters())

    def variants(self) -> tuple[Size, ...]:
        inner = self._unit.variants()
        return tuple(
            {self.named("active"): active} | dict(inner[index % len(inner)])
            for index, active in enumerate((16, 1, 32, 8, 24))
        )

    def declare(self) -> str:
        return self._unit.declare()

    def body(self) -> str:
        inner = self._unit.body().replace("\n", "\n    ")
        return self.write("if (lane < active@) {\n    ") + inner + "\n}"

    def fold(self) -> str:
        return self._unit.fold()

    def begin(self, threads: Threads) -> State:
        return self._unit.begin(threads)

    def step(self, threads: Threads, state: State, trip: int) -> None:
        before = dict(state)
        self._unit.step(threads, state, trip)
        is_active = threads.lane < threads.size[self.named("active")]
        for name, old in before.items():
            state[name] = np.where(is_active, state[name], old)

    def result(self, threads: Threads, state: State) -> Array:
        return self._unit.result(threads, state)

    def cycles(self, size: Size) -> float:
        return self._unit.cycles(size) + 0.5

    def latency(self, size: Size) -> float:
        return self._unit.latency(size)

    def tolerance(self) -> float:
        return self._unit.tolerance()

    @property
    def _unit(self) -> Unit:
        from dataclasses import replace

        return replace(self.inner, tag=self.tag)


@dataclass(frozen=True)
class DataBranch(Unit):
    """Two ways of work; a word that started from the data takes the first `threshold` times in
    256."""

    @property
    def kind(self) -> str:
        return "branch_by_data"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("threshold")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("threshold"): value} for value in (128, 16, 240, 2))

    def declare(self) -> str:
        return self.write(
            f"unsigned h@ = {start_word_text(7)}, g@ = h@;\nfloat x@ = seed * 0.7f, y@ = seed;"
        )

    def body(self) -> str:
        turns = "x@ = fmaf(-0.3f, y@, x@); y@ = fmaf(0.3f, x@, y@);"
        return self.write(f"""\
h@ = h@ * 1664525u + 1013904223u;
if ((h@ >> 24) < threshold@) {{ // pin: branch@
    {" ".join([turns] * 4)}
}} else {{
    g@ ^= g@ << 13; g@ ^= g@ >> 17; g@ ^= g@ << 5; g@ = g@ * 69069u + h@; g@ ^= g@ >> 15;
}}""")

    def fold(self) -> str:
        return self.write("(x@ + y@) + high_half(g@)")

    def begin(self, threads: Threads) -> State:
        h = start_word(threads.seed, 7)
        return {"h": h, "g": h, "x": threads.seed * np.float32(0.7), "y": threads.seed}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        h = state["h"] = state["h"] * U(1664525) + U(1013904223)
        taken = (h >> U(24)) < U(threads.size[self.named("threshold")])
        x, y, g = state["x"], state["y"], state["g"]
        for _ in range(4):
            x = fma32(_BACK, y, x)
            y = fma32(_TURN, x, y)
        g = g ^ (g << U(13))
        g = g ^ (g >> U(17))
        g = (g ^ (g << U(5))) * U(69069) + h
        g = g ^ (g >> U(15))
        state["x"], state["y"] = np.where(taken, x, state["x"]), np.where(taken, y, state["y"])
        state["g"] = np.where(taken, state["g"], g)

    def result(self, threads: Threads, state: State) -> Array:
        return (state["x"] + state["y"]).astype(np.float32) + high_half(state["g"])

    def cycles(self, size: Size) -> float:
        return 8.0

    def latency(self, size: Size) -> float:
        return 90.0

    def tolerance(self) -> float:
        return 1e-4

    def pins(self, size: Size, threads: Threads) -> tuple[Pin, ...]:
        h, taken, trips = start_word(threads.seed[:65536], 7), 0.0, min(64, size["trips"])
        for _ in range(trips):
            h = h * U(1664525) + U(1013904223)
            taken += float(((h >> U(24)) < U(size[self.named("threshold")])).mean())
        return (Pin(self.named("branch"), "branch", taken / trips),)
