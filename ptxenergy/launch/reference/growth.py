"""How much of global memory a launch touches, estimated from a sample of its blocks.

By block, a sample is weighted like any count. What the launch touches in all grows, for each
argument, from half of the sample to the whole of it, and is taken to grow on likewise (a power
law), but not beyond the span from the lowest to the highest sector seen: the first and the last
block are in the sample. What one wave touches is what its blocks
touch, divided by how many of them touch the same sector, as the blocks near the first of the sample
tell, axis by axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.profile import Footprint
from ptxenergy.launch.reference.extent import Extent, by_argument, reach, shared_by
from ptxenergy.launch.reference.footprint import parted, starts_of
from ptxenergy.launch.reference.lanes import Array, distinct
from ptxenergy.launch.reference.sectors import bits_of
from ptxenergy.launch.reference.strata import neighbours
from ptxenergy.launch.reference.tally import Floats, plain
from ptxenergy.launch.request import Dim3

if TYPE_CHECKING:
    from ptxenergy.launch.reference.machine import Machine


_FAR: Final = 1024
"""Beyond this distance along an axis, blocks are taken to have in common what they have at it."""


class Seen(Struct, frozen=True, eq=False):
    """Sectors of one owner in the sample: keys, in order, of pairs with the sample's blocks."""

    keys: Array

    def __or__(self, other: Seen) -> Seen:
        """The pairs that are in either."""
        return Seen(distinct(np.concatenate((self.keys, other.keys))))

    def of(self, block: int) -> Array:
        """The sectors of one block of the sample."""
        start, end = np.searchsorted(self.keys, starts_of(np.array([block, block + 1])))
        return parted(self.keys[start:end])[1]

    def by_block(self, blocks: int) -> Array:
        """How many sectors each block of the sample touches."""
        return np.diff(np.searchsorted(self.keys, starts_of(np.arange(blocks + 1))))


class Sample(Struct, frozen=True):
    """Machines that have run, in the order of the sample, and the weights of their blocks."""

    machines: tuple[Machine, ...]
    weights: tuple[Floats, ...]
    grid: Dim3

    @property
    def numbers(self) -> list[int]:
        """The numbers of the blocks in the grid."""
        return [block for machine in self.machines for block in machine.blocks]

    @property
    def growth(self) -> float:
        """By how much the sectors seen fall short of those of blocks that came to their end."""
        return max(machine.growth for machine in self.machines)

    def seen(self, extent: Extent, *, written: bool) -> dict[int, Seen]:
        """What was touched in one direction, by owner; what has none by region, as ~region."""
        keys, owners, start = [], [], 0
        for machine in self.machines:
            touched = machine.touched
            own = touched.written.values() if written else touched.read.values()
            sector = parted(own)[1]
            owner = extent.owners.of(sector)
            if not owner.all():
                owner = np.where(owner > 0, owner, ~extent.owners.region(sector))
            keys.append(own + starts_of(np.array(start)))
            owners.append(owner)
            start += len(machine.blocks)
        every, owner = np.concatenate(keys), np.concatenate(owners)
        # Neighbours mostly have one owner: only where it changes need be looked at.
        changes = np.flatnonzero(owner[1:] != owner[:-1]) + 1
        numbers = sorted({*owner[:1].tolist(), *owner[changes].tolist()})
        if len(numbers) == 1:
            return {numbers[0]: Seen(every)}
        return {number: Seen(every[owner == number]) for number in numbers}


def estimated_footprint(extent: Extent, sample: Sample) -> Footprint:
    """The footprint of the whole launch; `extent` holds the sample's blocks with their weights."""
    read, written = sample.seen(extent, written=False), sample.seen(extent, written=True)
    every = {
        owner: read[owner] | written[owner]
        if owner in read and owner in written
        else read.get(owner) or written[owner]
        for owner in {**read, **written}
    }
    size = len(extent.owners.names)
    # What is only read, or only written, is the same sectors in two of the sums.
    reach_of = cache(partial(_reach, sample, extent))
    sums = [_by_owner(reach_of, seen, size) for seen in (every, read, written)]
    unknown, wave_share = extent.unknown_by_block, len(extent.wave) / sample.grid.volume
    _, (wave_read, read_), (wave_written, written_) = sums
    blocks = extent.any_by_block, extent.read_by_block.sum(), extent.written_by_block.sum()
    any_, reads, writes = (
        reach(block + u, wave.sum() + u * wave_share, launch.sum() + u)
        for block, (wave, launch), u in zip(blocks, sums, unknown, strict=False)
    )
    partly = _partly_written(sample, extent, float(written_.sum())) + unknown[3]
    return Footprint(
        any_,
        reads,
        writes,
        partial_write_sectors=plain(partly),
        by_argument=by_argument(
            extent.owners,
            (extent.read_by_block, wave_read, read_),
            (extent.written_by_block, wave_written, written_),
        ),
    )


