"""Looking keys up in a hash table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line
from ptxenergy.measure.kernels.trips import trip_pin

_SLOTS = 8
_MULTIPLIER = 2654435769


def _buckets(xp: Any, keys: Any, shift: int) -> Any:
    product = keys.astype(xp.uint64) * xp.uint64(_MULTIPLIER) & xp.uint64(0xFFFFFFFF)
    return (product >> xp.uint64(shift)).astype(xp.int64)


class HashJoin(Kernel):
    """The payload of each probed key, all ones where it is not there; 2^`bits` buckets of eight.

    The table holds `load` keys a bucket on average; half of the probes are keys of it. What does
    not fit in its bucket was left out.
    """

    name = entry = "hash_join"
    family = "hash_table"
    sizes = (
        {"probes": 500_000, "bits": 12, "load": 3},
        {"probes": 10_000_000, "bits": 18, "load": 4},
        {"probes": 4_000_000, "bits": 20, "load": 1},
        {"probes": 30_000_000, "bits": 8, "load": 6},
    )
    blocks = LINES
    check_size: Size = {"probes": 1_001, "bits": 5, "load": 4}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        count, buckets = size["probes"], 1 << size["bits"]
        shift, held = 32 - size["bits"], size["load"] << size["bits"]
        # An odd factor makes different numbers different keys; the order among them is scattered.
        numbers = xp.arange(1, held + 1, dtype=xp.uint64) * xp.uint64(0x9E3779B1)
        keys = (numbers & xp.uint64(0xFFFFFFFF)).astype(xp.uint32)
        keys = (keys ^ (keys >> xp.uint32(15))) * xp.uint32(0x85EBCA6B)
        owner = _buckets(xp, keys, shift)
        order = xp.argsort(owner)
        keys, owner = keys[order], owner[order]
        rank = xp.arange(held, dtype=xp.int64) - xp.searchsorted(owner, owner)
        slots = xp.where(rank < _SLOTS, owner * _SLOTS + rank, buckets * _SLOTS)
        table = xp.zeros(buckets * _SLOTS + 1, dtype=xp.uint32)
        table[slots] = keys
        random = bits(xp, count, data)
        picked = keys[(random >> xp.uint64(33)).astype(xp.int64) % held]
        others = (random & xp.uint64(0xFFFFFFFF)).astype(xp.uint32)
        probes = xp.where((random >> xp.uint64(32)) % xp.uint64(2) == 0, picked, others)
        payloads = (bits(xp, buckets * _SLOTS, data, 1) >> xp.uint64(33)).astype(xp.uint32)
        found = xp.zeros(count, dtype=xp.uint32)
        return probes, table[:-1], payloads, found, np.uint32(count), np.uint32(shift)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["probes"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        probes, table, payloads = (np.asarray(argument) for argument in arguments[:3])
        bucket = _buckets(np, probes, 32 - size["bits"])
        same = table.reshape(-1, _SLOTS)[bucket] == probes[:, None]
        payload = payloads.reshape(-1, _SLOTS)[bucket, same.argmax(axis=1)]
        return {3: np.where(same.any(axis=1), payload, np.uint32(0xFFFFFFFF))}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        probes, table = np.asarray(arguments[0])[: 1 << 17], np.asarray(arguments[1])
        bucket = _buckets(np, probes, 32 - size["bits"])
        seen = table.reshape(-1, _SLOTS)[bucket]
        ends = (seen == probes[:, None]) | (seen == 0)
        ends[:, -1] = True
        last = ends.argmax(axis=1)
        match = seen[np.arange(len(probes)), last] == probes
        place = bucket * _SLOTS + last
        step = np.arange(_SLOTS)[:, None]
        looks = np.where(step <= last, bucket * _SLOTS + step, -1)
        whole = len(probes) // 32 * 32
        return (
            trip_pin("looks", last + 1),
            Pin("key", "access", sectors_per_request(looks[:, :whole].reshape(-1, 32), 4)),
            Pin("match", "branch", float(match.mean())),
            Pin("payload", "access", sectors_per_request(np.where(match, place, -1), 4)),
        )
