"""The footprint of a launch from the bytes of all its accesses."""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView, Iterator
from functools import partial
from typing import Final

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from ptxenergy.launch.closed.alike import Kind
from ptxenergy.launch.closed.budget import Budget
from ptxenergy.launch.closed.hulls import hull_of, sectors_within
from ptxenergy.launch.closed.pieces import Piece, gathered, pieces_of
from ptxenergy.launch.closed.program import Program
from ptxenergy.launch.closed.reach import block_sectors, launch_sectors, rectangles
from ptxenergy.launch.profile import Footprint, Reach
from ptxenergy.launch.reference.lanes import Array
from ptxenergy.launch.request import Launch
from ptxenergy.launch.waves import middle_wave

_REGION_SHIFT: Final = 40
# Taking the bytes of an access in one box, with all that follows, is as long as so many steps.
_STEPS_OF_PIECE: Final = 2
_DIRECTIONS: Final = {"load": ("read",), "store": ("write",), "atomic": ("read", "write")}


class Extent(Struct, frozen=True):
    """Reach of one direction of one argument, and its sectors that are not touched whole."""

    reach: Reach
    partial: float = 0


def footprint_of(
    program: Program,
    launch: Launch,
    kinds: list[Kind],
    wave_blocks: int | None,
    budget: Budget,
    *,
    rounded: bool = False,
) -> Footprint:
    """What known global accesses touch. Raises TooManyError where that cannot be written down,
    UnsupportedError where the budget is at its end.

    With `rounded`, sectors are taken whole: as many of them and fewer pieces, but all that is
    written then counts as partly written.
    """
    found = _by_owner(program, launch, kinds, budget, rounded=rounded)
    extents = _Extents(launch, middle_wave(launch.grid.volume, wave_blocks))
    total = {"any": Extent(Reach()), "read": Extent(Reach()), "write": Extent(Reach())}
    by_argument: dict[str, tuple[Reach, Reach]] = {}
    for owner, ways in found.items():
        own = {way: extents.of(pieces) for way, pieces in ways.items()}
        both = own.get("read"), own.get("write")
        if both[0] is not None and both[1] is not None:
            every = extents.of([*ways["read"], *ways["write"]])
        else:
            every = both[0] or both[1] or Extent(Reach())
        by_argument[owner] = tuple((e or Extent(Reach())).reach for e in both)  # type: ignore[assignment]
        for way, extent in (("any", every), *own.items()):
            total[way] = _sum(total[way], extent)
    by_argument.pop("", None)
    return Footprint(
        total["any"].reach,
        total["read"].reach,
        total["write"].reach,
        total["write"].reach.launch if rounded else total["write"].partial,
        by_argument,
    )


def _by_owner(
    program: Program, launch: Launch, kinds: list[Kind], budget: Budget, *, rounded: bool
) -> dict[str, dict[str, list[Piece]]]:
    """The pieces of global memory by argument or variable, then by direction."""
    known = [kind for kind in kinds if kind.event.space == "global"]
    for kind in known:
        budget.spend(_STEPS_OF_PIECE * len(kind.scope.boxes), kind.scope.lanes_per_block)
    found: dict[str, dict[str, list[Piece]]] = {}
    names = _names(launch)
    for kind in known:
        for owner, way, piece in _owned(program, names, kind):
            whole = piece.rounded() if rounded else piece
            found.setdefault(owner, {}).setdefault(way, []).append(whole)
    return found


def _owned(program: Program, names: dict[int, str], kind: Kind) -> Iterator[tuple[str, str, Piece]]:
    """The pieces of a kind with its copies, by owner and direction."""
    low, high = hull_of(kind)
    owner = _argument_of(names, kind, low, high)
    if owner is not None:
        for (_, way), places in _places(kind, lambda _: owner):
            for piece in pieces_of(kind.scope, kind.event, _in_order(places)):
                yield owner, way, piece
        return
    for piece in pieces_of(kind.scope, kind.event):
        start = int(piece.bytes.start[0])
        for (own, way), places in _places(kind, partial(_owner, program, names, start)):
            copies = piece.bytes.copied(_in_order(places))
            yield own, way, replace(piece, bytes=copies)


