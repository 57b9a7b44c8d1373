"""Counts the memory requests of one issued instruction, with known and with unknown addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.reference.counting import (
    SECTOR_BYTES,
    WORD_BYTES,
    distinct_words,
    local_sectors,
    same_address,
    sector_numbers,
    wavefronts,
)
from ptxenergy.launch.reference.lanes import WARP, Array, Bools
from ptxenergy.launch.reference.policy import hashed
from ptxenergy.launch.reference.tally import Cell

if TYPE_CHECKING:
    from ptxenergy.launch.reference.code import Step
    from ptxenergy.launch.reference.machine import Machine

_BANK_ROW_BYTES: Final = 128
_SECTORED: Final = ("global", "local", "texture")


def count(
    machine: Machine, step: Step, kind: tuple[str, str, int], addresses: Array, lanes: Bools
) -> None:
    """Count lanes that access `addresses`; `kind` is (space, direction, bytes a lane)."""
    space, direction, width = kind
    cell = machine.tally.cell(step.number, space, direction)
    cell[0] += int(np.count_nonzero(lanes.reshape(-1, WARP).any(axis=1)))
    cell[3] += int(np.count_nonzero(lanes)) * width
    _count_pieces(machine, cell, kind, addresses, lanes)
    if direction == "atomic":
        _count_contention(cell, addresses, lanes)


def _count_pieces(
    machine: Machine, cell: Cell, kind: tuple[str, str, int], addresses: Array, lanes: Bools
) -> None:
    space, _, width = kind
    if space == "global":
        warp, sector = sector_numbers(addresses, width, lanes)
        cell[1] += len(sector)
        machine.touched.add(warp // machine.warps_per_block, sector)
    elif space == "local":
        cell[1] += int(local_sectors(addresses, width, lanes).sum())
    elif space == "constant":
        cell[2] += int(distinct_words(addresses, width, lanes).sum())
    elif space in ("shared", "cluster"):
        cell[2] += int(wavefronts(addresses, width, lanes).sum())


def _count_contention(cell: Cell, addresses: Array, lanes: Bools) -> None:
    most = same_address(addresses, lanes)
    cell[4] = max(cell[4], int(most.max()))
    cell[5] += int(most.sum())


def count_unknown(
    machine: Machine,
    step: Step,
    kind: tuple[str, str, int],
    lanes: Bools,
    beside: Bools | None = None,
) -> None:
    """Count lanes whose addresses data decides, as pinned or at one sector a lane.

    `beside` are lanes of the same instruction with known addresses: their warps' requests are
    counted already.
    """
    space, direction, width = kind
    pinned = machine.policy.access(step.instruction, space)
    rows = lanes.reshape(-1, WARP)
    if beside is not None:
        fresh = rows.any(axis=1) & ~beside.reshape(-1, WARP).any(axis=1)
    else:
        fresh = rows.any(axis=1)
    cell = machine.tally.cell(step.number, space, direction)
    cell[0] += int(np.count_nonzero(fresh))
    cell[3] += int(np.count_nonzero(lanes)) * width
    per_warp = np.count_nonzero(rows, axis=1)
    pieces = _assumed_pieces(machine, (space, width, pinned), lanes, per_warp)
    if space in _SECTORED:
        cell[1] += pieces
    else:
        cell[2] += pieces
    if space == "global":
        machine.touched.unknown += pieces
    if direction == "atomic":
        cell[4] = max(cell[4], 1)
        cell[5] += int(np.count_nonzero(fresh))


def _assumed_pieces(
    machine: Machine, how: tuple[str, int, str | float], lanes: Bools, per_warp: Array
) -> float:
    """Sectors, wavefronts or words of all warps together."""
    space, width, pinned = how
    if isinstance(pinned, int | float):
        return float(pinned) * int(np.count_nonzero(per_warp))
    size = {"shared": _BANK_ROW_BYTES, "cluster": _BANK_ROW_BYTES, "constant": WORD_BYTES}
    if pinned == "coalesced":
        return int((-(-per_warp * width // size.get(space, SECTOR_BYTES))).sum())
    if space in ("shared", "cluster"):
        align = np.uint64(max(width, WORD_BYTES))
        scattered = hashed(machine.keys, 1 + machine.tally.issued) % np.uint64(1 << 14) * align
        return int(wavefronts(scattered, width, lanes).sum())
    each = -(-width // size.get(space, SECTOR_BYTES))
    return int(per_warp.sum()) * max(each, 1)
