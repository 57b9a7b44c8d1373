"""Patterns in texts: letter by letter, and by words of bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import wavefronts_per_request
from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line
from ptxenergy.measure.kernels.trips import trip_pin

_FIRST = ord("a")


class SearchNaive(Kernel):
    """Flags of where a pattern of `length` of `letters` letters stands."""

    name = entry = "search_naive"
    family = "string_search"
    sizes = (
        {"places": 5_000_000, "length": 8, "letters": 4},
        {"places": 50_000_000, "length": 16, "letters": 2},
        {"places": 20_000_000, "length": 5, "letters": 20},
        {"places": 60_000_000, "length": 12, "letters": 3},
    )
    blocks = LINES
    check_size: Size = {"places": 1_003, "length": 3, "letters": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        places, length = size["places"], size["length"]
        among = (_FIRST, _FIRST + size["letters"])
        text = integers(xp, (places + length - 1,), among, xp.uint8, data)
        pattern = integers(xp, (length,), among, xp.uint8, data, 1)
        found = xp.zeros(-(-places // 32), dtype=xp.uint32)
        return text, pattern, found, np.uint32(places), np.uint32(length)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["places"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        letters = self._same(np.asarray(arguments[0]), np.asarray(arguments[1]))
        same = np.asarray(letters.all(axis=1))
        flags = np.packbits(np.pad(same, (0, -len(same) % 32)), bitorder="little")
        return {2: flags.view(np.uint32)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        text, pattern = np.asarray(arguments[0])[: 1 << 18], np.asarray(arguments[1])
        same = self._same(text, pattern)
        first_other = np.where(same.all(axis=1), len(pattern) - 1, same.argmin(axis=1))
        return (trip_pin("letters", first_other + 1),)

    @staticmethod
    def _same(text: Array, pattern: Array) -> Array:
        windows = np.lib.stride_tricks.sliding_window_view(text, len(pattern))
        return np.asarray(windows == pattern)


class SearchShiftAnd(Kernel):
    """How often a pattern of `length` letters stands in each of `chunks` chunks of words."""

    name = entry = "search_shift_and"
    family = "string_search"
    sizes = (
        {"chunks": 50_000, "words": 64, "length": 6},
        {"chunks": 500_000, "words": 40, "length": 12},
        {"chunks": 2_000_000, "words": 16, "length": 3},
        {"chunks": 34_000, "words": 500, "length": 31},
    )
    blocks = LINES
    check_size: Size = {"chunks": 303, "words": 9, "length": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        chunks, words, length = size["chunks"], size["words"], size["length"]
        text = integers(xp, (words, chunks, 4), (_FIRST, _FIRST + 4), xp.uint8, data)
        pattern = integers(np, (length,), (_FIRST, _FIRST + 4), np.uint8, data, 1)
        masks = np.zeros(256, np.uint32)
        np.bitwise_or.at(masks, pattern, np.uint32(1) << np.arange(length, dtype=np.uint32))
        scalars = (np.uint32(value) for value in (chunks, words, length))
        return text, xp.asarray(masks), xp.zeros(chunks, dtype=xp.uint32), *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["chunks"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        text, masks = np.asarray(arguments[0]), np.asarray(arguments[1])
        letters = text.transpose(1, 0, 2).reshape(size["chunks"], -1)
        length = size["length"]
        windows = np.lib.stride_tricks.sliding_window_view(letters, length, axis=1)
        same = masks[windows] >> np.arange(length, dtype=np.uint32) & 1
        return {2: same.all(axis=2).sum(axis=1)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        letters = np.asarray(arguments[0])[0, : 1 << 16, 0]
        return (Pin("letter", "access", wavefronts_per_request(letters, 4)),)
