"""Floating-point pipes: chains that turn round a circle, so that values wander and stay bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.generated import numbers
from ptxenergy.measure.kernels.generated.unit import State, Threads, Unit, chain_constants
from ptxenergy.measure.kernels.kernel import Array, Size


@dataclass(frozen=True)
class Rotation(Unit):
    """x ← x − s·y, y ← y + s·x by fused multiply-adds in one format: fp32, fp64, fp16x2, bf16x2.

    The map keeps area, so it neither grows nor decays however long it runs.
    """

    format: str = "fp32"

    @property
    def kind(self) -> str:
        return f"{self.format}_fma"

    def declare(self) -> str:
        return "\n".join(self._declared(chain) for chain in range(self.ilp))

    def body(self) -> str:
        steps = [self._step(chain) for _ in range(self.repeats) for chain in range(self.ilp)]
        return self.write("\n".join(steps))

    def fold(self) -> str:
        folded = {
            "fp32": "(x@_{c} + y@_{c})",
            "fp64": "(float)(x@_{c} + y@_{c})",
            "fp16x2": "(low_f16(x@_{c}) + high_f16(y@_{c}))",
            "bf16x2": "(low_bf16(x@_{c}) + high_bf16(y@_{c}))",
        }[self.format]
        return self.write(" + ".join(folded.format(c=c) for c in range(self.ilp)))

    def begin(self, threads: Threads) -> State:
        state: State = {}
        for chain in range(self.ilp):
            p, q, _ = chain_constants(chain)
            for name, factor in (("x", p), ("y", q)):
                for part in self._parts:
                    state[f"{name}{part}{chain}"] = self._start(threads.seed, factor, part)
        return state

    def step(self, threads: Threads, state: State, trip: int) -> None:
        fma = _FMA[self.format]
        for _ in range(self.repeats):
            for chain in range(self.ilp):
                s = self._rounded(chain_constants(chain)[2])
                for part in self._parts:
                    x, y = f"x{part}{chain}", f"y{part}{chain}"
                    state[x] = fma(-s, state[y], state[x])
                    state[y] = fma(s, state[x], state[y])

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        last = self._parts[-1]
        for chain in range(self.ilp):
            x, y = state[f"x{self._parts[0]}{chain}"], state[f"y{last}{chain}"]
            if self.format in ("fp16x2", "bf16x2"):
                x, y = x.astype(np.float32), y.astype(np.float32)
            total = total + (x + y).astype(np.float32)
        return total

    def cycles(self, size: Size) -> float:
        each = {"fp32": 0.25, "fp64": 0.5, "fp16x2": 0.25, "bf16x2": 0.5}[self.format]
        return 2 * self.ilp * self.repeats * each

    def latency(self, size: Size) -> float:
        return max(9.0 * self.repeats, 4 * self.cycles(size))

    def tolerance(self) -> float:
        return 1e-2 if "16" in self.format else 1e-4

    @property
    def _parts(self) -> tuple[str, ...]:
        return ("lo", "hi") if self.format in ("fp16x2", "bf16x2") else ("",)

    def _declared(self, chain: int) -> str:
        p, q, _ = chain_constants(chain)
        text = {
            "fp32": "float x@_{c} = seed * {p}f, y@_{c} = seed * {q}f;",
            "fp64": "double x@_{c} = (double)seed * {p}, y@_{c} = (double)seed * {q};",
            "fp16x2": "unsigned x@_{c} = pack_f16(apart(seed) * {p}f, seed * {p}f), "
            "y@_{c} = pack_f16(apart(seed) * {q}f, seed * {q}f);",
            "bf16x2": "unsigned x@_{c} = pack_bf16(apart(seed) * {p}f, seed * {p}f), "
            "y@_{c} = pack_bf16(apart(seed) * {q}f, seed * {q}f);",
        }[self.format]
        return self.write(text.format(c=chain, p=p, q=q))

    def _step(self, chain: int) -> str:
        s = chain_constants(chain)[2]
        if self.format == "fp32":
            text = "x@_{c} = fmaf(-{s}f, y@_{c}, x@_{c}); y@_{c} = fmaf({s}f, x@_{c}, y@_{c});"
            return text.format(c=chain, s=s)
        if self.format == "fp64":
            text = "x@_{c} = fma(-{s}, y@_{c}, x@_{c}); y@_{c} = fma({s}, x@_{c}, y@_{c});"
            return text.format(c=chain, s=s)
        word = packed_word(s, self.format)
        asm = 'asm("fma.rn.{f} %0, %1, %2, %0;" : "+r"({a}) : "r"({w}u), "r"({b}));'
        name = {"fp16x2": "f16x2", "bf16x2": "bf16x2"}[self.format]
        first = asm.format(f=name, a=f"x@_{chain}", w=word ^ 0x80008000, b=f"y@_{chain}")
        return f"{first} {asm.format(f=name, a=f'y@_{chain}', w=word, b=f'x@_{chain}')}"

    def _start(self, seed: Array, factor: float, part: str) -> Array:
        factor32 = np.float32(factor)
        if self.format == "fp32":
            return seed * factor32
        if self.format == "fp64":
            return seed.astype(np.float64) * factor
        value = (apart(seed) if part == "lo" else seed) * factor32
        return value.astype(np.float16) if self.format == "fp16x2" else numbers.bfloat16(value)

    def _rounded(self, s: float) -> Any:
        if self.format == "fp64":
            return s
        if self.format == "fp32":
            return np.float32(s)
        return np.float16(s) if self.format == "fp16x2" else numbers.bfloat16(s)


@dataclass(frozen=True)
class Sums(Unit):
    """Adds alone (x ← x − y, y ← y + x turns by a sixth), or multiplies alone (by 1.25, by 0.8)."""

    format: str = "fp32"
    operation: str = "add"

    @property
    def kind(self) -> str:
        return f"{self.format}_{self.operation}"

    def declare(self) -> str:
        type_ = "float" if self.format == "fp32" else "double"
        lines = []
        for chain in range(self.ilp):
            p, q, _ = chain_constants(chain)
            lines.append(f"{type_} x@_{chain} = seed * {p}f, y@_{chain} = seed * {q}f;")
        return self.write("\n".join(lines))

    def body(self) -> str:
        end = "f" if self.format == "fp32" else ""
        text = {
            "add": "x@_{c} = x@_{c} - y@_{c}; y@_{c} = y@_{c} + x@_{c};",
            "mul": "x@_{c} = x@_{c} * 1.25{e}; y@_{c} = y@_{c} * 0.8{e};"
            " x@_{c} = x@_{c} * 0.8{e}; y@_{c} = y@_{c} * 1.25{e};",
        }[self.operation]
        steps = [text.format(c=c, e=end) for _ in range(self.repeats) for c in range(self.ilp)]
        return self.write("\n".join(steps))

    def fold(self) -> str:
        return self.write(" + ".join(f"(float)(x@_{c} + y@_{c})" for c in range(self.ilp)))

    def begin(self, threads: Threads) -> State:
        state: State = {}
        kind = np.float32 if self.format == "fp32" else np.float64
        for chain in range(self.ilp):
            p, q, _ = chain_constants(chain)
            state[f"x{chain}"] = (threads.seed * np.float32(p)).astype(kind)
            state[f"y{chain}"] = (threads.seed * np.float32(q)).astype(kind)
        return state

    def step(self, threads: Threads, state: State, trip: int) -> None:
        kind = np.float32 if self.format == "fp32" else np.float64
        up, down = kind(1.25), kind(0.8)
        for _ in range(self.repeats):
            for c in range(self.ilp):
                x, y = f"x{c}", f"y{c}"
                if self.operation == "add":
                    state[x] = state[x] - state[y]
                    state[y] = state[y] + state[x]
                else:
                    state[x] = state[x] * up * down
                    state[y] = state[y] * down * up

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for chain in range(self.ilp):
            total = total + (state[f"x{chain}"] + state[f"y{chain}"]).astype(np.float32)
        return total

    def cycles(self, size: Size) -> float:
        operations = 2 if self.operation == "add" else 4
        return operations * self.ilp * self.repeats * (0.25 if self.format == "fp32" else 0.5)

    def latency(self, size: Size) -> float:
        return max(9.0 * self.repeats, 4 * self.cycles(size))


_FMA = {
    "fp32": numbers.fma32,
    "fp64": numbers.fma64,
    "fp16x2": numbers.fma16,
    "bf16x2": numbers.fma_bf16,
}


def apart(seed: Array) -> Array:
    """A seed moved away from zero by a quarter, for formats whose small numbers are coarse."""
    return seed * np.float32(0.5) + np.copysign(np.float32(0.25), seed)


def packed_word(value: float, format_: str) -> int:
    """A value twice in one 32-bit word, as fp16x2 or bf16x2."""
    if format_ == "fp16x2":
        half = int(np.float16(value).view(np.uint16))
    else:
        half = int(numbers.bfloat16(value).view(np.uint32)) >> 16
    return half << 16 | half


PRELUDE = """\
__device__ __forceinline__ float apart(float seed) {
    return seed * 0.5f + copysignf(0.25f, seed);
}
__device__ __forceinline__ unsigned pack_f16(float low, float high) {
    unsigned word;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
}
__device__ __forceinline__ unsigned pack_bf16(float low, float high) {
    unsigned word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
}
__device__ __forceinline__ float low_f16(unsigned word) {
    float value;
    asm("{.reg .b16 low, high; mov.b32 {low, high}, %1; cvt.f32.f16 %0, low;}"
        : "=f"(value) : "r"(word));
    return value;
}
__device__ __forceinline__ float high_f16(unsigned word) {
    return low_f16(word >> 16);
}
__device__ __forceinline__ float low_bf16(unsigned word) {
    return __uint_as_float(word << 16);
}
__device__ __forceinline__ float high_bf16(unsigned word) {
    return __uint_as_float(word & 0xffff0000u);
}
"""
"""Helpers of the packed formats, put before the kernels that use them."""
