"""What is asked of a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ptxenergy.measure.device.window import Timing

PREHEAT_S = 20.0


@dataclass(frozen=True, slots=True)
class Request:
    """A campaign to run. `out` receives `rows/`, `campaigns/`; `done` holds earlier data sets.

    Where `probes_first` is set and no probe of this kind of GPU and driver is known, the probe
    takes at most four tenths of `seconds`, unless three repeats take longer. `preheat_s` is cut to
    a tenth of what is left. `campaign_id` names a campaign to go on with; empty, a new one begins.
    """

    plan: Path
    out: Path
    seconds: float
    seed: int = 1
    done: tuple[Path, ...] = ()
    preheat_s: float = PREHEAT_S
    timing: Timing | None = None
    probes_first: bool = False
    campaign_id: str = ""

    @property
    def folders(self) -> tuple[Path, ...]:
        """All data sets that may hold what is known already."""
        return tuple(dict.fromkeys((self.out, *self.done)))
