"""Adds up what each static instruction did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ptxenergy.launch.profile import Traffic
from ptxenergy.launch.reference.lanes import Mask

Cell: TypeAlias = list[float]
"""requests, sectors, wavefronts, bytes, same_address_max, same_address_sum"""


@dataclass(slots=True)
class Tally:
    """Counts by instruction number (all reachable functions, one after another)."""

    size: int
    warp: npt.NDArray[np.int64] = field(init=False)
    thread: npt.NDArray[np.int64] = field(init=False)
    active: npt.NDArray[np.int64] = field(init=False)
    traffic: dict[tuple[int, str, str], Cell] = field(init=False)
    issued: int = 0

    def __post_init__(self) -> None:
        self.warp = np.zeros(self.size, np.int64)
        self.thread = np.zeros(self.size, np.int64)
        self.active = np.zeros(self.size, np.int64)
        self.traffic = {}

    def issue(self, start: int, end: int, mask: Mask) -> None:
        """Instructions `start` up to `end` are issued under a mask, their guards all true."""
        self.warp[start:end] += mask.warps
        self.thread[start:end] += mask.count
        self.active[start:end] += mask.count
        self.issued += mask.warps * (end - start)

    def guarded_off(self, number: int, lanes: int) -> None:
        """Lanes of an issued instruction turned out to have a false guard."""
        self.thread[number] -= lanes

    def cell(self, number: int, space: str, direction: str) -> Cell:
        """The traffic of one instruction in one space and direction, to be added to."""
        key = (number, space, direction)
        found = self.traffic.get(key)
        if found is None:
            found = self.traffic[key] = [0, 0, 0, 0, 0, 0]
        return found

    def traffic_by_instruction(self) -> dict[int, dict[tuple[str, str], Traffic]]:
        """{instruction: {(space, direction): traffic}}."""
        found: dict[int, dict[tuple[str, str], Traffic]] = {}
        for (number, space, direction), cell in self.traffic.items():
            found.setdefault(number, {})[space, direction] = Traffic(*cell)
        return found
