"""How much one launch may cost to count.

Work is in microseconds of a typical core, by a fixed rule. No clock is looked at, so that a launch
gives the same counts on every machine, however slow or busy it is.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

EXACT_WORK: Final = 1_200_000.0
BLOCK_WORK: Final = 300_000.0


class WorkLimits(Struct, frozen=True):
    """What may be spent on one launch: by the exact evaluation, then by running blocks."""

    exact: float = EXACT_WORK
    blocks: float = BLOCK_WORK

    def share(self, part: float) -> WorkLimits:
        """A part of both."""
        return WorkLimits(self.exact * part, self.blocks * part)
