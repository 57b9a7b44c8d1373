"""What a launch writes, as a number: which bytes of global memory, and how often each.

All addresses that are written, each as often as it is, are the exponents of a polynomial; its value
at a few random points, modulo a prime, is the fingerprint. An access that moves evenly along blocks
and loops is a geometric series, so that a trillion stores cost no more than one. Two launches with
the same fingerprint write the same, but for one chance in 2^40 (Schwartz-Zippel: degree 2^47, prime
2^61 - 1, three points).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final, TypeAlias

import numpy as np

from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.sums import Sums
from ptxenergy.launch.closed.value import GRID_AXES
from ptxenergy.launch.reference.lanes import Array

Fingerprint: TypeAlias = tuple[tuple[str, tuple[int, ...]], ...]
"""(direction, value at each point) of all directions in which anything is written."""

_PRIME: Final = (1 << 61) - 1
_POINTS: Final = (0x1D872B41C6A4E93F % _PRIME, 0x0F4A9C51E2B7D683, 0x15B3F7093AC8D26E)
_BYTES: Final = 8
_LOW_31, _LOW_30, _LOW_61 = (np.uint64((1 << n) - 1) for n in (31, 30, 61))


def fingerprint(sums: Sums) -> Fingerprint | None:
    """The fingerprint of all stores and atomics to global memory; None where data says where."""
    found: dict[str, list[int]] = {}
    for scope, event in sums.events:
        if event.space != "global" or event.direction == "load":
            continue
        if event.unknown:
            return None
        total = found.setdefault(event.direction, [0] * len(_POINTS))
        for place, value in enumerate(_of_event(scope, event)):
            total[place] = (total[place] + value) % _PRIME
    return tuple((direction, tuple(total)) for direction, total in sorted(found.items()))


def _of_event(scope: Scope, event: Event) -> list[int]:
    lanes = np.flatnonzero(event.lanes)
    if not len(lanes):
        return [0] * len(_POINTS)
    addresses = np.broadcast_to(event.addresses, event.lanes.shape)[lanes].astype(np.uint64)
    first = addresses.min()
    powers = _powers(addresses - first)
    total = [0] * len(_POINTS)
    for members, moves in _moving_alike(scope, event, lanes):
        for place, point in enumerate(_POINTS):
            value = _summed(powers[place, members]) * _series(point, 1, event.width)
            for stride, steps in moves:
                value = value * _series(point, stride, steps) % _PRIME
            total[place] = (total[place] + value) % _PRIME
    return [
        value * pow(point, int(first), _PRIME) % _PRIME
        for value, point in zip(total, _POINTS, strict=True)
    ]


def _moving_alike(
    scope: Scope, event: Event, lanes: Array
) -> Iterator[tuple[Array | slice, list[tuple[int, int]]]]:
    """Lanes that move alike, with (stride, steps) of each dimension."""
    strides = event.strides or {}
    boxes = lanes // scope.lanes_per_block
    extents = np.array([box.extent for box in scope.boxes], np.int64)
    columns: list[int | Array] = []
    for axis in range(GRID_AXES):
        columns += [_of_lanes(strides.get(axis, 0), lanes), _if_one(extents[boxes, axis])]
    for dim, steps in event.loops.items():
        columns += [_of_lanes(strides.get(dim, 0), lanes), steps]
    differing = [column for column in columns if not isinstance(column, int)]
    for members in _groups(differing):
        where = 0 if isinstance(members, slice) else members[0]
        moves = [int(c if isinstance(c, int) else c[where]) for c in columns]
        yield members, list(zip(moves[::2], moves[1::2], strict=True))


def _of_lanes(stride: int | Array, lanes: Array) -> int | Array:
    return stride if isinstance(stride, int) else _if_one(stride[lanes])


def _if_one(values: Array) -> int | Array:
    """The value, where there is only one."""
    return int(values[0]) if (values == values[0]).all() else values


def _groups(columns: list[Array]) -> Iterator[Array | slice]:
    """The places at which all columns have the same values."""
    if not columns:
        yield slice(None)
        return
    keys = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, rank = np.unique(column, return_inverse=True)
        _, keys = np.unique(keys * (int(rank.max()) + 1) + rank, return_inverse=True)
    order = np.argsort(keys, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)


def _series(point: int, stride: int, steps: int) -> int:
    """point^0 + point^stride + … of so many steps."""
    ratio = pow(point, stride % (_PRIME - 1), _PRIME)
    if ratio == 1:
        return steps % _PRIME
    return (pow(ratio, steps, _PRIME) - 1) * pow(ratio - 1, -1, _PRIME) % _PRIME


def _powers(exponents: Array) -> Array:
    """(point, exponent): each point to the power of each exponent."""
    tables = _tables()
    found: Array = tables[0][:, (exponents & np.uint64(0xFF)).astype(np.intp)]
    for place in range(1, (int(exponents.max()).bit_length() + 7) // 8):
        digits = (exponents >> np.uint64(8 * place)) & np.uint64(0xFF)
        found = _product(found, tables[place][:, digits.astype(np.intp)])
    return found


@cache
def _tables() -> tuple[Array, ...]:
    """By byte of an exponent: (point, digit) the point to the power of that digit there."""
    return tuple(
        np.array(
            [[pow(x, digit << (8 * place), _PRIME) for digit in range(256)] for x in _POINTS],
            np.uint64,
        )
        for place in range(_BYTES)
    )


def _product(one: Array, other: Array) -> Array:
    """Element by element, modulo 2^61 - 1, without leaving 64 bits."""
    a_high, a_low = one >> np.uint64(31), one & _LOW_31
    b_high, b_low = other >> np.uint64(31), other & _LOW_31
    middle = a_low * b_high + a_high * b_low
    total = (
        (a_high * b_high << np.uint64(1))
        + (middle >> np.uint64(30))
        + ((middle & _LOW_30) << np.uint64(31))
        + a_low * b_low
    )
    folded = (total >> np.uint64(61)) + (total & _LOW_61)
    wrapped: Array = np.where(folded >= np.uint64(_PRIME), folded - np.uint64(_PRIME), folded)
    return wrapped


def _summed(row: Array) -> int:
    high, low = row >> np.uint64(32), row & np.uint64(0xFFFFFFFF)
    return ((int(high.sum()) << 32) + int(low.sum())) % _PRIME
