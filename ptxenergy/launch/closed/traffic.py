"""Counts accesses over all blocks and iterations from one evaluation of their addresses.

Moving all addresses of a request by a multiple of 32 bytes changes no count of sectors. In shared
memory a move by whole words only turns the banks round, so that there, as for the words of local
and constant memory, 4 bytes are enough. What is left of a move, its residue, is the same for many
blocks and iterations: how many have which is found by adding strides on a clock of 32 (or 4)
bytes, and each residue that occurs is counted once.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import GRID_AXES, Stride
from ptxenergy.launch.profile import Traffic
from ptxenergy.launch.reference.counting import (
    distinct_words,
    local_sectors,
    same_address,
    sectors,
    wavefronts,
)
from ptxenergy.launch.reference.lanes import WARP, Array, count_by_warp

_CLOCK: Final = {"global": 32, "shared": 4, "cluster": 4, "constant": 4, "local": 4}
_BULK_PIECE_BYTES: Final = {"global": 32, "shared": 128}
_FEW_BOXES: Final = 3
_COUNTERS: Final = {
    "global": sectors, "shared": wavefronts, "cluster": wavefronts,
    "constant": distinct_words, "local": local_sectors,
}  # fmt: skip


def traffic_of(scope: Scope, event: Event) -> Traffic:
    """What an access with known addresses moves over the launch."""
    if event.is_bulk:
        return _bulk(scope, event)
    lanes = event.lanes
    addresses = event.row
    per_warp = count_by_warp(lanes)
    which = np.nonzero(per_warp)[0]
    times = _times(scope, event)[which]
    moves = _moves(scope, event, which, _CLOCK[event.space])
    if not moves and _are_alike(scope, event):
        # Boxes that differ by whole turns of the clock are counted as the first of them.
        warps = scope.lanes_per_block // WARP
        times = _times(scope, event).reshape(-1, warps).sum(axis=0)
        addresses, lanes = addresses[: warps * WARP], lanes[: warps * WARP]
        per_warp = per_warp[:warps]
        which = np.nonzero(per_warp)[0]
        times = times[which]
    rows = addresses.reshape(-1, WARP)[which].ravel()
    active = lanes.reshape(-1, WARP)[which].ravel()
    pieces = _pieces(event, (rows, active), times, moves)
    is_sectored = event.space in ("global", "local")
    most, total = 0, 0
    if event.direction == "atomic":
        same = same_address(rows, active)
        most, total = int(same.max()), int(same @ times)
    return Traffic(
        requests=0 if event.rest else int(times.sum()),
        sectors=pieces if is_sectored else 0,
        wavefronts=0 if is_sectored else pieces,
        bytes=int(per_warp[which].astype(np.int64) @ times) * event.width,
        same_address_max=most,
        same_address_sum=0 if event.rest else total,
    )


def _bulk(scope: Scope, event: Event) -> Traffic:
    """Bulk copies: the least pieces that a lane's bytes fit into, wherever they lie."""
    per_warp = count_by_warp(event.lanes).astype(np.int64)
    times = _times(scope, event)
    copies = int(per_warp @ times)
    pieces = copies * -(-event.width // _BULK_PIECE_BYTES[event.space])
    is_sectored = event.space == "global"
    return Traffic(
        requests=0 if event.rest else int((per_warp != 0) @ times),
        sectors=pieces if is_sectored else 0,
        wavefronts=0 if is_sectored else pieces,
        bytes=copies * event.width,
    )


def _times(scope: Scope, event: Event) -> Array:
    """How often each warp makes the access: blocks of its box times iterations."""
    iterations = 1
    for count in event.loops.values():
        iterations *= count
    times: Array = scope.weights * iterations
    return times


def _are_alike(scope: Scope, event: Event) -> bool:
    """Whether all boxes make the same access but for a move that changes no count."""
    boxes = len(scope.boxes)
    lanes = event.lanes.reshape(boxes, -1)
    if boxes < _FEW_BOXES or (lanes != lanes[0]).any():
        return False
    if event.addresses.shape[0] == 1:
        return True
    rows = event.addresses.reshape(boxes, -1)
    apart = rows - rows[0]
    first = apart[:, [int(lanes[0].argmax())]]
    whole = (first & np.uint64(_CLOCK[event.space] - 1)) == 0
    return bool(whole.all() and ((apart == first) | ~lanes[0]).all())


def _pieces(
    event: Event,
    where: tuple[Array, Array],
    times: Array,
    moves: list[tuple[Array, Array]],
) -> int:
    """Sectors, wavefronts or words of all requests."""
    rows, active = where
    clock, counter = _CLOCK[event.space], _COUNTERS[event.space]
    if not moves:
        return int(counter(rows, event.width, active) @ times)
    table, group = np.unique(
        np.stack([m for pair in moves for m in pair]), axis=1, return_inverse=True
    )
    group = group.ravel()
    share = np.zeros((len(times), clock), np.int64)
    for number in range(table.shape[1]):
        share[group == number] = residues(table[:, number], clock)
    own = times // share.sum(axis=1)
    total = 0
    for residue in np.nonzero(share.any(axis=0))[0]:
        counted = counter(rows + np.uint64(residue), event.width, active)
        total += int((share[:, residue] * own) @ counted)
    return total


def _moves(scope: Scope, event: Event, which: Array, clock: int) -> list[tuple[Array, Array]]:
    """(stride on the clock, steps) of every dimension along which some warp's residue changes."""
    found: list[tuple[Array, Array]] = []
    for dim, stride in (event.strides or {}).items():
        steps: Stride = event.loops.get(dim, 0) if dim >= GRID_AXES else scope.extents.get(dim, 1)
        on_clock = _of_warps(stride, which) % clock
        counts = _of_warps(steps, which)
        on_clock = np.where(counts > 1, on_clock, 0)
        if on_clock.any():
            found.append((on_clock, np.where(on_clock != 0, counts, 1)))
    return found


def _of_warps(number: Stride, which: Array) -> Array:
    """One number a warp of a number a lane that is the same in a warp's active lanes."""
    if isinstance(number, int):
        return np.full(len(which), number, np.int64)
    found: Array = np.max(number.reshape(-1, WARP), axis=1)[which]
    low: Array = np.min(number.reshape(-1, WARP), axis=1)[which]
    return np.where(found != 0, found, low)


def residues(column: Array, clock: int) -> Array:
    """How many combinations of steps stand at each place of the clock.

    `column` is (stride on the clock, steps) of each dimension, one after the other.
    """
    return _turned(tuple(column.tolist()), clock)


@lru_cache(maxsize=4096)
def _turned(column: tuple[int, ...], clock: int) -> Array:
    hands = np.zeros(clock, np.int64)
    hands[0] = 1
    for stride, steps in zip(column[::2], column[1::2], strict=True):
        period = clock // math.gcd(stride, clock)
        turns = np.arange(min(period, steps))
        counts = (steps - turns + period - 1) // period
        hands = hands[(np.arange(clock)[:, None] - turns * stride) % clock] @ counts
    hands.setflags(write=False)
    return hands
