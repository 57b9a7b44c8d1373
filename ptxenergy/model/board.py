"""How the board is run: its clock, its power limit, and what its cache holds."""

from __future__ import annotations

from msgspec import Struct

from ptxenergy.errors import LaunchError
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.traffic import Cache


class Board(Struct, frozen=True):
    """The settings of a board; None is as it comes.

    `clock_mhz`: the clock is locked at it, and still comes down where power would exceed the limit;
    as it comes, it goes up to the boost clock. `power_limit_w`: in place of the board's own.
    """

    clock_mhz: float | None = None
    power_limit_w: float | None = None
    cache: Cache = "warm"

    def clock_on(self, gpu: Gpu) -> float:
        """The highest clock that the board may run at, MHz."""
        return gpu.clock_boost_mhz if self.clock_mhz is None else self.clock_mhz

    def limit_on(self, gpu: Gpu) -> float:
        """The power that the board may draw, W."""
        return gpu.power_limit_w if self.power_limit_w is None else self.power_limit_w


def check_board(board: Board, gpu: Gpu) -> None:
    """Raise LaunchError where this GPU cannot be run so."""
    clock_mhz, limit_w = board.clock_on(gpu), board.limit_on(gpu)
    if not gpu.clock_min_mhz <= clock_mhz <= gpu.clock_boost_mhz:
        raise LaunchError(
            f"{gpu.id} cannot be locked at {clock_mhz:g} MHz: give --clock-mhz "
            f"{gpu.clock_min_mhz:g} to {gpu.clock_boost_mhz:g}"
        )
    if not gpu.constant_power_w < limit_w <= gpu.power_limit_w:
        raise LaunchError(
            f"{gpu.id} cannot be held to {limit_w:g} W: give --power-limit-w above "
            f"{gpu.constant_power_w:g}, which it draws without work, and up to "
            f"{gpu.power_limit_w:g}"
        )
