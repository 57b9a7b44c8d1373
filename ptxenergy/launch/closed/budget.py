"""How much one launch may cost to evaluate.

`work` is in microseconds of a typical core by a fixed rule, so that what is given up is the same on
every machine; processor time is a guard for slow ones.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Final

from ptxenergy.launch.closed.code import UnsupportedError

_PER_STEP: Final = 8.0
_PER_LANE: Final = 0.006
"""Fitted to the corpus on a core that was about five times slower, and scaled by that: a rule for
what to give up, no prediction of time."""


_BETWEEN_LOOKS: Final = 20_000.0
"""The clock of processor time is a system call, as long as some ten steps."""


@dataclass(slots=True)
class Budget:
    """What is left for a launch."""

    work: float
    deadline_s: float
    look_at: float = math.inf

    def spend(self, steps: int, lanes: int) -> None:
        """Pay for some steps on so many lanes. Raises UnsupportedError where that is too much."""
        self.work -= steps * (_PER_STEP + _PER_LANE * lanes)
        if self.work < self.look_at:
            self._look()

    def _look(self) -> None:
        self.look_at = max(0.0, self.work - _BETWEEN_LOOKS)
        if self.work < 0 or time.process_time() > self.deadline_s:
            raise UnsupportedError("the evaluation takes too long")
