"""Steps of sorting between two buffers, and whole tiles in shared memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line
from ptxenergy.measure.kernels.trips import trip_pin

_WARP = 32


def _mean_sectors(words: Array) -> float:
    """Sectors per request where each warp's lanes name these 4-byte words."""
    whole = words[: len(words) // _WARP * _WARP].reshape(-1, _WARP)
    sectors = np.sort(whole // 8, axis=1)
    return float(1 + (np.diff(sectors, axis=1) != 0).sum(axis=1).mean())


class BitonicStep(Kernel):
    """One compare and exchange over `2^distance` in runs of `2^run`, keys with their values."""

    name = entry = "bitonic_step"
    family = "sorting"
    sizes = (
        {"bits": 20, "distance": 0, "run": 5},
        {"bits": 24, "distance": 3, "run": 10},
        {"bits": 24, "distance": 18, "run": 20},
        {"bits": 26, "distance": 10, "run": 12},
    )
    blocks = LINES
    check_size: Size = {"bits": 10, "distance": 4, "run": 6}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n = 1 << size["bits"]
        keys, values = (integers(xp, (n,), (0, 2**32), xp.uint32, data, s) for s in (0, 1))
        steps = np.uint32(1 << size["distance"]), np.uint32(1 << size["run"])
        return keys, values, xp.zeros_like(keys), xp.zeros_like(keys), np.uint32(n), *steps

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(1 << size["bits"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        keys, values = (np.asarray(argument) for argument in arguments[:2])
        chosen = self._chosen(size, keys)
        return {2: keys[chosen], 3: values[chosen]}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        chosen = self._chosen(size, np.asarray(arguments[0]))
        return (Pin("value", "access", _mean_sectors(chosen)),)

    def _chosen(self, size: Size, keys: Array) -> Array:
        """Where each element's new key comes from."""
        place = np.arange(len(keys))
        partner = place ^ (1 << size["distance"])
        is_lower = place < partner
        ascends = place & (1 << size["run"]) == 0
        other, wants_less = keys[partner], is_lower == ascends
        takes_other = np.where(wants_less, other < keys, other > keys)
        return np.where(takes_other, partner, place)


class SortTilesShared(Kernel):
    """out ← each tile of 2^bits keys in ascending order."""

    name = entry = "sort_tiles_shared"
    family = "sorting"
    sizes = (
        {"tiles": 1_000, "bits": 8},
        {"tiles": 3_000, "bits": 12},
        {"tiles": 100_000, "bits": 6},
        {"tiles": 20_000, "bits": 10},
    )
    blocks = LINES
    check_size: Size = {"tiles": 2, "bits": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        shape = size["tiles"], 1 << size["bits"]
        keys = integers(xp, shape, (-(2**31), 2**31), xp.int32, data)
        return keys, xp.zeros_like(keys), np.uint32(size["bits"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["tiles"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 4 << size["bits"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        return {1: np.sort(np.asarray(arguments[0]), axis=1)}


class MergeRanks(Kernel):
    """out ← neighbouring sorted runs of `run` keys merged, each key placed by two ranks."""

    name = entry = "merge_ranks"
    family = "sorting"
    sizes = (
        {"n": 1_000_000, "run": 64},
        {"n": 16_777_216, "run": 256},
        {"n": 10_000_000, "run": 100_000},
        {"n": 4_000_000, "run": 2_000_000},
    )
    blocks = LINES
    check_size: Size = {"n": 1001, "run": 90}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n, run = size["n"], size["run"]
        keys = integers(xp, (n,), (0, 2**31), xp.uint64, data)
        # The number of the run above the key: one sort leaves every run where it is.
        of_run = (xp.arange(n, dtype=xp.uint64) // xp.uint64(run)) << xp.uint64(32)
        keys = (xp.sort(keys | of_run) & xp.uint64(0xFFFFFFFF)).astype(xp.uint32)
        return keys, xp.zeros_like(keys), np.uint32(n), np.uint32(run)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["n"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        keys, run = np.asarray(arguments[0]), size["run"]
        merged = keys.copy()
        for start in range(0, size["n"], 2 * run):
            merged[start : start + 2 * run].sort()
        return {1: merged}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        keys, n, run = np.asarray(arguments[0]), size["n"], size["run"]
        own = np.arange(n) // run
        low = np.minimum((own ^ 1) * run, n)
        begin, high = low.copy(), np.minimum(low + run, n)
        probes, sectors, trips = 0.0, 0.0, np.zeros(n, np.int64)
        while (low < high).any():
            middle = np.minimum((low + high) // 2, n - 1)
            probe, active = keys[middle], low < high
            goes_up = np.where(own % 2 == 0, probe < keys, probe <= keys)
            low, high = (
                np.where(active & goes_up, middle + 1, low),
                np.where(active & ~goes_up, middle, high),
            )
            probes, sectors = probes + 1, sectors + _mean_sectors(middle)
            trips += active
        target = (own & ~1) * run + np.arange(n) - own * run + low - begin
        return (
            trip_pin("halving", trips),
            Pin("probe", "access", sectors / max(probes, 1)),
            Pin("scatter", "access", _mean_sectors(target)),
        )
