"""What a unit of a generated kernel is: parameters, CUDA text, cost, and the same in NumPy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ptxenergy.measure.kernels.kernel import Array, Data, Pin, Size

State: TypeAlias = dict[str, Array]
Maker: TypeAlias = Callable[[Any, Size, Data, int], Any]

WARP = 32


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the kernel beyond input, output, n and trips.

    With `make` it is a buffer, made from (xp, size, data, stream); else an unsigned scalar which
    the size holds under the same name.
    """

    name: str
    c_type: str = "unsigned"
    make: Maker | None = None


@dataclass(frozen=True, slots=True)
class Threads:
    """The threads of a launch in whole warps. Threads beyond `n` take part, but store nothing.

    `seed` is each thread's input; `buffers` the buffer parameters by name, to be changed in place.
    """

    n: int
    seed: Array
    size: Size
    buffers: Mapping[str, Array] = field(default_factory=dict)

    @property
    def index(self) -> Array:
        """The global linear index of each thread, as uint32."""
        return np.arange(self.seed.size, dtype=np.uint32)

    @property
    def lane(self) -> Array:
        """The lane of each thread, as uint32."""
        return self.index % np.uint32(WARP)

    @property
    def is_real(self) -> Array:
        """Whether a thread's index is below `n`."""
        return self.index < self.n


@dataclass(frozen=True)
class Unit(ABC):
    """A piece of a loop body with state of its own.

    In its texts `@` stands for `tag`, which tells two units of one kernel apart. `ilp` is how many
    independent chains there are, `repeats` how often the body's step is written out.
    """

    tag: str = ""
    ilp: int = 1
    repeats: int = 1

    is_collective = False
    """Whether all lanes of a warp must take part."""
    architecture = "sm_90"
    """The architecture that the unit's instructions need; `sm_90` stands for any since 8.0."""
    block_multiple = WARP
    """A block's threads must be a multiple of this."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """A short name: of the pipe or memory, and how it is used."""

    @abstractmethod
    def declare(self) -> str:
        """Statements before the loop: the state, made from `seed`, `i`, `lane`, `warp`."""

    @abstractmethod
    def body(self) -> str:
        """Statements of one trip `t`."""

    @abstractmethod
    def fold(self) -> str:
        """The state as one float expression."""

    @abstractmethod
    def begin(self, threads: Threads) -> State:
        """The state before the loop: arrays with one element a thread."""

    @abstractmethod
    def step(self, threads: Threads, state: State, trip: int) -> None:
        """Do one trip, changing state and buffers in place."""

    @abstractmethod
    def result(self, threads: Threads, state: State) -> Array:
        """What `fold` gives, as float32."""

    @abstractmethod
    def cycles(self, size: Size) -> float:
        """Roughly, SM cycles that one warp's trip keeps its busiest pipe busy."""

    def latency(self, size: Size) -> float:
        """Roughly, cycles from the start of a trip to its end for a warp alone on an SM."""
        return 6.0 * self.repeats * 2

    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters beyond the common ones, in order."""
        return ()

    def variants(self) -> tuple[Size, ...]:
        """Values of the scalar parameters worth measuring; the first is also the check's."""
        return ({},)

    def file_scope(self) -> str:
        """Declarations before the kernel."""
        return ""

    def shared_words(self) -> str:
        """32-bit words of dynamic shared memory per warp, a multiple of 4, as a C expression."""
        return ""

    def shared_words_at(self, size: Size) -> int:
        """The same as a number."""
        return 0

    def steering(self) -> tuple[str, ...]:
        """The buffers that `pins` looks at, by name."""
        return ()

    def pins(self, size: Size, threads: Threads) -> tuple[Pin, ...]:
        """What of the data steers this unit; markers carry the tag."""
        return ()

    def tolerance(self) -> float:
        """How far, relatively, the GPU may be from the emulation."""
        return 1e-5

    def named(self, name: str) -> str:
        """A parameter's full name."""
        return f"{name}{self.tag}"

    def write(self, text: str) -> str:
        """A text with the tag filled in."""
        return text.replace("@", self.tag)


def chain_constants(chain: int) -> tuple[float, float, float]:
    """Start factors p, q and step s of a chain, distinct and without short binary forms."""
    p = 0.5 + 0.3819660113 * ((chain * 7 + 1) % 16) / 16
    q = 0.9 - 0.4142135624 * ((chain * 5 + 3) % 16) / 16
    s = 0.21 + 0.1732050808 * ((chain * 3 + 2) % 16) / 16
    return round(p, 9), round(q, 9), round(s, 9)


def start_word(seed: Array, chain: int) -> Array:
    """How an integer chain starts: odd, and different for every seed and chain."""
    mixed = (seed.view(np.uint32) ^ np.uint32(word_salt(chain))) * np.uint32(2654435761)
    return mixed | np.uint32(1)


def start_word_text(chain: int) -> str:
    """`start_word` in CUDA."""
    return f"((__float_as_uint(seed) ^ {word_salt(chain)}u) * 2654435761u | 1u)"


def word_salt(chain: int) -> int:
    """A number that tells chains apart."""
    return (0x9E3779B9 * (chain + 1)) & 0xFFFFFFFF
