"""How much one launch may cost to evaluate.

`work` is in microseconds of a typical core by a fixed rule, so that what is given up is the same on
every machine.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ptxenergy.launch.closed.code import UnsupportedError

_PER_STEP: Final = 40.0
_PER_LANE: Final = 0.006
"""Fitted to launches of the plan, as processor time of a normal core (`tests/pace.py`): a rule for
what to give up, no prediction of time. Lanes that are drawn or divided cost twice as much."""


class Budget(Struct):
    """What is left for a launch."""

    work: float

    def spend(self, steps: int, lanes: int) -> None:
        """Pay for some steps on so many lanes. Raises UnsupportedError where that is too much."""
        self.work -= steps * (_PER_STEP + _PER_LANE * lanes)
        if self.work < 0:
            raise UnsupportedError("the evaluation takes too long")
