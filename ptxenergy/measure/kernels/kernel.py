"""What a kernel worth measuring says of itself: its sizes, shapes, data, and its right result.

Each `datasets/kernels/<family>/<kernel>.py` defines one subclass of `Kernel` beside its `.cu`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Size: TypeAlias = Mapping[str, int]
Array: TypeAlias = npt.NDArray[Any]
Argument: TypeAlias = Array | np.generic


class Extent(NamedTuple):
    """Extents along x, y and z; each at least 1."""

    x: int
    y: int = 1
    z: int = 1

    @property
    def volume(self) -> int:
        """x · y · z."""
        return self.x * self.y * self.z

    def __str__(self) -> str:
        return f"{self.x}x{self.y}x{self.z}"


@dataclass(frozen=True, slots=True)
class Data:
    """What fills the buffers. Only `random` is trained on; the rest state the sensitivity."""

    kind: Literal["random", "zeros", "constant", "sparse"] = "random"
    seed: int = 20260101


@dataclass(frozen=True, slots=True)
class Pin:
    """Something of the data that PTX cannot say, computed from the input.

    `marker` is a comment `// pin: MARKER` on the line of the CUDA source that it speaks of;
    the plan turns it into PTX lines. `value`: probability of a branch, mean trips of a loop that
    is entered, or sectors per request of an access (of shared memory: passes over its banks).
    `warp`, of trips: the mean over warps of the most trips of a lane, where that is known.
    """

    marker: str
    kind: Literal["branch", "trip", "access"]
    value: float
    warp: float | None = None


class Kernel(ABC):
    """One kernel. `sizes` hold the parameters that change its counts; `blocks` its legal shapes.

    `check_size` is a tiny size of the same parameters at which its result is checked, on a GPU
    and by the reference interpreter: ragged where the kernel has edges, a few thousand threads at
    most. A kernel must do the same work at every launch: it never reads what it wrote, unless the
    result is unchanged.
    """

    name: str
    family: str
    entry: str
    sizes: tuple[Size, ...]
    blocks: tuple[Extent, ...]
    check_size: Size
    compile_options: tuple[str, ...] = ()
    architecture: str = "sm_90"
    is_generated: bool = False
    tolerance: float = 1e-4

    def source(self, folder: Path) -> str:
        """The CUDA source: `<name>.cu` in the definition's folder, unless it is generated."""
        return (folder / f"{self.name}.cu").read_text(encoding="utf-8")

    @abstractmethod
    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        """The arguments in parameter order, made with `xp` (numpy or cupy): arrays and scalars."""

    @abstractmethod
    def grid(self, size: Size, block: Extent) -> Extent:
        """The grid that does the whole work of `size` with blocks of that shape."""

    @abstractmethod
    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        """What the argument arrays hold after one launch, by argument index, by plain NumPy."""

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        """Dynamic shared memory of one block, in bytes."""
        return 0

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        """What of the data steers the kernel; empty where nothing does."""
        return ()
