"""Special functions: the approximate ones of the SFU, and the precise ones that expand.

Each is driven by a Weyl sequence and halves what it had before, so that errors fade, values wander
over the whole range of the function, and none runs into a fixed point.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.generated.numbers import fma32
from ptxenergy.measure.kernels.generated.unit import State, Threads, Unit, chain_constants
from ptxenergy.measure.kernels.kernel import Array, Size

_GOLDEN = 0.618033989


@dataclass(frozen=True, slots=True)
class Function:
    """CUDA text of `r = f(a)` with its cost in SM cycles a warp, and f in NumPy, for a in [0.5, 2].

    `tolerance` is relative, of the approximation.
    """

    text: str
    cycles: float
    apply: Callable[[Any], Any]
    tolerance: float = 1e-5
    is_double: bool = False


def _asm(opcode: str) -> str:
    return f'asm("{opcode} %0, %1;" : "=f"({{r}}) : "f"({{a}}));'


def _ex2(a: Array) -> Array:
    return np.exp2(-a.astype(np.float64))


FUNCTIONS = {
    "sin": Function(_asm("sin.approx.f32"), 2, np.sin, 1e-4),
    "cos": Function(_asm("cos.approx.f32"), 2, np.cos, 1e-4),
    "ex2": Function('asm("ex2.approx.f32 %0, %1;" : "=f"({r}) : "f"(-{a}));', 2, _ex2),
    "lg2": Function(_asm("lg2.approx.f32"), 2, np.log2, 1e-4),
    "rsqrt": Function(_asm("rsqrt.approx.f32"), 2, lambda a: 1 / np.sqrt(a)),
    "rcp": Function(_asm("rcp.approx.f32"), 2, lambda a: 1 / a),
    "sqrt": Function(_asm("sqrt.approx.f32"), 4, np.sqrt),
    "tanh": Function(_asm("tanh.approx.f32"), 2, np.tanh, 2e-3),
    "div_precise": Function("{r} = 1.25f / {a};", 6, lambda a: 1.25 / a),
    "sqrt_precise": Function("{r} = sqrtf({a});", 6, np.sqrt),
    "exp_precise": Function("{r} = expf(-{a});", 4, lambda a: np.exp(-a)),
    "log_precise": Function("{r} = logf({a} + 0.5f);", 8, lambda a: np.log(a + 0.5)),
    "sin_precise": Function("{r} = sinf({a} * 3.0f);", 8, lambda a: np.sin(a * 3.0)),
    "pow_precise": Function("{r} = powf({a}, 0.7f);", 14, lambda a: a**0.7),
    "erf_precise": Function("{r} = erff({a});", 8, np.vectorize(math.erf)),
    "div_fp64": Function("{r} = 1.25 / {a};", 12, lambda a: 1.25 / a, is_double=True),
    "sqrt_fp64": Function("{r} = sqrt({a});", 12, np.sqrt, is_double=True),
    "exp_fp64": Function("{r} = exp(-{a});", 16, lambda a: np.exp(-a), is_double=True),
}


@dataclass(frozen=True)
class Special(Unit):
    """r ← f(phase + r/2) for chains with phases a golden step apart each trip."""

    function: str = "sin"

    @property
    def kind(self) -> str:
        return f"sfu_{self.function}"

    def declare(self) -> str:
        real = "double" if self._function.is_double else "float"
        lines = ["float ph@ = seed * 0.5f + 0.5f;"]
        for chain in range(self.ilp):
            lines.append(f"{real} r@_{chain} = ph@ * {chain_constants(chain)[0]}f;")
        return self.write("\n".join(lines))

    def body(self) -> str:
        lines = [f"ph@ = ph@ + {_GOLDEN}f;", "if (ph@ >= 1.0f) ph@ = ph@ - 1.0f;"]
        for repeat in range(self.repeats):
            for chain in range(self.ilp):
                lines += ["{", *self._call(chain, repeat), "}"]
        return self.write("\n".join(lines))

    def fold(self) -> str:
        return self.write(" + ".join(f"(float)r@_{chain}" for chain in range(self.ilp)))

    def begin(self, threads: Threads) -> State:
        phase = fma32(threads.seed, 0.5, 0.5)
        state: State = {"ph": phase}
        for chain in range(self.ilp):
            start = phase * np.float32(chain_constants(chain)[0])
            state[f"r{chain}"] = start.astype(self._type)
        return state

    def step(self, threads: Threads, state: State, trip: int) -> None:
        phase = state["ph"] + np.float32(_GOLDEN)
        state["ph"] = np.where(phase >= 1, phase - np.float32(1), phase).astype(np.float32)
        for repeat in range(self.repeats):
            for chain in range(self.ilp):
                before = np.abs(state[f"r{chain}"]).astype(np.float64)
                weight = float(np.float32(_weight(chain, repeat)))
                a = before * weight + state["ph"].astype(np.float64) + 0.5
                if not self._function.is_double:
                    a = a.astype(np.float32)
                state[f"r{chain}"] = np.asarray(self._function.apply(a)).astype(self._type)

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for chain in range(self.ilp):
            total = total + state[f"r{chain}"].astype(np.float32)
        return total

    def cycles(self, size: Size) -> float:
        return 0.75 + self.ilp * self.repeats * (self._function.cycles + 0.25)

    def latency(self, size: Size) -> float:
        return max(10.0 + 28 * self.repeats, 3 * self.cycles(size))

    def tolerance(self) -> float:
        return 4 * self._function.tolerance

    @property
    def _function(self) -> Function:
        return FUNCTIONS[self.function]

    @property
    def _type(self) -> type[np.floating[Any]]:
        return np.float64 if self._function.is_double else np.float32

    def _call(self, chain: int, repeat: int) -> list[str]:
        weight = _weight(chain, repeat)
        call = self._function.text.format(r=f"r@_{chain}", a="a")
        if self._function.is_double:
            argument = f"fma(fabs(r@_{chain}), (double){weight}f, (double)ph@ + 0.5)"
            return [f"const double a = {argument};", call]
        argument = f"fmaf(fabsf(r@_{chain}), {weight}f, ph@ + 0.5f)"
        return [f"const float a = {argument};", call]


def _weight(chain: int, repeat: int) -> float:
    """How much of the last value goes on: never enough to amplify an error."""
    return round(0.25 - 0.03 * ((chain + 2 * repeat) % 5), 6)