def _argument_of(names: dict[int, str], kind: Kind, low: int, high: int) -> str | None:
    """The argument that all copies of what lies between two addresses belong to."""
    places = [place for _, place in kind.copies]
    first, last = _region(low + min(places)), _region(high + max(places))
    return names.get(first) if first == last else None


def _in_order(places: set[int]) -> Array:
    return np.array(sorted(places), np.int64)


def within_hulls(program: Program, launch: Launch, kinds: list[Kind]) -> dict[str, int]:
    """Sectors between the first byte and the last, summed over arguments, by way."""
    found: dict[str, dict[str, list[tuple[int, int]]]] = {}
    names = _names(launch)
    for kind in (kind for kind in kinds if kind.event.space == "global"):
        low, high = hull_of(kind)
        for (owner, way), places in _places(kind, partial(_owner, program, names, low)):
            hull = low + min(places), high + max(places)
            for each in ("any", way):
                found.setdefault(each, {}).setdefault(owner, []).append(hull)
    return {way: sum(map(sectors_within, own.values())) for way, own in found.items()}


def _places(kind: Kind, owner_of: Callable[[int], str]) -> ItemsView[tuple[str, str], set[int]]:
    """Where the copies of an access lie, by owner and direction."""
    found: dict[tuple[str, str], set[int]] = {}
    for event, place in kind.copies:
        owner = owner_of(place)
        for way in _DIRECTIONS[event.direction]:
            found.setdefault((owner, way), set()).add(place)
    return found.items()


class _Extents(Struct, frozen=True):
    """Extents of pieces in a launch: what is read and written back is looked at once."""

    launch: Launch
    wave: range
    known: dict[Hashable, Extent] = field(default_factory=dict)

    def of(self, listed: list[Piece]) -> Extent:
        """How far pieces reach together."""
        pieces = gathered(listed)
        key = frozenset((p.box, p.loops, p.moves, p.bytes.key) for p in pieces)
        if key not in self.known:
            self.known[key] = _extent(pieces, self.launch, self.wave)
        return self.known[key]


def _extent(pieces: list[Piece], launch: Launch, wave: range) -> Extent:
    sectors, partial = launch_sectors(pieces)
    in_wave = sectors
    if len(wave) < launch.grid.volume:
        inside = [
            part
            for low, high in rectangles(tuple(launch.grid), wave.start, wave.stop)  # type: ignore[arg-type]
            for piece in pieces
            if (part := piece.within(low, high)) is not None
        ]
        in_wave = launch_sectors(inside)[0] if inside else 0
    return Extent(Reach(block_sectors(pieces), in_wave, sectors), partial)


def _sum(one: Extent, other: Extent) -> Extent:
    a, b = one.reach, other.reach
    reach = Reach(a.block + b.block, a.wave + b.wave, a.launch + b.launch)
    return Extent(reach, one.partial + other.partial)


def _names(launch: Launch) -> dict[int, str]:
    """The name of each pointer argument by the number of its region."""
    found: dict[int, str] = {}
    for argument in launch.arguments:
        for offset in argument.pointer_offsets:
            address = int.from_bytes(argument.image[offset : offset + 8], "little")
            found[_region(address)] = argument.parameter.name
    return found


def _region(address: int) -> int:
    return (address + (1 << (_REGION_SHIFT - 1))) >> _REGION_SHIFT


def _owner(program: Program, names: dict[int, str], start: int, place: int) -> str:
    """The argument or the variable that a place, so many bytes from a start, belongs to; empty
    where there is none."""
    address = start + place
    name = names.get(_region(address))
    if name is not None:
        return name
    for variable, (space, start) in program.kernel.placement.addresses.items():
        size = program.sizes.get(variable, 0)
        if space == "global" and start <= address < start + max(size, 1):
            return variable
    return ""
