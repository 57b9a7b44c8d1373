"""The greatest values of rows: short sorted lists in registers, selection digit by digit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line

_KEPT = 8


class TopKInsertion(Kernel):
    """The eight greatest values and their places in each of `lists` shares of each row."""

    name = entry = "top_k_insertion"
    family = "top_k"
    sizes = (
        {"rows": 1_000, "columns": 4_000, "lists": 32},
        {"rows": 2_048, "columns": 32_000, "lists": 256},
        {"rows": 20_000, "columns": 1_000, "lists": 16},
        {"rows": 200, "columns": 128_256, "lists": 1_024},
    )
    blocks = LINES
    check_size: Size = {"rows": 7, "columns": 301, "lists": 13}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns, lists = size["rows"], size["columns"], size["lists"]
        values = integers(xp, (rows, columns), (-(2**23), 2**23), xp.float32, data)
        best = xp.zeros((rows, _KEPT, lists), dtype=xp.float32)
        places = xp.zeros((rows, _KEPT, lists), dtype=xp.uint32)
        return values, best, places, *(np.uint32(value) for value in (rows, columns, lists))

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["rows"] * size["lists"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        shares = self._shares(size, arguments)
        order = np.argsort(-shares, axis=1, kind="stable")[:, :_KEPT]
        places = order * size["lists"] + np.arange(size["lists"])
        return {1: np.take_along_axis(shares, order, axis=1), 2: places}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        # Of values in random order, the i-th is among the eight greatest so far by chance 8 / i.
        held = size["columns"] / size["lists"]
        chances = np.minimum(1.0, _KEPT / np.arange(1, max(2, int(held) + 1)))
        return (Pin("insert", "branch", float(chances.mean())),)

    def _shares(self, size: Size, arguments: tuple[Argument, ...]) -> Array:
        """Rows as (row, turn, list), with the least of values where a list ends early."""
        padding = -size["columns"] % size["lists"]
        values = np.pad(np.asarray(arguments[0]), ((0, 0), (0, padding)), constant_values=-np.inf)
        return values.reshape(size["rows"], -1, size["lists"])


class TopKRadixSelect(Kernel):
    """The k-th greatest key of each row, and how many are greater, four bits at a time."""

    name = entry = "top_k_radix_select"
    family = "top_k"
    sizes = (
        {"rows": 500, "columns": 4_096, "k": 40},
        {"rows": 2_000, "columns": 32_000, "k": 50},
        {"rows": 20_000, "columns": 1_024, "k": 512},
        {"rows": 132, "columns": 500_000, "k": 5_000},
    )
    blocks = LINES
    check_size: Size = {"rows": 3, "columns": 501, "k": 20}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        rows, columns = size["rows"], size["columns"]
        keys = integers(xp, (rows, columns), (0, 65_536), xp.uint16, data)
        results = (xp.zeros(rows, dtype=xp.uint32) for _ in range(2))
        return keys, *results, np.uint32(columns), np.uint32(size["k"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["rows"])

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        keys = np.asarray(arguments[0])
        found = np.sort(keys, axis=1)[:, -size["k"]]
        return {1: found, 2: (keys > found[:, None]).sum(axis=1)}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        keys = np.asarray(arguments[0])
        found = np.sort(keys, axis=1)[:, -size["k"]]
        shifts = (12, 8, 4, 0)
        shares = [(keys >> s >> 4 == (found >> s >> 4)[:, None]).mean() for s in shifts]
        trips = [(15 - (found >> s & 15)).mean() for s in shifts]
        return (
            Pin("prefix", "branch", float(np.mean(shares))),
            Pin("digits", "trip", float(np.mean(trips))),
            Pin("count", "access", 1.0),
        )
