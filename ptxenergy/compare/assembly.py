"""Two versions of a kernel, and the bound of every mixture of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

import numpy as np
from msgspec import Struct

from ptxenergy.compare.parts import Key, Side
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.board import Board
from ptxenergy.model.bound import physical_bound
from ptxenergy.model.latency import mixed
from ptxenergy.model.prediction import Bound, Chain, Placement
from ptxenergy.model.traffic import SECTOR_BYTES
from ptxenergy.model.work import Work

OCCUPANCY = "occupancy"
PATTERNS = ("load", "store", "shared", "overlap")
_SECTORS_PER_LINE = 4
# Parts that differ by less than this, relative to the larger, are the same.
_SAME = 1e-12
_AnyKey = TypeVar("_AnyKey", str, Key)


class Mixer(Struct, frozen=True, eq=False):
    """Makes the bound of what the old version would be with some parts of the new one."""

    old: Side
    new: Side
    gpu: Gpu
    board: Board

    def changed(self) -> tuple[str, ...]:
        """The parts in which the versions differ: groups of instructions, patterns, occupancy."""
        names = sorted({*self.old.amounts, *self.new.amounts})
        groups = [
            n for n in names if _differ(self.old.amounts.get(n, {}), self.new.amounts.get(n, {}))
        ]
        patterns = [
            name for name in PATTERNS if _differ(self.old.patterns[name], self.new.patterns[name])
        ]
        lies = [OCCUPANCY] if self.old.placement != self.new.placement else []
        return (*groups, *patterns, *lies)

    def bound(self, taken: Collection[str]) -> Bound:
        """The bound with these parts of the new version, and all others of the old one."""
        amounts = self._amounts(taken)
        patterns = {name: self._pattern(name, name in taken) for name in PATTERNS}
        placement = self._side(OCCUPANCY in taken).placement
        work = _work(amounts, patterns)
        chain = _chain(amounts, patterns["overlap"], work, placement, self.gpu)
        return physical_bound(work.work, chain, placement, self.gpu, self.board)

    def _side(self, is_new: bool) -> Side:
        return self.new if is_new else self.old

    def _amounts(self, taken: Collection[str]) -> dict[Key, float]:
        total: dict[Key, float] = {}
        for name in {**self.old.amounts, **self.new.amounts}:
            for key, value in self._side(name in taken).amounts.get(name, {}).items():
                total[key] = total.get(key, 0.0) + value
        return total

    def _pattern(self, name: str, is_new: bool) -> dict[str, float]:
        """A pattern; where a side has none, since it has no such request, that of the other."""
        own, other = self._side(is_new).patterns[name], self._side(not is_new).patterns[name]
        found = {}
        for part, value in own.items():
            chosen = other[part] if value is None else value
            found[part] = 0.0 if chosen is None else chosen
        return found


class _Mixed(Struct, frozen=True):
    """The work, and of it what tells how far loads go."""

    work: Work
    l2_read_bytes: float
    dram_read_bytes: float
    load_lines: float


def _work(amounts: Mapping[Key, float], patterns: Mapping[str, Mapping[str, float]]) -> _Mixed:
    load, store, shared = patterns["load"], patterns["store"], patterns["shared"]
    loads = amounts.get(("requests", "load"), 0.0)
    writes = amounts.get(("requests", "store"), 0.0) + amounts.get(("requests", "atomic"), 0.0)
    own = {way: amounts.get(("own sectors", way), 0.0) for way in ("load", "store")}
    own_requests = amounts.get(("own requests", "load"), 0.0)
    shared_requests = amounts.get(("requests", "shared"), 0.0)
    l2_read = SECTOR_BYTES * own["load"] + loads * load["l2"]
    dram_read = (loads or writes) * load["dram"]
    load_sectors = own["load"] + loads * load["sectors"]
    lines = min(load_sectors, _SECTORS_PER_LINE * (loads + own_requests)) * SECTOR_BYTES
    work = Work(
        pipe_warps=_named(amounts, "warps"),
        pipe_lanes=_named(amounts, "lanes"),
        tensor_macs=_named(amounts, "macs"),
        mma_macs=_named(amounts, "mma"),
        operand_bytes=amounts.get(("operand bytes", ""), 0.0),
        shared_wavefronts=shared_requests * shared["wavefronts"],
        shared_bytes=shared_requests * shared["bytes"],
        l1_bytes=SECTOR_BYTES * (own["load"] + own["store"])
        + loads * load["l1"]
        + writes * store["l1"],
        l2_bytes=l2_read + SECTOR_BYTES * own["store"] + writes * store["l2"],
        dram_bytes=dram_read + writes * store["dram"],
        atomic_turns=_named(amounts, "turns"),
        atomic_sectors=_named(amounts, "atomic sectors"),
        barriers=amounts.get(("barriers", ""), 0.0),
    )
    return _Mixed(work, l2_read, dram_read, lines)


def _chain(
    amounts: Mapping[Key, float],
    overlap: Mapping[str, float],
    work: _Mixed,
    placement: Placement,
    gpu: Gpu,
) -> Chain:
    """What a warp waits for: as `model.latency.chain_of` has it, as far as time depends on it."""
    serial = np.array([amounts.get(("serial", str(level)), 0.0) for level in range(3)])
    added = np.diff(serial, prepend=0.0)
    by = np.array([overlap["l1"], overlap["l2"], overlap["dram"]])
    chained = np.divide(added, by, out=np.zeros(3), where=by > 0) / placement.warps
    levels = (float(chained[0]), float(chained[:2].sum()), float(chained.sum()))
    l2_share = min(1.0, work.l2_read_bytes / work.load_lines) if work.load_lines else 0.0
    dram_share = work.dram_read_bytes / work.load_lines if work.load_lines else 0.0
    dram_share = min(l2_share, dram_share)
    cycles = gpu.latency_cycles
    waits = placement.warps_per_block * cycles["barrier_warp"]
    return Chain(
        cycles=mixed(levels, l2_share, dram_share),
        memory_trips=(levels[2] - levels[1]) / (cycles["dram"] - cycles["l2"]),
        level_cycles=levels,
        l2_share=l2_share,
        dram_share=dram_share,
        issue_cycles=amounts.get(("slots", ""), 0.0) * overlap["issue"] / placement.warps,
        barrier_cycles=amounts.get(("barriers", ""), 0.0) / placement.warps * waits,
        start_cycles=cycles["block_start"],
    )


def _named(amounts: Mapping[Key, float], kind: str) -> dict[str, float]:
    return {name: value for (of, name), value in amounts.items() if of == kind}


def _differ(
    one: Mapping[_AnyKey, float | None] | Mapping[_AnyKey, float],
    other: Mapping[_AnyKey, float | None] | Mapping[_AnyKey, float],
) -> bool:
    """Whether any value differs; what is missing or None is 0."""
    for key in {*one, *other}:
        first, second = one.get(key) or 0.0, other.get(key) or 0.0
        if abs(first - second) > _SAME * max(abs(first), abs(second)):
            return True
    return False
