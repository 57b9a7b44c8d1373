"""What only Hopper has: matrix products by a warpgroup from shared memory, and bulk copies.

Layouts and descriptors: PTX ISA, "Asynchronous warpgroup level matrix instructions", shared memory
without swizzling: cores of 8 rows by 16 bytes, each in 128 bytes running.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.generated.numbers import high_half
from ptxenergy.measure.kernels.generated.unit import WARP, Parameter, State, Threads, Unit
from ptxenergy.measure.kernels.kernel import Array, Data, Size

U = np.uint32
_M, _K, _CORE_BYTES = 64, 16, 128
_WARPS = 4


@dataclass(frozen=True)
class Warpgroup(Unit):
    """C ← A·B + C by `wgmma`, with A and B in shared memory.

    B changes its sign every trip, so that C comes back to zero every other one.
    """

    operands: str = "f16"
    columns: int = 64

    is_collective = True
    architecture = "sm_90a"
    block_multiple = WARP * _WARPS

    @property
    def kind(self) -> str:
        return f"wgmma_{self.operands}_n{self.columns}"

    def declare(self) -> str:
        pack = f"pack_{self.operands}"
        words = (_M + 2 * self.columns) * _K // 2
        accumulators = ", ".join(f"c@_{k} = 0.0f" for k in range(self._values))
        return self.write(f"""\
