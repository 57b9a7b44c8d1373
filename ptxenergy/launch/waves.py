"""Which blocks run side by side."""

from __future__ import annotations


def middle_wave(blocks: int, wave_blocks: int | None) -> range:
    """Numbers of the blocks of the middle full wave of a launch of so many blocks.

    Blocks go in linear order, x fastest, cut into groups of as many as the GPU holds at once. A
    launch that is less than a wave, or of which that number is not known, is a wave by itself.
    """
    if not wave_blocks or blocks < wave_blocks:
        return range(blocks)
    first = (blocks // wave_blocks - 1) // 2 * wave_blocks
    return range(first, first + wave_blocks)