def _by_owner(
    reach_of: Callable[[Seen], tuple[float, float]], seen: dict[int, Seen], size: int
) -> tuple[Floats, Floats]:
    """Sectors that (one wave, the launch) touches, by owner."""
    wave, launch = np.zeros(size), np.zeros(size)
    for owner, pairs in seen.items():
        in_wave, whole = reach_of(pairs)
        launch[max(owner, 0)] += whole
        wave[max(owner, 0)] += in_wave
    return wave, launch


def _reach(sample: Sample, extent: Extent, pairs: Seen) -> tuple[float, float]:
    """Sectors of one owner that (one wave, the launch) touches."""
    weights = np.concatenate(sample.weights)
    by_block = pairs.by_block(len(weights))
    weighted = float(by_block @ weights)
    whole = _in_launch(pairs, by_block, weighted) * sample.growth
    if extent.is_one_wave:
        return whole, whole
    one_block = weighted / sample.grid.volume * sample.growth
    return min(whole, one_block * _blocks_worth(sample, pairs, extent)), whole


def _in_launch(seen: Seen, by_block: Array, weighted: float) -> float:
    """Sectors of one owner that the launch touches; `weighted`: pairs that all blocks have."""
    pairs, early_pairs = len(seen.keys), int(by_block[: len(by_block) // 2].sum())
    sector = parted(seen.keys)[1]
    early = distinct(sector[:early_pairs])
    every = distinct(np.concatenate((early, distinct(sector[early_pairs:]))))
    span = float(every[-1] - every[0]) + 1
    scale = max(1.0, weighted / pairs)
    if not len(early) or early_pairs == pairs:
        exponent = 1.0
    else:
        exponent = math.log(len(every) / len(early)) / math.log(pairs / early_pairs)
    return float(min(len(every) * scale ** min(1.0, exponent), max(span, len(every))))


def _blocks_worth(sample: Sample, seen: Seen, extent: Extent) -> float:
    """How many blocks' worth of sectors one wave touches, by what near blocks have in common."""
    left, worth = float(len(extent.wave)), 1.0
    for axis, blocks in enumerate(sample.grid):
        along = min(left, blocks)
        left = max(1.0, left / blocks)
        worth *= along / _blocks_on_one(sample, seen, axis, along)
    return worth


def _blocks_on_one(sample: Sample, seen: Seen, axis: int, along: float) -> float:
    """How many of so many blocks in a row touch one sector, on average.

    The first block of the sample is held against those near it; between and beyond the distances
    that were looked at, the share in common is interpolated and kept.
    """
    numbers = sample.numbers
    place = {number: at for at, number in enumerate(numbers)}
    own = seen.of(0)
    known: dict[int, dict[int, float]] = {-1: {0: 1.0}, 1: {0: 1.0}}
    for other, distance in neighbours(sample.grid, numbers[0], axis):
        if other in place and len(own):
            shared = shared_by(own, seen.of(place[other]))
            known[1 if distance > 0 else -1][abs(distance)] = shared / len(own)
    on_one = 1.0
    for shares in known.values():
        if len(shares) > 1:
            reached = np.arange(1, min(_FAR, max(1, round(along / 2))) + 1)
            at = sorted(shares)
            common = np.interp(reached, at, [shares[distance] for distance in at])
            on_one += float(common.sum()) * max(0.0, along - 1) / 2 / len(reached)
    return min(on_one, along)


def _partly_written(sample: Sample, extent: Extent, sectors: float) -> float:
    """Of so many sectors that the launch writes to, those not written in all their bytes.

    No more than in the sample; and no more than the bytes that the blocks write leave room for, if
    no two of them write the same one: neighbours often fill each other's sectors.
    """
    written = extent.in_launch.written
    _, masks = written.partly()
    if not len(masks):
        return 0.0
    share = len(masks) / (len(masks) + len(written.whole()))
    covered = bits_of(masks) / (32 * len(masks))
    stored = sum(_stored_bytes(sample)) * sample.growth
    return min(sectors * share, max(0.0, sectors - stored / 32) / (1 - covered))


def _stored_bytes(sample: Sample) -> Iterator[float]:
    """Distinct bytes that blocks write, each block's by its weight."""
    for machine, weights in zip(sample.machines, sample.weights, strict=True):
        written = machine.touched.written
        yield 32 * float(weights[parted(written.whole())[0]].sum())
        keys, masks = written.partly()
        yield float(weights[parted(keys)[0]] @ np.bitwise_count(masks))
