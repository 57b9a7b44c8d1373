"""Tensor cores by `mma.sync`: f16, bf16, tf32, s8 and f64, with fragments that turn every trip.

The four (or fewer) registers of A change places each trip and one changes sign on the way, so that
the sum over eight trips is zero: accumulators wander, and stay bounded however long it runs.
Layouts of fragments: PTX ISA, "Matrix fragments for mma".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ptxenergy.measure.kernels.generated.numbers import bfloat16
from ptxenergy.measure.kernels.generated.unit import WARP, State, Threads, Unit
from ptxenergy.measure.kernels.kernel import Array, Size

U = np.uint32
_GROUP, _IN_GROUP = np.arange(WARP) >> 2, np.arange(WARP) & 3


@dataclass(frozen=True, slots=True)
class Shape:
    """One `mma`: opcode, registers of A, B and C, values in each, and where values stand.

    `row_a(i)` and so on: the row and column of a lane's value number i in the matrix, over lanes.
    """

    opcode: str
    mnk: tuple[int, int, int]
    registers: tuple[int, int, int]
    values_per_register: int
    flip: int
    cycles: float

    def places_a(self, value: int) -> tuple[Array, Array]:
        """Rows and columns in A (m by k)."""
        per, half = self.values_per_register, _GROUP + 8 * ((value // self.values_per_register) % 2)
        if self.registers[0] == 1:
            return _GROUP, _IN_GROUP
        column = _IN_GROUP * per + value % per
        return half, column + 4 * per * (value // (2 * per))

    def places_b(self, value: int) -> tuple[Array, Array]:
        """Rows and columns in B (k by n)."""
        per = self.values_per_register
        return _IN_GROUP * per + value % per + 4 * per * (value // per), _GROUP

    def places_c(self, value: int) -> tuple[Array, Array]:
        """Rows and columns in C (m by n)."""
        return _GROUP + 8 * (value // 2), _IN_GROUP * 2 + value % 2


SHAPES = {
    "f16": Shape("m16n8k16.row.col.f32.f16.f16.f32", (16, 8, 16), (4, 2, 4), 2, 0x80008000, 16),
    "bf16": Shape("m16n8k16.row.col.f32.bf16.bf16.f32", (16, 8, 16), (4, 2, 4), 2, 0x80008000, 16),
    "tf32": Shape("m16n8k8.row.col.f32.tf32.tf32.f32", (16, 8, 8), (4, 2, 4), 1, 0x80000000, 16),
    "s8": Shape("m16n8k32.row.col.s32.s8.s8.s32", (16, 8, 32), (4, 2, 4), 4, 0x80808080, 16),
    "f64": Shape("m8n8k4.row.col.f64.f64.f64.f64", (8, 8, 4), (1, 1, 2), 1, 0, 16),
    "f16_f16": Shape("m16n8k16.row.col.f16.f16.f16.f16", (16, 8, 16), (4, 2, 2), 2, 0x80008000, 16),
}


@dataclass(frozen=True)
class Matrix(Unit):
    """C ← A·B + C on `ilp` accumulators, with A turning."""

    operands: str = "f16"

    is_collective = True

    @property
    def kind(self) -> str:
        return f"mma_{self.operands}"

    def declare(self) -> str:
        a, b, c = self._shape.registers
        lines = [f"{self._word} a@_{k} = {self._start_text(k)};" for k in range(a)]
        lines += [f"{self._word} b@_{k} = {self._start_text(k + 4)};" for k in range(b)]
        accumulators = [f"c@_{j}_{k} = 0" for j in range(self.ilp) for k in range(c)]
        lines.append(f"{self._accumulator} {', '.join(accumulators)};")
        return self.write("\n".join(lines))

    def body(self) -> str:
        lines = [self._mma(j) for _ in range(self.repeats) for j in range(self.ilp)]
        return self.write("\n".join([*lines, self._turn_text()]))

    def fold(self) -> str:
        c = self._shape.registers[2]
        cells = [f"c@_{j}_{k}" for j in range(self.ilp) for k in range(c)]
        if self.operands == "s8":
            return self.write(" + ".join(f"high_half((unsigned){cell} << 8)" for cell in cells))
        if self.operands == "f16_f16":
            return self.write(" + ".join(f"low_f16({cell}) + high_f16({cell})" for cell in cells))
        return self.write(" + ".join(f"(float){cell}" for cell in cells))

    def begin(self, threads: Threads) -> State:
        a, b, _ = self._shape.registers
        state = {f"a{k}": self._start(threads.seed, k) for k in range(a)}
        state |= {f"b{k}": self._start(threads.seed, k + 4) for k in range(b)}
        for j in range(self.ilp):
            for value in range(self._values_c):
                state[f"c{j}_{value}"] = np.zeros(threads.seed.size, self._numpy)
        return state

    def step(self, threads: Threads, state: State, trip: int) -> None:
        product = self._product(state)
        for _ in range(self.repeats):
            for j in range(self.ilp):
                for value in range(self._values_c):
                    rows, columns = self._shape.places_c(value)
                    added = product[:, rows, columns].reshape(-1)
                    key = f"c{j}_{value}"
                    state[key] = (state[key] + added).astype(self._numpy)
        self._turn(state)

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for j in range(self.ilp):
            for value in range(self._values_c):
                cell = state[f"c{j}_{value}"]
                if self.operands == "s8":
                    word = (cell & 0xFFFFFFFF).astype(U) << U(8)
                    cell = (word >> U(16)).astype(np.float32) * np.float32(2.0**-16)
                total = total + cell.astype(np.float32)
        return total

    def cycles(self, size: Size) -> float:
        return self.ilp * self.repeats * self._shape.cycles / 4 + 0.25 * self._shape.registers[0]

    def latency(self, size: Size) -> float:
        return 34.0 * self.repeats

    def tolerance(self) -> float:
        return {"f16_f16": 3e-2, "s8": 1e-6, "f64": 1e-5}.get(self.operands, 2e-3)

    @property
    def _shape(self) -> Shape:
        return SHAPES[self.operands]

    @property
    def _values_c(self) -> int:
        return 2 if self.operands == "f64" else 4

    @property
    def _word(self) -> str:
        return "double" if self.operands == "f64" else "unsigned"

    @property
    def _accumulator(self) -> str:
        return {"s8": "int", "f64": "double", "f16_f16": "unsigned"}.get(self.operands, "float")

    @property
    def _numpy(self) -> type[np.generic]:
        types: dict[str, type[np.generic]] = {
            "s8": np.int64,
            "f64": np.float64,
            "f16_f16": np.float16,
        }
        return types.get(self.operands, np.float32)

    def _start_text(self, k: int) -> str:
        low, high = _scales(k)
        return {
            "f16": f"pack_f16(seed * {low}f, seed * {high}f)",
            "f16_f16": f"pack_f16(seed * {low}f, seed * {high}f)",
            "bf16": f"pack_bf16(seed * {low}f, seed * {high}f)",
            "tf32": f"__float_as_uint(seed * {low}f) & 0xffffe000u",
            "s8": f"__float_as_uint(seed) * {2 * k + 3}u",
            "f64": f"(double)(seed * {low}f)",
        }[self.operands]

    def _start(self, seed: Array, k: int) -> Array:
        low, high = (seed * np.float32(scale) for scale in _scales(k))
        if self.operands == "f64":
            return low.astype(np.float64)
        if self.operands == "tf32":
            return low.view(U) & U(0xFFFFE000)
        if self.operands == "s8":
            return seed.view(U) * U(2 * k + 3)
        if self.operands == "bf16":
            return bfloat16(low).view(U) >> U(16) | bfloat16(high).view(U)
        halves = (part.astype(np.float16).view(np.uint16).astype(U) for part in (low, high))
        return next(halves) | next(halves) << U(16)

    def _mma(self, j: int) -> str:
        a, b, c = self._shape.registers
        out = [f'"+{_LETTERS[self._accumulator]}"(c@_{j}_{k})' for k in range(c)]
        letter = _LETTERS[self._word]
        ins = [f'"{letter}"(a@_{k})' for k in range(a)] + [f'"{letter}"(b@_{k})' for k in range(b)]
        numbers = [f"%{k}" for k in range(c + a + b)]
        groups = [numbers[:c], numbers[c : c + a], numbers[c + a :], numbers[:c]]
        operands = ", ".join("{" + ", ".join(group) + "}" for group in groups)
        text = f"mma.sync.aligned.{self._shape.opcode} {operands};"
        return f'asm("{text}" : {", ".join(out)} : {", ".join(ins)});'

    def _turn_text(self) -> str:
        count = self._shape.registers[0]
        if count == 1:
            return "a@_0 = -a@_0;"
        moves = [f"a@_{k} = a@_{k + 1};" for k in range(count - 1)]
        first = f"{{ const unsigned first = a@_0; {' '.join(moves)}"
        return f"{first} a@_{count - 1} = first ^ {self._shape.flip}u; }}"

    def _turn(self, state: State) -> None:
        count = self._shape.registers[0]
        if count == 1:
            state["a0"] = -state["a0"]
            return
        first = state["a0"]
        for k in range(count - 1):
            state[f"a{k}"] = state[f"a{k + 1}"]
        state[f"a{count - 1}"] = first ^ U(self._shape.flip)

    def _product(self, state: State) -> Array:
        """A·B of each warp, in float64 (int64 for s8)."""
        m, n, k = self._shape.mnk
        a_count, b_count, _ = self._shape.registers
        a = self._matrix(state, "a", a_count, (m, k), self._shape.places_a)
        b = self._matrix(state, "b", b_count, (k, n), self._shape.places_b)
        return np.asarray(a @ b)

    def _matrix(
        self,
        state: State,
        name: str,
        count: int,
        shape: tuple[int, int],
        places: Callable[[int], tuple[Array, Array]],
    ) -> Array:
        warps = state[f"{name}0"].size // WARP
        kind = np.int64 if self.operands == "s8" else np.float64
        whole = np.zeros((warps, *shape), kind)
        per = self._shape.values_per_register
        for register in range(count):
            for part, values in enumerate(self._unpacked(state[f"{name}{register}"])):
                rows, columns = places(register * per + part)
                whole[:, rows, columns] = values.reshape(-1, WARP)
        return whole

    def _unpacked(self, word: Array) -> list[Array]:
        if self.operands == "f64":
            return [word]
        if self.operands == "tf32":
            return [word.view(np.float32).astype(np.float64)]
        if self.operands == "s8":
            parts = [(word >> U(8 * byte)).astype(np.uint8) for byte in range(4)]
            return [part.view(np.int8).astype(np.int64) for part in parts]
        if self.operands == "bf16":
            words = (word << U(16), word & U(0xFFFF0000))
            return [part.view(np.float32).astype(np.float64) for part in words]
        parts16 = (word.astype(np.uint16), (word >> U(16)).astype(np.uint16))
        return [part.view(np.float16).astype(np.float64) for part in parts16]


_LETTERS = {"unsigned": "r", "int": "r", "float": "f", "double": "d"}


def _scales(k: int) -> tuple[float, float]:
    """Factors of a register's two values: below one half, of both signs, all distinct."""
    low = 0.11 + 0.053 * k
    return round(low, 6), round(-0.43 + 0.047 * k, 6)
