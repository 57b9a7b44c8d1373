"""What a footprint is taken to be where data decides addresses, or has too many pieces."""

from __future__ import annotations

from collections.abc import Mapping

from ptxenergy.launch.profile import Footprint, Reach
from ptxenergy.launch.request import Launch
from ptxenergy.launch.waves import middle_wave

_WAYS = {"load": ("read",), "store": ("write",), "atomic": ("read", "write")}


def share_of_wave(launch: Launch, wave_blocks: int | None) -> float:
    """The part of all blocks that runs in one wave."""
    blocks = launch.grid.volume
    return len(middle_wave(blocks, wave_blocks)) / blocks


def with_unknown(found: Footprint, unknown: Mapping[str, float], share: float) -> Footprint:
    """A footprint with sectors (by direction) that nobody can name, each taken for one of its own.

    They are no argument's. `share` is the part of them that falls into one wave.
    """
    ways = {"any": 0.0, "read": 0.0, "write": 0.0}
    for direction, sectors in unknown.items():
        ways["any"] += sectors
        for way in _WAYS[direction]:
            ways[way] += sectors

    def grown(reach: Reach, more: float) -> Reach:
        return Reach(reach.block + more, reach.wave + more * share, reach.launch + more)

    return Footprint(
        grown(found.any, ways["any"]),
        grown(found.read, ways["read"]),
        grown(found.write, ways["write"]),
        found.partial_write_sectors + ways["write"],
        found.by_argument,
    )


def estimated(
    requested: Mapping[str, float], within: Mapping[str, int], share: float, blocks: int
) -> Footprint:
    """A footprint of which only bounds are known, as the most that it can be; a wave's part of
    what is requested is the mean over waves.

    `requested` are the sectors of all requests by direction; `within` those between the first byte
    and the last that are touched, by way (`any`, `read`, `write`), over all arguments.
    """
    every = with_unknown(Footprint(), requested, share)

    def bounded(reach: Reach, way: str) -> Reach:
        most = within.get(way, 0)
        return Reach(
            min(reach.block, most * blocks), min(reach.wave, most), min(reach.launch, most)
        )

    write = bounded(every.write, "write")
    return Footprint(bounded(every.any, "any"), bounded(every.read, "read"), write, write.launch)
