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
from ptxenergy.launch.closed.groups import grouped
from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.closed.sums import Sums
from ptxenergy.launch.closed.value import GRID_AXES, Stride
from ptxenergy.launch.reference.lanes import WARP, Array

Fingerprint: TypeAlias = tuple[tuple[str, tuple[int, ...]], ...]
"""(direction, value at each point) of all directions in which anything is written."""

_PRIME: Final = (1 << 61) - 1
_POINTS: Final = (0x1D872B41C6A4E93F % _PRIME, 0x0F4A9C51E2B7D683, 0x15B3F7093AC8D26E)
_INVERSES: Final = tuple(pow(x - 1, -1, _PRIME) for x in _POINTS)
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
    active = event.lanes.reshape(-1, WARP)
    addresses = event.row.reshape(-1, WARP)
    warps = np.flatnonzero(active.any(axis=1))
    if not len(warps):
        return [0] * len(_POINTS)
    first = addresses[active].min()
    groups = list(_moving_alike(scope, event, warps))
    ends = [_ends(addresses[w][active[w]] - first, event.width) for w, _ in groups]
    powers = _powers(np.concatenate([one for pair in ends for one in pair]))
    total, at = [0] * len(_POINTS), 0
    for (begun, ended), (_, moves) in zip(ends, groups, strict=True):
        middle, after = at + len(begun), at + len(begun) + len(ended)
        for place, point in enumerate(_POINTS):
            value = _summed(powers[place, middle:after]) - _summed(powers[place, at:middle])
            for stride, steps in moves:
                value = value * _series(point, stride, steps) % _PRIME
            total[place] += value
        at = after
    return [
        value * _INVERSES[place] * pow(point, int(first), _PRIME) % _PRIME
        for place, (value, point) in enumerate(zip(total, _POINTS, strict=True))
    ]


def _ends(starts: Array, width: int) -> tuple[Array, Array]:
    """Where intervals of one width begin and where they end, but for where one goes on in another.

    Powers of x from a to b sum up to (x^b - x^a) / (x - 1), so that what is both cancels out: a row
    of neighbours costs as much as one of them.
    """
    starts = np.sort(starts.astype(np.uint64))
    ends = starts + np.uint64(width)
    apart = starts[1:] != ends[:-1]
    return starts[np.concatenate(([True], apart))], ends[np.concatenate((apart, [True]))]


def _moving_alike(
    scope: Scope, event: Event, warps: Array
) -> Iterator[tuple[Array, list[tuple[int, int]]]]:
    """Those of some warps that move alike, with (stride, steps) of each dimension."""
    strides = event.strides or {}
    boxes = warps // (scope.lanes_per_block // WARP)
    extents = np.array([box.extent for box in scope.boxes], np.int64)[boxes]
    columns: list[int | Array] = []
    for axis in range(GRID_AXES):
        columns += [_of_warps(strides.get(axis, 0), warps), _if_one(extents[:, axis])]
    for dim, steps in event.loops.items():
        columns += [_of_warps(strides.get(dim, 0), warps), steps]
    differing = [column for column in columns if not isinstance(column, int)]
    for members in grouped(differing, len(warps)):
        moves = [int(c if isinstance(c, int) else c[members[0]]) for c in columns]
        yield warps[members], list(zip(moves[::2], moves[1::2], strict=True))


def _of_warps(stride: Stride, warps: Array) -> int | Array:
    """A stride, the same in all lanes of a warp, of some warps."""
    return stride if isinstance(stride, int) else _if_one(stride[WARP * warps])


def _if_one(values: Array) -> int | Array:
    """The value, where there is only one."""
    return int(values[0]) if (values == values[0]).all() else values


def _series(point: int, stride: int, steps: int) -> int:
    """point^0 + point^stride + … of so many steps."""
    if steps == 1:
        return 1
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
        np.array([_in_turn(pow(x, 1 << (8 * place), _PRIME)) for x in _POINTS], np.uint64)
        for place in range(_BYTES)
    )


def _in_turn(ratio: int) -> list[int]:
    """The powers of a number from 0 to 255."""
    found = [1]
    while len(found) < 256:
        found.append(found[-1] * ratio % _PRIME)
    return found


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
