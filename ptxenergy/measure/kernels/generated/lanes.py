"""Across lanes: shuffles, votes, matches and warp reductions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ptxenergy.measure.kernels.generated import numbers
from ptxenergy.measure.kernels.generated.unit import (
    WARP,
    Parameter,
    State,
    Threads,
    Unit,
    start_word,
    start_word_text,
)
from ptxenergy.measure.kernels.kernel import Array, Size

U = np.uint32

_TEXTS = {
    "xor": "x@_{c} = __shfl_xor_sync(~0u, x@_{c}, distance@) * 69069u + 1u;",
    "down": "x@_{c} = __shfl_down_sync(~0u, x@_{c}, distance@) + x@_{c} * 5u + 77u;",
    "up": "x@_{c} = __shfl_up_sync(~0u, x@_{c}, distance@) ^ (x@_{c} + 0x9e3779b9u);",
    "idx": "x@_{c} = __shfl_sync(~0u, x@_{c}, (lane * 5u + distance@) & 31u) + 0x9e3779b9u;",
    "ballot": "x@_{c} = x@_{c} * 69069u + __ballot_sync(~0u, x@_{c} & (256u << distance@));",
    "any": "x@_{c} = x@_{c} * 69069u + "
    "(__any_sync(~0u, (x@_{c} << distance@) > 0xf8000000u) ? 7u : 3u);",
    "match": "x@_{c} = x@_{c} * 69069u + "
    "__match_any_sync(~0u, (x@_{c} >> 24) / (distance@ * 16u));",
    "redux": "x@_{c} = x@_{c} * 69069u + __reduce_add_sync(~0u, x@_{c} >> (8 + distance@));",
}
_CYCLES = {"any": 2.0, "ballot": 2.0, "match": 60.0, "redux": 4.0}


@dataclass(frozen=True)
class Across(Unit):
    """Chains through one cross-lane operation; `distance` is known only at run time."""

    operation: str = "xor"

    is_collective = True

    @property
    def kind(self) -> str:
        return f"lanes_{self.operation}"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("distance")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("distance"): value} for value in (1, 4, 7))

    def declare(self) -> str:
        starts = [f"unsigned x@_{c} = {start_word_text(c)};" for c in range(self.ilp)]
        return self.write("\n".join(starts))

    def body(self) -> str:
        text = _TEXTS[self.operation]
        steps = [text.format(c=c) for _ in range(self.repeats) for c in range(self.ilp)]
        return self.write("\n".join(steps))

    def fold(self) -> str:
        return self.write(" + ".join(f"high_half(x@_{c})" for c in range(self.ilp)))

    def begin(self, threads: Threads) -> State:
        return {f"x{c}": start_word(threads.seed, c) for c in range(self.ilp)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        distance = threads.size[self.named("distance")]
        for _ in range(self.repeats):
            for c in range(self.ilp):
                rows = state[f"x{c}"].reshape(-1, WARP)
                state[f"x{c}"] = _apply(self.operation, rows, distance).reshape(-1)

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for c in range(self.ilp):
            total = total + numbers.high_half(state[f"x{c}"])
        return total

    def cycles(self, size: Size) -> float:
        return self.ilp * self.repeats * (_CYCLES.get(self.operation, 1.0) + 0.5)

    def latency(self, size: Size) -> float:
        return max(30.0 * self.repeats, 3 * self.cycles(size))


def _apply(operation: str, rows: Array, distance: int) -> Array:
    """One step on warps (rows of 32 lanes)."""
    lane = np.arange(WARP)
    if operation == "xor":
        return rows[:, lane ^ distance] * U(69069) + U(1)
    if operation == "down":
        source = np.where(lane + distance < WARP, lane + distance, lane)
        return rows[:, source] + rows * U(5) + U(77)
    if operation == "up":
        source = np.where(lane >= distance, lane - distance, lane)
        return rows[:, source] ^ (rows + U(0x9E3779B9))
    if operation == "idx":
        return rows[:, (lane * 5 + distance) % WARP] + U(0x9E3779B9)
    return rows * U(69069) + _joined(operation, rows, distance)


def _joined(operation: str, rows: Array, distance: int) -> Array:
    """What a warp finds out together, for each lane."""
    bit = U(1) << np.arange(WARP, dtype=U)
    if operation == "ballot":
        is_set = (rows & U(256 << distance)) != 0
        return _ored(np.where(is_set, bit, U(0)))[:, None]
    if operation == "any":
        seen = ((rows << U(distance)) > U(0xF8000000)).any(axis=1)
        return np.where(seen, U(7), U(3))[:, None]
    if operation == "match":
        key = (rows >> U(24)) // U(distance * 16)
        equal = key[:, :, None] == key[:, None, :]
        return _ored(np.where(equal, bit, U(0)))
    return np.asarray((rows >> U(8 + distance)).sum(axis=1, dtype=np.uint32))[:, None]


def _ored(words: Array) -> Array:
    return np.asarray(np.bitwise_or.reduce(words, axis=-1))