__shared__ __align__(128) unsigned tiles@[{words}];
for (unsigned j = tid; j < {words}u; j += block_threads) {{
    const unsigned cell = j < {(_M + self.columns) * _K // 2}u ? j : j - {self._tile_words}u;
    const float sign = j == cell ? 1.0f : -1.0f;
    tiles@[j] = {pack}(sign * small_number(2u * cell), sign * small_number(2u * cell + 1u));
}}
__syncthreads();
asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
const unsigned long long layout@ = {self._layout}ull;
const unsigned start@ = (unsigned)__cvta_generic_to_shared(tiles@);
const unsigned long long a@ = layout@ | ((start@ & 0x3ffffu) >> 4);
float {accumulators};""")

    def body(self) -> str:
        place = f"start@ + {_M * _K * 2}u + (t & 1u) * {4 * self._tile_words}u"
        lines = [
            f"const unsigned long long b@ = layout@ | ((({place}) & 0x3ffffu) >> 4);",
            'asm volatile("wgmma.fence.sync.aligned;" ::: "memory");',
            *[self._wgmma()] * self.repeats,
            'asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");',
            'asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");',
        ]
        return self.write("{\n" + "\n".join(lines) + "\n}")

    def fold(self) -> str:
        return self.write(" + ".join(f"c@_{k}" for k in range(self._values)))

    def begin(self, threads: Threads) -> State:
        zeros = np.zeros(threads.seed.size, np.float32)
        return {f"c{k}": zeros for k in range(self._values)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        product = self._tile(0, _M) @ self._tile(_M, self.columns).T
        sign = np.float32(-1 if trip % 2 else 1)
        lane, warp = threads.lane.astype(int), threads.index.astype(int) // WARP % _WARPS
        for k in range(self._values):
            row = 16 * warp + lane // 4 + 8 * (k // 2 % 2)
            added = product[row, 8 * (k // 4) + lane % 4 * 2 + k % 2].astype(np.float32)
            state[f"c{k}"] = state[f"c{k}"] + sign * np.float32(self.repeats) * added

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for k in range(self._values):
            total = total + state[f"c{k}"]
        return total

    def cycles(self, size: Size) -> float:
        # 1024 dense half-precision multiply-adds a cycle and SM, a quarter for each warp.
        return self.repeats * _M * self.columns * _K / 4096 / _WARPS + 8

    def latency(self, size: Size) -> float:
        return 60.0 + self.repeats * self.columns / 2

    @property
    def _values(self) -> int:
        return self.columns // 2

    @property
    def _tile_words(self) -> int:
        return self.columns * _K // 2

    @property
    def _layout(self) -> int:
        """A descriptor without its address: 128 bytes to the next core along k, 256 along rows."""
        return (_CORE_BYTES >> 4) << 16 | (2 * _CORE_BYTES >> 4) << 32

    def _wgmma(self) -> str:
        registers = ", ".join(f"%{k}" for k in range(self._values))
        outputs = ", ".join(f'"+f"(c@_{k})' for k in range(self._values))
        kind = f"m64n{self.columns}k16.f32.{self.operands}.{self.operands}"
        first = self._values
        return (
            'asm volatile("{.reg .pred p; setp.ne.b32 p, %' + f"{first + 2}, 0; "
            f"wgmma.mma_async.sync.aligned.{kind} "
            f'{{{registers}}}, %{first}, %{first + 1}, p, 1, 1, 0, 0;}}" : {outputs} '
            ': "l"(a@), "l"(b@), "r"(1));'
        )

    def _tile(self, first_row: int, rows: int) -> Array:
        """Rows of a tile by k, as the descriptor finds them from where the tile starts."""
        row, k = np.meshgrid(np.arange(rows), np.arange(_K), indexing="ij")
        byte = row % 8 * 16 + row // 8 * 2 * _CORE_BYTES + k // 8 * _CORE_BYTES + k % 8 * 2
        return small_number(byte // 2 + first_row * _K)


@dataclass(frozen=True)
class BulkCopy(Unit):
    """`cp.async.bulk` of 512 bytes by each warp into shared memory, awaited on an mbarrier.

    The warps walk over 2^`footprint_log2` pieces of 512 bytes.
    """

    is_collective = True
    architecture = "sm_90a"

    @property
    def kind(self) -> str:
        return "bulk_copy"

    def parameters(self) -> tuple[Parameter, ...]:
        return (
            Parameter(self.named("footprint_log2")),
            Parameter(self.named("source"), "const uint4*", self._make),
        )

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("footprint_log2"): value} for value in (20, 15, 6))

    def shared_words(self) -> str:
        return "128u"

    def shared_words_at(self, size: Size) -> int:
        return 128

    def declare(self) -> str:
        return self.write("""\
__shared__ __align__(8) unsigned long long arrivals@[32];
const unsigned arrival@ = (unsigned)__cvta_generic_to_shared(arrivals@ + warp);
const unsigned target@ = (unsigned)__cvta_generic_to_shared(pool@);
if (lane == 0u) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" :: "r"(arrival@) : "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
__syncwarp();
unsigned x@ = 1u;
const unsigned mask@ = (1u << footprint_log2@) - 1u;""")

    def body(self) -> str:
        return self.write("""\
if (lane == 0u) {
    const uint4* const from = source@ + 32u * (((i >> 5) + t * (n >> 5)) & mask@);
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], 512;"
        :: "r"(arrival@) : "memory");
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
        " [%0], [%1], 512, [%2];"
        :: "r"(target@), "l"(__cvta_generic_to_global(from)), "r"(arrival@) : "memory");
}
unsigned came@;
do {
    asm volatile("{.reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;"
        " selp.u32 %0, 1, 0, p;}" : "=r"(came@) : "r"(arrival@), "r"(t & 1u) : "memory");
} while (came@ == 0u);
x@ = x@ * 5u + pool@[lane * 4u + (t & 3u)];
__syncwarp();""")

    def fold(self) -> str:
        return self.write("high_half(x@ << 8)")

    def begin(self, threads: Threads) -> State:
        return {"x": np.ones(threads.seed.size, U)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        mask = (1 << threads.size[self.named("footprint_log2")]) - 1
        words = threads.buffers[self.named("source")].reshape(-1, 128)
        warp, lane = threads.index.astype(np.int64) // WARP, threads.lane.astype(int)
        piece = (warp + trip * (threads.n // WARP)) & mask
        state["x"] = state["x"] * U(5) + words[piece, lane * 4 + trip % 4]

    def result(self, threads: Threads, state: State) -> Array:
        return high_half(state["x"] << U(8))

    def cycles(self, size: Size) -> float:
        return 512 / (40.0 if size[self.named("footprint_log2")] < 16 else 14.0)

    def latency(self, size: Size) -> float:
        return 700.0 if size[self.named("footprint_log2")] < 16 else 1100.0

    def _make(self, xp: Any, size: Size, data: Data, stream: int) -> Any:
        count = 64 << size[self.named("footprint_log2")]
        return bits(xp, count, data, stream).view(np.uint32)


def small_number(index: Any) -> Array:
    """A number in [-0.5, 0.5) by index: multiples of 1/256, exact in every format here."""
    word = np.asarray(index, np.int64) * 2654435761 & 0xFFFFFFFF
    return np.asarray(((word >> 16) & 255).astype(np.float64) / 256 - 0.5)


PRELUDE = """\
__device__ __forceinline__ float small_number(unsigned index) {
    return (float)((index * 2654435761u >> 16) & 255u) * 0.00390625f - 0.5f;
}
"""
"""Helpers of these units, put before the kernels that use them."""
