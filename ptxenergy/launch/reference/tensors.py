"""Copies whose size is in a tensor map, which PTX does not show (PTX ISA 5.5, 9.7.9.27).

What is known of them: which parameter holds the map, the coordinates of the box, and for copies to
shared memory how many bytes their mbarrier was told to expect. Boxes of one map are alike, so that
a barrier on which one map is open tells its size; where several are, they share what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct, field

from ptxenergy.launch.arguments import parameter_index
from ptxenergy.launch.reference.placement import RANK_SHIFT, WINDOWS
from ptxenergy.launch.request import TensorMap
from ptxenergy.ptx.syntax import Instruction

if TYPE_CHECKING:
    from ptxenergy.launch.reference.program import Program

DEFAULT_BYTES: Final = 1024
"""A copy of which nothing is known: one sector for each lane of a warp."""
NOWHERE: Final = -1
"""The barrier of a copy that reports to none, and the tile of one whose coordinates are unknown."""
BARRIER_MASK: Final = (1 << RANK_SHIFT) - 1
"""What of a shared address tells the barriers of a block apart."""
_REGION_SHIFT: Final = 40
_FIRST_REGION: Final = 1 << 14
_SECTORS_A_TILE: Final = 1 << 13
_MOST_TILES: Final = 1 << 21

Barrier = tuple[int, int]
"""(place of the block in its group, shared address)."""


class Copy(NamedTuple):
    """Copies that are alike: of one instruction, block, barrier, map and box."""

    number: int
    block: int
    barrier: int
    map: str
    tile: int


class TensorCopies(Struct):
    """What a group of blocks has copied and told its mbarriers, until it is settled."""

    open: dict[Copy, int] = field(default_factory=dict)
    expected: dict[Barrier, int] = field(default_factory=dict)
    arrived: dict[Barrier, int] = field(default_factory=dict)
    undecided: set[Barrier] = field(default_factory=set)
    instructions: dict[int, Instruction] = field(default_factory=dict)
    sides: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def settled(self) -> tuple[dict[Copy, int], set[str]]:
        """Bytes of each open copy, and the maps whose size had to be assumed.

        A barrier without an expectation, or with one that data decides, tells nothing.
        """
        sizes = self._decided()
        assumed: set[str] = set()
        found: dict[Copy, int] = {}
        shares = self._shares(sizes)
        typical = _mean(shares.values()) or DEFAULT_BYTES
        for copy in self.open:
            size = sizes.get(copy.map) if copy.map else None
            if size is None:
                assumed.add(copy.map)
                size = shares.get((copy.block, copy.barrier), typical)
            found[copy] = size
        return found, assumed

    def _decided(self) -> dict[str, int]:
        """Sizes of boxes by map, as far as barriers with one open map tell them."""
        sizes: dict[str, int] = {}
        waiting = self._by_barrier()
        while True:
            before = len(sizes)
            for barrier, maps in waiting.items():
                missing = [name for name in maps if name not in sizes]
                if len(missing) != 1 or not missing[0] or barrier not in self.expected:
                    continue
                size, rest = divmod(self._left(barrier, sizes, maps), maps[missing[0]])
                if size > 0 and not rest:
                    sizes[missing[0]] = size
            if len(sizes) == before:
                return sizes

    def _shares(self, sizes: Mapping[str, int]) -> dict[Barrier, int]:
        """An even share of what is left on each barrier, for maps whose size is not decided."""
        shares: dict[Barrier, int] = {}
        for barrier, maps in self._by_barrier().items():
            copies = sum(count for name, count in maps.items() if name not in sizes)
            left = self._left(barrier, sizes, maps)
            if copies and left > 0:
                shares[barrier] = left // copies
        return shares

    def _left(self, barrier: Barrier, sizes: Mapping[str, int], maps: Mapping[str, int]) -> int:
        known = sum(sizes.get(name, 0) * count for name, count in maps.items())
        return self.expected.get(barrier, 0) - self.arrived.get(barrier, 0) - known

    def _by_barrier(self) -> dict[Barrier, dict[str, int]]:
        """How many copies of each map are open on each barrier that tells how much it expects."""
        found: dict[Barrier, dict[str, int]] = {}
        for copy, count in self.open.items():
            barrier = copy.block, copy.barrier
            if copy.barrier != NOWHERE and barrier not in self.undecided:
                maps = found.setdefault(barrier, {})
                maps[copy.map] = maps.get(copy.map, 0) + count
        return found


class TensorMaps(Struct):
    """The tensor maps of a launch: their names, the sizes that were given, the boxes met so far."""

    program: Program
    given: Mapping[str, TensorMap]
    _names: dict[int, str] = field(default_factory=dict)
    _tiles: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)
    _count: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program, given: Mapping[str, TensorMap]) -> TensorMaps:
        """The maps of a launch; raises ArgumentError for a parameter that its kernel lacks."""
        kernel = program.kernel
        names = {kernel.parameters[parameter_index(kernel, t)].name: m for t, m in given.items()}
        return cls(program, names)

    def name_at(self, address: int) -> str:
        """The parameter or variable that holds the map at an address; empty where none does."""
        found = self._names.get(address)
        if found is None:
            found = self._names[address] = self._name_at(address)
        return found

    def _name_at(self, address: int) -> str:
        placement = self.program.placement
        code, shift = self.program.kernel_code, placement.window_shift
        tag, offset = address >> shift, address & ((1 << shift) - 1)
        if tag == WINDOWS["param"] or (not tag and offset < code.parameter_bytes):
            below = [(at, name) for name, at in code.parameter_offsets.items() if at <= offset]
            return max(below)[1] if below else ""
        space = "constant" if tag == WINDOWS["constant"] else "global"
        for name, place in placement.addresses.items():
            if place == (space, offset):
                return name
        for argument in self.program.launch.arguments:
            for at in argument.pointer_offsets:
                base = int.from_bytes(argument.image[at : at + 8], "little")
                if base and base >> _REGION_SHIFT == address >> _REGION_SHIFT:
                    return argument.parameter.name
        return ""

    def option(self, name: str, size_bytes: int) -> str:
        """The option that gives a map boxes of so many bytes; empty where it has no parameter."""
        names = [parameter.name for parameter in self.program.kernel.parameters]
        if name not in names:
            return ""
        index = names.index(name)
        shown = index if name.endswith(f"_param_{index}") else name
        return f"--tensor-map {shown}={size_bytes}:1"

    def tile(self, name: str, coordinates: tuple[int, ...]) -> int:
        """A number for the box at these coordinates, the same each time it is asked for."""
        key = name, coordinates
        found = self._tiles.get(key)
        if found is None:
            found = self._tiles[key] = self._count.get(name, 0)
            self._count[name] = found + 1
        return found

    def first_sector(self, name: str, tile: int) -> int:
        """Where the sectors of a box are taken to lie: boxes apart, in a region of their map."""
        return (region_of_map(self.program, name) << 35) + (tile % _MOST_TILES) * _SECTORS_A_TILE


def region_of_map(program: Program, name: str) -> int:
    """The number of the region in which the boxes of a map are taken to lie, beyond pointers'."""
    names = [parameter.name for parameter in program.kernel.parameters]
    return _FIRST_REGION + (names.index(name) if name in names else len(names))


def _mean(shares: Collection[int]) -> int:
    return sum(shares) // len(shares) if shares else 0
