"""Accesses that are moved copies of one another, found so that each kind is counted once.

Moving all addresses by a multiple of 32 bytes changes no count (`traffic.py`) and moves the bytes
that are touched. Unrolled loops and stencils do little else.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.value import Stride
from ptxenergy.launch.reference.lanes import Bools

_SECTOR = 32


class Kind(Struct):
    """Accesses of one scope that only lie elsewhere: `copies` are (event, bytes further)."""

    scope: Scope
    event: Event
    copies: list[tuple[Event, int]] = field(default_factory=list)


def kinds_of(events: Iterable[tuple[Scope, Event]]) -> list[Kind]:
    """All accesses with known addresses, those alike together."""
    found: dict[Hashable, Kind] = {}
    firsts: dict[Hashable, int] = {}
    lane_keys: dict[int, tuple[Bools, bytes, int]] = {}
    for scope, event in events:
        if event.unknown:
            continue
        lanes, lanes_key, leader = lane_keys.get(id(event.lanes), (None, b"", 0))
        if lanes is None:
            lanes_key, leader = event.lanes.tobytes(), int(event.lanes.argmax())
            lane_keys[id(event.lanes)] = (event.lanes, lanes_key, leader)
        key, place = _key(scope, event, lanes_key, leader)
        kind = found.setdefault(key, Kind(scope, event))
        kind.copies.append((event, wrapped_number(place - firsts.setdefault(key, place))))
    return list(found.values())


def wrapped_number(distance: int) -> int:
    """A distance between addresses, modulo 2^64, as a signed number."""
    return (distance + (1 << 63)) % (1 << 64) - (1 << 63)


def _key(scope: Scope, event: Event, lanes: bytes, leader: int) -> tuple[Hashable, int]:
    """What accesses that are alike have in common, and where this one lies."""
    row = event.addresses
    place = int(row[leader if row.shape[0] > 1 else 0]) & ~(_SECTOR - 1)
    moved = (row - np.uint64(place)).tobytes()
    strides = tuple((d, _stride_key(s)) for d, s in sorted((event.strides or {}).items()))
    loops = tuple(sorted(event.loops.items()))
    how = (event.space, event.width, event.direction == "atomic", event.rest, event.is_bulk)
    return (id(scope), how, lanes, moved, strides, loops), place


def _stride_key(stride: Stride) -> Hashable:
    return stride if isinstance(stride, int) else stride.tobytes()
