"""How fast this machine is now, so that limits of time mean the same on all.

Limits are stated for a *normal core*: one on which CPython goes through 12 million turns of the
loop below in a second. Shared machines are at times ten times slower; a limit in bare seconds
would then test the neighbours, not the code.
"""

from __future__ import annotations

import time

NORMAL_TURNS_PER_S = 12e6
_TURNS = 200_000


def slowness() -> float:
    """How many times slower than a normal core this one is at the moment (at least 1)."""
    return max(1.0, max(_seconds() for _ in range(3)) * NORMAL_TURNS_PER_S / _TURNS)


def allowed(seconds: float) -> float:
    """CPU seconds that what takes a normal core `seconds` may take here and now."""
    return seconds * slowness()


def _seconds() -> float:
    total = 0
    before = time.process_time()
    for turn in range(_TURNS):
        total += turn * turn
    return time.process_time() - before
