"""Integer pipes and conversions: chains of one operation, and division by a run-time divisor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ptxenergy.measure.kernels.generated import numbers
from ptxenergy.measure.kernels.generated.operations import OPERATIONS, Operation
from ptxenergy.measure.kernels.generated.unit import (
    Parameter,
    State,
    Threads,
    Unit,
    start_word,
    start_word_text,
)
from ptxenergy.measure.kernels.kernel import Array, Size

U, W = np.uint32, np.uint64


@dataclass(frozen=True)
class Words(Unit):
    """Chains of one integer operation on words that start from the seed's bits."""

    operation: str = "imad"

    @property
    def kind(self) -> str:
        return f"int_{self.operation}"

    def declare(self) -> str:
        lines = []
        for chain in range(self.ilp):
            x, y = start_word_text(chain), start_word_text(chain + 50)
            if self._operation.is_wide:
                lines.append(
                    f"unsigned long long w@_{chain} = (unsigned long long){x} << 32 | {y};"
                )
            else:
                lines.append(f"unsigned x@_{chain} = {x}, y@_{chain} = {y};")
        return self.write("\n".join(lines))

    def body(self) -> str:
        text = self._operation.text
        steps = [text.format(c=c) for _ in range(self.repeats) for c in range(self.ilp)]
        return self.write("\n".join(steps))

    def fold(self) -> str:
        if self._operation.is_wide:
            words = [f"(unsigned)(w@_{chain} >> 32)" for chain in range(self.ilp)]
        else:
            words = [f"(x@_{chain} ^ y@_{chain})" for chain in range(self.ilp)]
        return self.write(" + ".join(f"high_half({word})" for word in words))

    def begin(self, threads: Threads) -> State:
        state: State = {}
        for chain in range(self.ilp):
            x, y = start_word(threads.seed, chain), start_word(threads.seed, chain + 50)
            if self._operation.is_wide:
                state[f"w{chain}"] = x.astype(W) << W(32) | y.astype(W)
            else:
                state[f"x{chain}"], state[f"y{chain}"] = x, y
        return state

    def step(self, threads: Threads, state: State, trip: int) -> None:
        names = ("w",) if self._operation.is_wide else ("x", "y")
        for _ in range(self.repeats):
            for chain in range(self.ilp):
                keys = [f"{name}{chain}" for name in names]
                changed = self._operation.apply(*(state[key] for key in keys))
                state.update(zip(keys, changed, strict=True))

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for chain in range(self.ilp):
            if self._operation.is_wide:
                word = (state[f"w{chain}"] >> W(32)).astype(U)
            else:
                word = np.asarray(state[f"x{chain}"] ^ state[f"y{chain}"])
            total = total + numbers.high_half(word)
        return total

    def cycles(self, size: Size) -> float:
        return self.ilp * self.repeats * self._operation.cycles

    def latency(self, size: Size) -> float:
        return max(7.0 * self.repeats * self._operation.cycles, 4 * self.cycles(size))

    @property
    def _operation(self) -> Operation:
        return OPERATIONS[self.operation]


@dataclass(frozen=True)
class Division(Unit):
    """Integer quotient and remainder by a divisor known only at run time, in 32 or 64 bits."""

    bits: int = 32

    @property
    def kind(self) -> str:
        return f"int_div{self.bits}"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("divisor")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("divisor"): value} for value in (97, 1021, 65_521))

    def declare(self) -> str:
        return self.write(f"{self._type} x@ = {start_word_text(0)};")

    def body(self) -> str:
        odd = "40503u" if self.bits == 32 else "2862933555777941757ull"
        line = f"x@ = (x@ % divisor@) * {odd} + x@ / divisor@ + 0x9e3779b9u;"
        return self.write("\n".join([line] * self.repeats))

    def fold(self) -> str:
        return self.write("high_half((unsigned)x@)")

    def begin(self, threads: Threads) -> State:
        return {"x": start_word(threads.seed, 0).astype(self._numpy)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        kind = self._numpy
        divisor = kind(threads.size[self.named("divisor")])
        odd = kind(40503 if self.bits == 32 else 2862933555777941757)
        for _ in range(self.repeats):
            x = state["x"]
            state["x"] = (x % divisor) * odd + x // divisor + kind(0x9E3779B9)

    def result(self, threads: Threads, state: State) -> Array:
        return numbers.high_half((state["x"] & self._numpy(0xFFFFFFFF)).astype(U))

    def cycles(self, size: Size) -> float:
        return self.repeats * (12.0 if self.bits == 32 else 45.0)

    def latency(self, size: Size) -> float:
        return self.repeats * (90.0 if self.bits == 32 else 250.0)

    @property
    def _type(self) -> str:
        return "unsigned" if self.bits == 32 else "unsigned long long"

    @property
    def _numpy(self) -> type[np.uint32] | type[np.uint64]:
        return np.uint32 if self.bits == 32 else np.uint64
