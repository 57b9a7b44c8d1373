"""Special registers of a launch (PTX ISA section 10): what each lane reads, if it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from msgspec import Struct

from ptxenergy.launch.reference.lanes import ALL, WARP, Array, Taint
from ptxenergy.launch.request import Dim3

_AXES: Final = ("x", "y", "z")
Values = Array | int


class Place(Struct, frozen=True):
    """Where lanes sit: each one's thread number in its block, and its block's number."""

    thread: Array
    block_number: Array
    grid: Dim3
    block: Dim3
    cluster: Dim3
    static_shared_bytes: int
    dynamic_shared_bytes: int


def _axis(number: Array, extents: Dim3, axis: int) -> Array:
    if axis == 0:
        return number % extents.x
    if axis == 1:
        return number // extents.x % extents.y
    return number // (extents.x * extents.y)


def _rank(place: Place) -> Array:
    """Rank of each lane's block in its cluster, x fastest."""
    rank = np.zeros_like(place.block_number)
    stride = 1
    for axis, extent in enumerate(place.cluster):
        rank = rank + _axis(place.block_number, place.grid, axis) % extent * stride
        stride *= extent
    return rank


def _of_axis(name: str, axis: int) -> Callable[[Place], Values] | None:
    at = Callable[[Place], Values]
    table: Mapping[str, at] = {
        "%tid": lambda p: _axis(p.thread, p.block, axis),
        "%ntid": lambda p: p.block[axis],
        "%ctaid": lambda p: _axis(p.block_number, p.grid, axis),
        "%nctaid": lambda p: p.grid[axis],
        "%clusterid": lambda p: _axis(p.block_number, p.grid, axis) // p.cluster[axis],
        "%nclusterid": lambda p: -(-p.grid[axis] // p.cluster[axis]),
        "%cluster_ctaid": lambda p: _axis(p.block_number, p.grid, axis) % p.cluster[axis],
        "%cluster_nctaid": lambda p: p.cluster[axis],
    }
    return table.get(name)


_LANE: Final[Callable[[Place], Array]] = lambda p: p.thread % WARP  # noqa: E731
_PLAIN: Final[Mapping[str, Callable[[Place], Values]]] = {
    "%laneid": _LANE,
    "%warpid": lambda p: p.thread // WARP,
    "%nwarpid": lambda p: -(-p.block.volume // WARP),
    "%gridid": lambda _: 0,
    "%lanemask_eq": lambda p: 1 << _LANE(p),
    "%lanemask_lt": lambda p: (1 << _LANE(p)) - 1,
    "%lanemask_le": lambda p: (2 << _LANE(p)) - 1,
    "%lanemask_gt": lambda p: ~((2 << _LANE(p)) - 1),
    "%lanemask_ge": lambda p: ~((1 << _LANE(p)) - 1),
    "%cluster_ctarank": _rank,
    "%cluster_nctarank": lambda p: p.cluster.volume,
    "%is_explicit_cluster": lambda p: int(p.cluster.volume > 1),
    "%dynamic_smem_size": lambda p: p.dynamic_shared_bytes,
    "%total_smem_size": lambda p: p.static_shared_bytes + p.dynamic_shared_bytes,
    "%aggr_smem_size": lambda p: p.static_shared_bytes + p.dynamic_shared_bytes,
    "%reserved_smem_offset_begin": lambda _: 0,
    "WARP_SZ": lambda _: WARP,
}


def special(name: str, place: Place, dtype: np.dtype[np.generic]) -> tuple[Array, Taint]:
    """One row of a special register; clocks, SM numbers and their like are unknown."""
    base, _, component = name.partition(".")
    size = len(place.thread)
    if component in _AXES:
        found = _of_axis(base, _AXES.index(component))
    elif component == "w":
        found = lambda _: 0  # noqa: E731
    else:
        found = _PLAIN.get(name)
    if found is None:
        return np.zeros(size, dtype), ALL
    value = found(place)
    if isinstance(value, int):
        return np.full(size, value, dtype), None
    return value.astype(np.int64).astype(dtype), None
