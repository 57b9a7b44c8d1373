"""Notes what is accessed where, to be counted when the run is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.event import Event
from ptxenergy.launch.closed.fragments import Fragment, spread
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.scope import SplitError
from ptxenergy.launch.closed.value import GRID_AXES, UNKNOWN, Hint, Stride, Value
from ptxenergy.launch.reference.lanes import WARP, Array, Bools, tainted_lanes
from ptxenergy.launch.reference.placement import RANK_SHIFT, WINDOWS

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_SPACE_OF_TAG: Final = {tag: space for space, tag in WINDOWS.items()}
_RANK_SHIFT: Final = np.uint64(RANK_SHIFT)
_OFFSET: Final = np.uint64((1 << RANK_SHIFT) - 1)


class Site(Struct, frozen=True):
    """An access of an instruction: slot and constant offset of its address, space, width.

    Only the first `giving_lanes` of a warp give addresses. A bulk copy is one piece a lane. A
    `fragment` is spread over the lanes of a warp.
    """

    number: int
    slot: int
    offset: int
    space: str
    direction: str
    width: int
    giving_lanes: int = WARP
    is_bulk: bool = False
    fragment: Fragment | None = None


def record(machine: Machine, lanes: Lanes, site: Site, *, is_rest: bool = False) -> None:
    """Note an access of some lanes; `is_rest` where others of the same requests came before."""
    bools = lanes.bools
    if site.giving_lanes < WARP:
        bools = bools & (np.arange(len(bools)) % WARP < site.giving_lanes)
        if not bools.any():
            return
    # Where a texture's pieces lie is the driver's business.
    value = UNKNOWN if site.space == "texture" else machine.read(site.slot)
    if site.fragment is not None:
        value = spread(machine, site.fragment, value)
    unknown = tainted_lanes(value.taint, bools)
    if unknown is not None:
        if site.is_bulk:
            raise UnsupportedError("a bulk copy at an address that data decides")
        _unknown(machine, site, unknown)
        others = np.repeat(unknown.reshape(-1, WARP).any(axis=1), WARP)
        for known, is_rest in ((bools & ~unknown & others, True), (bools & ~others, False)):
            if known.any():
                _known(machine, site, value, known, is_rest=is_rest)
        return
    _known(machine, site, value, bools, is_rest=is_rest)


def _known(
    machine: Machine, site: Site, value: Value, bools: Bools, *, is_rest: bool = False
) -> None:
    machine.scope.settle(value, bools)
    if machine.scope.wanted:
        return  # Nothing of a run that only looks ahead is counted.
    addresses = _addresses(machine, site, value)
    if site.space == "generic":
        space, addresses = _told(machine, addresses, bools)
    else:
        space = site.space
    if space in ("shared", "cluster"):
        # The rank of another block of the cluster stands above the offset.
        space = "shared"
        far: Bools = bools & ((addresses >> _RANK_SHIFT) != 0)
        if far.any():
            _noted(machine, site, "cluster", (addresses & _OFFSET, value), far, is_rest=is_rest)
            bools = bools & ~far
            if not bools.any():
                return
    _noted(machine, site, space, (addresses, value), bools, is_rest=is_rest)


def _noted(
    machine: Machine,
    site: Site,
    space: str,
    where: tuple[Array, Value],
    bools: Bools,
    *,
    is_rest: bool,
) -> None:
    addresses, value = where
    strides = {
        dim: stride if isinstance(stride, int) else _by_warp(machine, dim, stride, bools)
        for dim, stride in (value.strides or {}).items()
    }
    machine.tally.events.append(
        Event(
            site.number,
            space,
            site.direction,
            site.width,
            addresses,
            strides or None,
            bools,
            rest=is_rest,
            is_bulk=site.is_bulk,
        )
    )


def _of(row: Array, lanes: Bools) -> Array:
    """The values of some lanes, or the one of all."""
    chosen: Array = row[lanes] if row.shape == lanes.shape else row
    return chosen


def _addresses(machine: Machine, site: Site, value: Value) -> Array:
    row = value.base
    if site.offset:
        limit = (1 << (8 * row.dtype.itemsize)) - 1
        row = row + row.dtype.type(site.offset & limit)
    if row.dtype == np.uint64:
        return row
    if value.strides is not None:
        moved = Value(row, value.strides)
        outside = machine.scope.fits(moved, 8 * row.dtype.itemsize, signed=False)
        if outside is not None and (outside & machine.scope.active).any():
            raise UnsupportedError("an address wraps")
    return row.astype(np.uint64)


def _unknown(machine: Machine, site: Site, bools: Bools) -> None:
    space = "global" if site.space == "generic" else site.space
    nothing = np.zeros(1, np.uint64)
    machine.tally.events.append(
        Event(site.number, space, site.direction, site.width, nothing, None, bools, unknown=True)
    )


def _told(machine: Machine, addresses: Array, bools: Bools) -> tuple[str, Array]:
    """The space of generic addresses, and the offsets in it."""
    shift = np.uint64(machine.program.kernel.placement.window_shift)
    tags = _of(addresses, bools) >> shift
    if (tags != tags[0]).any():
        raise UnsupportedError("generic addresses of several spaces")
    space = _SPACE_OF_TAG.get(int(tags[0]), "global")
    if space in ("param", "function"):
        raise UnsupportedError(f"generic address in {space} space")
    return space, addresses if space == "global" else addresses - (tags[0] << shift)


def _by_warp(machine: Machine, dim: int, stride: Array, bools: Bools) -> Stride:
    """A stride that is the same in all active lanes of a warp; one where it need be only one."""
    rows, active = stride.reshape(-1, WARP), bools.reshape(-1, WARP)
    leaders = rows[:, 0]
    if np.count_nonzero(rows != rows[:, :1]):
        leaders = rows[np.arange(len(rows)), active.argmax(axis=1)]
        apart = (rows != leaders[:, None]) & active
        if apart.any():
            if dim < GRID_AXES:
                lanes = np.repeat(apart.any(axis=1), WARP)
                raise SplitError([(Hint(dim), lanes)])
            for loop in machine.scope.open:
                if loop.dim == dim:
                    loop.most = 1
    whole = active.any(axis=1)
    chosen = leaders[whole]
    if len(chosen) and not np.count_nonzero(chosen != chosen[0]):
        return int(chosen[0])
    return np.repeat(np.where(whole, leaders, 0), WARP)
