"""What the user asks for and what is launched: block, grid, arguments, pins, assumptions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct, field

from ptxenergy.ptx.syntax import Parameter


class Dim3(NamedTuple):
    """Extents along x, y and z; each at least 1."""

    x: int
    y: int = 1
    z: int = 1

    @property
    def volume(self) -> int:
        """x · y · z."""
        return self.x * self.y * self.z

    @property
    def short(self) -> str:
        """`32x8` for 32x8x1: ones at the end are left out, the first extent never is."""
        kept = self[:3] if self.z > 1 else self[:2] if self.y > 1 else self[:1]
        return "x".join(map(str, kept))

    def __str__(self) -> str:
        return "x".join(str(extent) for extent in self)


class ArgumentSetting(Struct, frozen=True):
    """One `--arg`. `target` is a 0-based index over all parameters or a parameter's name.

    `offset` and `type` (`u32`, `f32`, …) select a field of a struct parameter. `text` is the value
    as typed, so that an error can show it.
    """

    target: str
    text: str
    offset: int = 0
    type: str | None = None


class TensorMap(Struct, frozen=True):
    """What a tensor map says of its copies. `box`: elements of one copy along each dimension."""

    box: tuple[int, ...]
    element_bytes: int

    @property
    def copy_bytes(self) -> int:
        """Bytes of one copy."""
        return math.prod(self.box) * self.element_bytes


class Trips(NamedTuple):
    """Iterations of a loop that data ends: the mean over the lanes that enter it, and over warps
    the mean of what the lane with most makes. The warp goes on until that one is done."""

    lane: float
    warp: float


class Pins(Struct, frozen=True):
    """What the user knows of the data. Keys are 1-based lines of the PTX file.

    `trips`: iterations of the loop whose exit is decided at that line, as the mean over lanes or
    with that of warps beside it; `branches`: probability
    in [0, 1] that a lane takes that branch; `accesses`: `coalesced`, `random`, or sectors per
    request. `tensor_maps`: by parameter, as an index or a name.
    """

    trips: Mapping[int, float | Trips] = field(default_factory=dict)
    branches: Mapping[int, float] = field(default_factory=dict)
    accesses: Mapping[int, Literal["coalesced", "random"] | float] = field(default_factory=dict)
    tensor_maps: Mapping[str, TensorMap] = field(default_factory=dict)


class LaunchRequest(Struct, frozen=True):
    """What was asked. `None` means: take it from the file, or assume it and say so."""

    block: Dim3 | None = None
    grid: Dim3 | None = None
    threads: Dim3 | None = None
    arguments: tuple[ArgumentSetting, ...] = ()
    shared_bytes: int = 0
    pins: Pins = field(default_factory=Pins)


class Assumption(Struct, frozen=True):
    """Something that had to be assumed. `option` pins it to that same value: `--arg n=4096`.
    It is empty where nothing pins it.

    Codes: `block`, `grid`, `argument`, `branch`, `trip`, `access`, `call`, `value`.
    """

    code: str
    line: int | None
    message: str
    option: str


class Argument(Struct, frozen=True):
    """The bytes of one parameter at launch.

    `image` is little-endian, as long as the parameter. `pointer_offsets` are the byte offsets in
    it that hold pointers; each points at the start of a region of its own, 256-byte aligned.
    `shown` is the value for people and JSON: a number, `"pointer"`, or `{offset: …}` of a struct.
    """

    parameter: Parameter
    image: bytes
    pointer_offsets: tuple[int, ...]
    shown: int | float | str | Mapping[str, int | float | str]


class Launch(Struct, frozen=True):
    """A launch, complete: nothing in it is open any more."""

    grid: Dim3
    block: Dim3
    shared_bytes: int
    arguments: tuple[Argument, ...]
    assumptions: tuple[Assumption, ...] = ()

    @property
    def warps_per_block(self) -> int:
        """Warps of 32 lanes; the last may be part full."""
        return -(-self.block.volume // 32)
