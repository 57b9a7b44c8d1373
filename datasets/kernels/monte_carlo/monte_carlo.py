"""Random walks of prices, and random turns of a lattice of magnets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, PLANES, line, plane


def _mixed(x: Array) -> Array:
    x = x ^ x >> np.uint32(16)
    x = x * np.uint32(0x7FEB352D)
    x = x ^ x >> np.uint32(15)
    x = x * np.uint32(0x846CA68B)
    return np.asarray(x ^ x >> np.uint32(16))


class MonteCarloPaths(Kernel):
    """The mean pay-off over each thread's paths, of the mean price above a strike."""

    name = entry = "monte_carlo_paths"
    family = "monte_carlo"
    sizes = (
        {"threads": 50_000, "paths": 2, "steps": 12},
        {"threads": 200_000, "paths": 16, "steps": 64},
        {"threads": 1_000_000, "paths": 2, "steps": 52},
        {"threads": 20_000, "paths": 50, "steps": 100},
    )
    blocks = LINES
    check_size: Size = {"threads": 301, "paths": 2, "steps": 7}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        threads = size["threads"]
        strikes = 1 + xp.float32(0.1) * uniform(xp, (threads,), xp.float32, data)
        counts = (np.uint32(size[name]) for name in ("threads", "paths", "steps"))
        rest = np.uint32(12345), np.float32(0.002), np.float32(0.05)
        return strikes, xp.zeros_like(strikes), *counts, *rest

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["threads"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        strikes = np.asarray(arguments[0], np.float64)
        drift, spread = (float(value) for value in arguments[6:])
        counter = (np.arange(size["threads"], dtype=np.uint32) + np.uint32(12345)) * np.uint32(
            0x9E3779B9
        )
        total = np.zeros(size["threads"])
        for _ in range(size["paths"]):
            log_price, average = np.zeros(size["threads"]), np.zeros(size["threads"])
            for _ in range(size["steps"]):
                first, second = _mixed(counter), _mixed(counter + np.uint32(0x85EBCA6B))
                counter = counter + np.uint32(0x9E3779B9)
                u = ((first >> 8) + 0.5) / 2.0**24
                normal = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * (second >> 8) / 2.0**24)
                log_price += drift + spread * normal
                average += np.exp(log_price)
            total += np.maximum(average / size["steps"] - strikes, 0)
        return {1: total / size["paths"]}


class MonteCarloLattice(Kernel):
    """out ← spins after `rounds` random updates, 32 spins a word."""

    name = entry = "monte_carlo_lattice"
    family = "stencil"
    sizes = (
        {"words": 64, "rows": 2_048, "rounds": 4},
        {"words": 512, "rows": 16_384, "rounds": 1},
        {"words": 300, "rows": 8_000, "rounds": 100},
        {"words": 2_048, "rows": 30_000, "rounds": 8},
    )
    blocks = PLANES
    check_size: Size = {"words": 37, "rows": 21, "rounds": 6}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        spins = integers(xp, (size["rows"], size["words"]), (0, 2**32), xp.uint32, data)
        counts = (np.uint32(size[name]) for name in ("words", "rows", "rounds"))
        return spins, xp.zeros_like(spins), *counts, np.uint32(77)

    def grid(self, size: Size, block: Extent) -> Extent:
        return plane(size["words"], size["rows"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        own = np.asarray(arguments[0])
        up, down = np.roll(own, 1, axis=0), np.roll(own, -1, axis=0)
        before, after = np.roll(own, 1, axis=1), np.roll(own, -1, axis=1)
        x = np.arange(size["words"], dtype=np.uint32) + np.uint32(77)
        y = np.arange(size["rows"], dtype=np.uint32)[:, None] * np.uint32(size["rounds"])
        for turn in range(size["rounds"]):
            neighbours = up, down, own << 1 | before >> 31, own >> 1 | after << 31
            count = sum(_spread(word) for word in neighbours)
            chance = _random_word(x, y + np.uint32(turn))
            rare = chance & _random_word(x + np.uint32(1), y + np.uint32(turn))
            new = np.where(count > 2, 1, np.where(count == 2, _spread(own ^ rare), _spread(rare)))
            own = (new.astype(np.uint32) << np.arange(32, dtype=np.uint32)).sum(
                axis=-1, dtype=np.uint32
            )
        return {1: own}


def _spread(words: Array) -> Array:
    """The 32 bits of each word along a new last axis."""
    return np.asarray(words[..., None] >> np.arange(32, dtype=np.uint32) & 1)


def _random_word(x: Array, y: Array) -> Array:
    word = x * np.uint32(0x8DA6B343) ^ y * np.uint32(0xD8163841)
    word = word ^ word << np.uint32(13)
    word = word ^ word >> np.uint32(17)
    word = word ^ word << np.uint32(5)
    return np.asarray(word * np.uint32(0x9E3779B1) ^ word >> np.uint32(11))
