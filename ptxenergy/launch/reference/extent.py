"""How much of global memory the evaluated blocks touch: by block, by wave, and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.profile import Footprint, Reach
from ptxenergy.launch.reference.footprint import parted
from ptxenergy.launch.reference.lanes import Array, Bools
from ptxenergy.launch.reference.owners import Owners
from ptxenergy.launch.reference.sectors import Numbers, Written, is_among
from ptxenergy.launch.reference.tally import Floats, plain
from ptxenergy.launch.waves import middle_wave

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine
    from ptxenergy.launch.reference.program import Program


class Pairs(Struct, frozen=True, eq=False):
    """Distinct (block, sector) pairs of a group of blocks in one direction, and their owners.

    `block` is the block's place in its group.
    """

    block: Array
    sector: Array
    owner: Array

    @staticmethod
    def of(keys: Array, owners: Owners) -> Pairs:
        """The pairs of the keys of touched sectors."""
        block, sector = parted(keys)
        return Pairs(block, sector, owners.of(sector))

    def by_owner(self, weights: Floats, owners: int) -> Floats:
        """The sum of the weights of the pairs' blocks, by owner."""
        found = np.bincount(self.owner, weights[self.block], minlength=owners)
        return found.astype(np.float64)


class Scope(Struct):
    """Distinct sectors of blocks that are looked at together."""

    read: Numbers = field(default_factory=Numbers)
    written: Written = field(default_factory=Written)
    unknown_any: float = 0.0
    unknown_read: float = 0.0
    unknown_write: float = 0.0
    unknown_part: float = 0.0

    def add(self, machine: Machine, read: Pairs, inside: Bools) -> None:
        """Add what those of a group's blocks touched that are `inside`."""
        written = machine.touched.written
        whole_block, whole = parted(written.whole())
        part_keys, masks = written.partly()
        part_block, part = parted(part_keys)
        sector = read.sector
        if not inside.all():
            sector, whole = sector[inside[read.block]], whole[inside[whole_block]]
            part, masks = part[inside[part_block]], masks[inside[part_block]]
        self.read.add(sector)
        self.written.add(whole, part, masks)
        for name in ("unknown_any", "unknown_read", "unknown_write", "unknown_part"):
            here = float(getattr(machine.touched, name)[inside].sum())
            setattr(self, name, getattr(self, name) + here)

    def both(self) -> int:
        """Sectors that are read and written."""
        return shared_by(self.read.values(), self.written.values())


class Extent:
    """What groups of blocks touch, added up; exact for these blocks."""

    def __init__(self, program: Program, wave_blocks: int | None) -> None:
        self.owners = Owners(program)
        self.wave = middle_wave(program.launch.grid.volume, wave_blocks)
        self.is_one_wave = len(self.wave) == program.launch.grid.volume
        self.in_wave, self.in_launch = Scope(), Scope()
        size = len(self.owners.names)
        self.read_by_block, self.written_by_block = np.zeros(size), np.zeros(size)
        self.any_by_block = 0.0
        self.unknown_by_block = np.zeros(4)

    def add(self, machine: Machine, weights: Floats, scale: float = 1.0) -> None:
        """Add the blocks of a group that has run; `scale` is by how much its sectors fall short."""
        touched, size = machine.touched, len(self.owners.names)
        read_keys, written_keys = touched.read.values(), touched.written.values()
        read, written = Pairs.of(read_keys, self.owners), Pairs.of(written_keys, self.owners)
        self.read_by_block += scale * read.by_owner(weights, size)
        self.written_by_block += scale * written.by_owner(weights, size)
        common = np.zeros(0, np.int64)
        if _meet(read.owner, written.owner, size):
            common = read.block[is_among(read_keys, written_keys)]
        pairs = weights[read.block].sum() + weights[written.block].sum() - weights[common].sum()
        self.any_by_block += scale * float(pairs)
        self.unknown_by_block += (
            float(touched.unknown_any @ weights),
            float(touched.unknown_read @ weights),
            float(touched.unknown_write @ weights),
            float(touched.unknown_part @ weights),
        )
        self._add_scopes(machine, read)

    def _add_scopes(self, machine: Machine, read: Pairs) -> None:
        blocks = np.asarray(machine.blocks)
        self.in_launch.add(machine, read, np.ones(len(blocks), np.bool_))
        inside = (blocks >= self.wave.start) & (blocks < self.wave.stop)
        if not self.is_one_wave and inside.any():
            self.in_wave.add(machine, read, inside)

    def footprint(self) -> Footprint:
        """The footprint of the blocks that were added."""
        launch = self.in_launch
        wave = launch if self.is_one_wave else self.in_wave
        read = self._by_owner(wave.read), self._by_owner(launch.read)
        written = self._by_owner(wave.written), self._by_owner(launch.written)
        unknown = self.unknown_by_block
        return Footprint(
            any=reach(
                self.any_by_block + unknown[0],
                read[0].sum() + written[0].sum() - wave.both() + wave.unknown_any,
                read[1].sum() + written[1].sum() - launch.both() + launch.unknown_any,
            ),
            read=reach(
                self.read_by_block.sum() + unknown[1],
                read[0].sum() + wave.unknown_read,
                read[1].sum() + launch.unknown_read,
            ),
            write=reach(
                self.written_by_block.sum() + unknown[2],
                written[0].sum() + wave.unknown_write,
                written[1].sum() + launch.unknown_write,
            ),
            partial_write_sectors=plain(len(launch.written.partly()[0]) + launch.unknown_part),
            by_argument=by_argument(
                self.owners, (self.read_by_block, *read), (self.written_by_block, *written)
            ),
        )

    def _by_owner(self, sectors: Numbers | Written) -> Array:
        owner = self.owners.of(sectors.values())
        return np.bincount(owner, minlength=len(self.owners.names))


def reach(block: float, wave: float, launch: float) -> Reach:
    """A reach with whole numbers as such."""
    return Reach(plain(block), plain(wave), plain(launch))


def by_argument(
    owners: Owners, read: tuple[Array, Array, Array], written: tuple[Array, Array, Array]
) -> dict[str, tuple[Reach, Reach]]:
    """What each argument and variable is touched by; those that nothing touches are left out."""
    return {
        name: (reach(*(at[n] for at in read)), reach(*(at[n] for at in written)))
        for n, name in enumerate(owners.names)
        if n and (read[0][n] or written[0][n])
    }


def shared_by(first: Array, second: Array) -> int:
    """How many numbers two sets have in common, each given in order."""
    if not len(first) or not len(second) or first[-1] < second[0] or second[-1] < first[0]:
        return 0
    return int(np.count_nonzero(is_among(first, second)))


def _meet(first: Array, second: Array, owners: int) -> bool:
    """Whether two lists of owners have one in common."""
    one, other = (np.bincount(listed, minlength=owners) for listed in (first, second))
    return bool((one * other).any())
