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
    addresses = np.broadcast_to(event.addresses, event.lanes.shape)[lanes]
    powers = _powers(addresses)
    total = [0] * len(_POINTS)
    for members, moves in _moving_alike(scope, event, lanes):
        for place, point in enumerate(_POINTS):
            value = _summed(powers[place, members]) * _series(point, 1, event.width)
            for stride, steps in moves:
                value = value * _series(point, stride, steps) % _PRIME
            total[place] = (total[place] + value) % _PRIME
    return total


def _moving_alike(
    scope: Scope, event: Event, lanes: Array
) -> Iterator[tuple[Array, list[tuple[int, int]]]]:
    """Lanes that move alike, with (stride, steps) of each dimension."""
    strides = event.strides or {}
    boxes = lanes // scope.lanes_per_block
    columns: list[Array] = []
    for axis in range(GRID_AXES):
        columns += [
            _of_lanes(strides.get(axis, 0), lanes),
            np.array([box.extent[axis] for box in scope.boxes], np.int64)[boxes],
        ]
    for dim, steps in event.loops.items():
        columns += [_of_lanes(strides.get(dim, 0), lanes), np.full(len(lanes), steps, np.int64)]
    table, group = np.unique(np.stack(columns), axis=1, return_inverse=True)
    for number, column in enumerate(table.T.tolist()):
        moves = list(zip(column[::2], column[1::2], strict=True))
        yield np.flatnonzero(group.ravel() == number), moves


def _of_lanes(stride: int | Array, lanes: Array) -> Array:
    if isinstance(stride, int):
        return np.full(len(lanes), stride, np.int64)
    chosen: Array = stride[lanes]
    return chosen


def _series(point: int, stride: int, steps: int) -> int:
    """point^0 + point^stride + … of so many steps."""
    ratio = pow(point, stride % (_PRIME - 1), _PRIME)
    if ratio == 1:
        return steps % _PRIME
    return (pow(ratio, steps, _PRIME) - 1) * pow(ratio - 1, -1, _PRIME) % _PRIME


def _powers(exponents: Array) -> Array:
    """(point, exponent): each point to the power of each exponent."""
    tables = _tables()
    found: Array | None = None
    for place in range(_BYTES):
        digits = (exponents >> np.uint64(8 * place)).astype(np.uint64) & np.uint64(0xFF)
        factor = tables[place][:, digits.astype(np.intp)]
        found = factor if found is None else _product(found, factor)
    return found  # type: ignore[return-value]


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
