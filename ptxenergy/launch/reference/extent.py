"""How much of global memory a launch touches, from the blocks that were evaluated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.profile import Footprint, Reach
from ptxenergy.launch.reference.lanes import Array, distinct
from ptxenergy.launch.reference.tally import Floats, plain

if TYPE_CHECKING:
    from ptxenergy.launch.reference.evaluate import Counted
    from ptxenergy.launch.reference.machine import Machine

_REGION_SHIFT: Final = np.uint64(35)
"""Pointer arguments lie 2^40 bytes apart, which is 2^35 sectors."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Distinct (block, sector) pairs of a group, with each block's weight."""

    block: Array
    sector: Array
    weights: Floats
    growth: float

    @staticmethod
    def of(machine: Machine, weights: Floats) -> Sighting:
        """What a group of blocks touched."""
        block, sector = machine.touched.pairs()
        return Sighting(block, sector, weights, machine.growth)


def estimated_footprint(counted: Counted, sightings: list[Sighting], *, whole: bool) -> Footprint:
    """The footprint of the launch; exact where all blocks were evaluated.

    From a sample, each memory region is taken to grow from one half of the sample to all of it as
    it would from there to the whole launch (a power law), but not beyond the span between the
    lowest and the highest sector seen: the first and the last block are in the sample.
    """
    known: float = counted.distinct_sectors()
    if not whole:
        known = _grown(sightings)
    return Footprint(Reach(plain(counted.block_sectors), 0, plain(known + counted.unknown_sectors)))


def _grown(sightings: list[Sighting]) -> float:
    sector = np.concatenate([s.sector for s in sightings])
    weight = np.concatenate([s.weights[s.block] for s in sightings])
    starts = np.cumsum([0, *(len(s.weights) for s in sightings)])
    block = np.concatenate([s.block + at for s, at in zip(sightings, starts, strict=False)])
    half = int(starts[-1]) // 2
    total = 0.0
    for region in distinct(sector >> _REGION_SHIFT):
        here = (sector >> _REGION_SHIFT) == region
        total += _region(sector[here], weight[here], block[here] < half)
    return total * max(s.growth for s in sightings)


def _region(sector: Array, weight: Array, early: Array) -> float:
    """Sectors of one region that the whole launch touches."""
    seen = len(distinct(sector))
    span = float(sector.max() - sector.min()) + 1
    scale = max(1.0, float(weight.sum()) / len(sector))
    before = len(distinct(sector[early]))
    pairs_before = int(np.count_nonzero(early))
    if not before or pairs_before == len(sector):
        exponent = 1.0
    else:
        exponent = math.log(seen / before) / math.log(len(sector) / pairs_before)
    return float(min(seen * scale ** min(1.0, exponent), max(span, seen)))
