"""Shared memory: exchange by degree of conflict, tables by width, `cp.async`, atomics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
from ptxenergy.measure.kernels.kernel import Array, Data, Size

U = np.uint32
_TABLE_WORDS = 2048


@dataclass(frozen=True)
class Exchange(Unit):
    """Each lane stores a word, `spread` words from the next lane's, and loads its neighbour's.

    A spread of 1, 2, 4, 8, 32 words makes conflicts of that degree, both ways.
    """

    most: int = 32

    is_collective = True

    @property
    def kind(self) -> str:
        return "shared_exchange"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("spread")),)

    def variants(self) -> tuple[Size, ...]:
        spreads = [spread for spread in (1, 2, 32, 4, 8) if spread <= self.most]
        return tuple({self.named("spread"): spread} for spread in spreads)

    def shared_words(self) -> str:
        return self.write("32u * spread@")

    def shared_words_at(self, size: Size) -> int:
        return 32 * size[self.named("spread")]

    def declare(self) -> str:
        starts = [f"unsigned x@_{c} = {start_word_text(c)};" for c in range(self.ilp)]
        return self.write("\n".join(starts))

    def body(self) -> str:
        lines = []
        for repeat in range(self.repeats):
            for c in range(self.ilp):
                lines += [
                    f"pool@[lane * spread@] = x@_{c};",
                    "__syncwarp();",
                    f"x@_{c} = pool@[((lane + {repeat + 1}u) & 31u) * spread@] * 69069u + 1u;",
                    "__syncwarp();",
                ]
        return self.write("\n".join(lines))

    def fold(self) -> str:
        return self.write(" + ".join(f"high_half(x@_{c})" for c in range(self.ilp)))

    def begin(self, threads: Threads) -> State:
        return {f"x{c}": start_word(threads.seed, c) for c in range(self.ilp)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        for repeat in range(self.repeats):
            for c in range(self.ilp):
                rows = state[f"x{c}"].reshape(-1, WARP)
                moved = rows[:, (np.arange(WARP) + repeat + 1) % WARP]
                state[f"x{c}"] = (moved * U(69069) + U(1)).reshape(-1)

    def result(self, threads: Threads, state: State) -> Array:
        total = np.zeros(threads.seed.size, np.float32)
        for c in range(self.ilp):
            total = total + high_half(state[f"x{c}"])
        return total

    def cycles(self, size: Size) -> float:
        return self.ilp * self.repeats * (2.0 * size[self.named("spread")] + 1)

    def latency(self, size: Size) -> float:
        return self.ilp * self.repeats * 60.0 + self.cycles(size)


@dataclass(frozen=True)
class Table(Unit):
    """Loads from a table that the block made: one, two or four words wide, a stride apart by lane.

    A stride of 0 is a broadcast.
    """

    width: int = 1

    @property
    def kind(self) -> str:
        return f"shared_table_w{self.width}"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("stride")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("stride"): stride} for stride in (1, 0, 2, 16, 3))

    def declare(self) -> str:
        return self.write(f"""\
__shared__ __align__(16) float table@[{_TABLE_WORDS}];
for (unsigned j = tid; j < {_TABLE_WORDS}u; j += block_threads)
    table@[j] = high_half(j * 2654435761u);
__syncthreads();
float x@ = seed;""")

    def body(self) -> str:
        rows = _TABLE_WORDS // self.width
        kind = {1: "float", 2: "float2", 4: "float4"}[self.width]
        lines = []
        for repeat in range(self.repeats):
            place = f"(lane * stride@ + t * 7u + {13 * repeat}u) & {rows - 1}u"
            load = f"const {kind} v = reinterpret_cast<const {kind}*>(table@)[{place}];"
            parts = ["v"] if self.width == 1 else [f"v.{p}" for p in "xyzw"[: self.width]]
            uses = [f"x@ = fmaf(x@, 0.5f, {part});" for part in parts]
            lines.append("{ " + " ".join([load, *uses]) + " }")
        return self.write("\n".join(lines))

    def fold(self) -> str:
        return self.write("x@")

    def begin(self, threads: Threads) -> State:
        return {"x": threads.seed.copy()}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        rows = _TABLE_WORDS // self.width
        table = high_half(np.arange(_TABLE_WORDS, dtype=U) * U(2654435761))
        stride = U(threads.size[self.named("stride")])
        for repeat in range(self.repeats):
            place = (threads.lane * stride + U(trip * 7 + 13 * repeat)) & U(rows - 1)
            for part in range(self.width):
                value = table[place * U(self.width) + U(part)]
                state["x"] = fma32(state["x"], 0.5, value)

    def result(self, threads: Threads, state: State) -> Array:
        return state["x"]

    def cycles(self, size: Size) -> float:
        stride = size[self.named("stride")]
        conflicts = np.gcd(stride, 32) if stride else 1
        return self.repeats * (max(self.width, min(32, conflicts * self.width)) + 1.0)

    def latency(self, size: Size) -> float:
        return 30.0 + 4 * self.repeats * self.width + self.cycles(size)


@dataclass(frozen=True)
class CopyAsync(Unit):
    """`cp.async` of 16 bytes a lane from global into shared memory, read by the neighbour.

    The region walks over a footprint of 2^`footprint_log2` chunks of 16 bytes.
    """

    is_collective = True

    @property
    def kind(self) -> str:
        return "shared_cp_async"

    def parameters(self) -> tuple[Parameter, ...]:
        name = self.named("source")
        return (
            Parameter(name, "const uint4*", self._make),
            Parameter(self.named("footprint_log2")),
        )

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("footprint_log2"): value} for value in (9, 20, 24))

    def shared_words(self) -> str:
        return "128u"

    def shared_words_at(self, size: Size) -> int:
        return 128

    def declare(self) -> str:
        return self.write(
            "unsigned x@ = 1u;\nconst unsigned mask@ = (1u << footprint_log2@) - 1u;\n"
            "const unsigned mine@ = (unsigned)__cvta_generic_to_shared(pool@ + lane * 4u);"
        )

    def body(self) -> str:
        return self.write("""\
asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" :: "r"(mine@),
    "l"(__cvta_generic_to_global(source@ + ((i + t * n) & mask@))) : "memory");
asm volatile("cp.async.commit_group;" ::: "memory");
asm volatile("cp.async.wait_group 0;" ::: "memory");
__syncwarp();
x@ = x@ * 5u + pool@[((lane + 1u) & 31u) * 4u + (t & 3u)];
__syncwarp();""")

    def fold(self) -> str:
        return self.write("high_half(x@ << 8)")

    def begin(self, threads: Threads) -> State:
        return {"x": np.ones(threads.seed.size, U)}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        mask = U((1 << threads.size[self.named("footprint_log2")]) - 1)
        chunks = threads.buffers[self.named("source")].reshape(-1, 4)
        at = (threads.index + U(trip * threads.n)) & mask
        copied = chunks[at, trip & 3].reshape(-1, WARP)
        neighbour = copied[:, (np.arange(WARP) + 1) % WARP].reshape(-1)
        state["x"] = state["x"] * U(5) + neighbour

    def result(self, threads: Threads, state: State) -> Array:
        return high_half(state["x"] << U(8))

    def cycles(self, size: Size) -> float:
        return 8.0 if size[self.named("footprint_log2")] < 10 else 30.0

    def latency(self, size: Size) -> float:
        return 400.0 if size[self.named("footprint_log2")] < 21 else 800.0

    def _make(self, xp: object, size: Size, data: Data, stream: int) -> object:
        from ptxenergy.measure.kernels.data import bits

        count = 2 << size[self.named("footprint_log2")]
        return bits(xp, count, data, stream).view(np.uint32)


@dataclass(frozen=True)
class SharedAtomic(Unit):
    """Atomic adds in shared memory: 2^`sharing` lanes of a warp meet at one word."""

    is_collective = True

    @property
    def kind(self) -> str:
        return "shared_atomic"

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter(self.named("sharing")),)

    def variants(self) -> tuple[Size, ...]:
        return tuple({self.named("sharing"): value} for value in (0, 2, 5, 1))

    def shared_words(self) -> str:
        return "32u"

    def shared_words_at(self, size: Size) -> int:
        return 32

    def declare(self) -> str:
        return self.write(f"unsigned x@ = {start_word_text(0)};\npool@[lane] = x@;\n__syncwarp();")

    def body(self) -> str:
        line = (
            "atomicAdd(&pool@[lane >> sharing@], x@ >> 20); __syncwarp();\n"
            "x@ = x@ * 69069u + pool@[(lane + {r}u) & 31u]; __syncwarp();"
        )
        return self.write("\n".join(line.format(r=repeat) for repeat in range(self.repeats)))

    def fold(self) -> str:
        return self.write("high_half(x@)")

    def begin(self, threads: Threads) -> State:
        x = start_word(threads.seed, 0)
        return {"x": x, "pool": x.copy()}

    def step(self, threads: Threads, state: State, trip: int) -> None:
        lane = np.arange(WARP)
        target = lane >> threads.size[self.named("sharing")]
        for repeat in range(self.repeats):
            x, pool = state["x"].reshape(-1, WARP), state["pool"].reshape(-1, WARP).copy()
            for source in range(WARP):
                pool[:, target[source]] += x[:, source] >> U(20)
            state["x"] = (x * U(69069) + pool[:, (lane + repeat) % WARP]).reshape(-1)
            state["pool"] = pool.reshape(-1)

    def result(self, threads: Threads, state: State) -> Array:
        return high_half(state["x"])

    def cycles(self, size: Size) -> float:
        return self.repeats * (4.0 + 2.0 * (1 << size[self.named("sharing")]))

    def latency(self, size: Size) -> float:
        return self.repeats * (100.0 + 8.0 * (1 << size[self.named("sharing")]))
