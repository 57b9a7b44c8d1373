"""All kernels checked, in processes of their own: one that takes the GPU down is just a fault."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial

from ptxenergy.measure.campaign.apart import LostError, Tell, told_by
from ptxenergy.measure.campaign.verify import Check, CupyLauncher, Launcher, verify
from ptxenergy.measure.device.sensor import DeviceError, DeviceLostError
from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.kernel import Extent

PATIENCE_S, _STARTING_S = 20.0, 90.0


def verify_guarded(
    entries: Callable[[], Iterable[Entry]],
    make: Callable[[], Launcher] = CupyLauncher,
    known: Collection[tuple[str, Extent]] = (),
    patience_s: float = PATIENCE_S,
) -> Iterator[Check]:
    """Check all launches but those `known`, with the launcher that `make` makes; what makes must be
    picklable.

    A launch that hangs or takes the device along is a fault; the next process goes on after it.
    Raises DeviceError where nothing can be launched at all.
    """
    done = set(known)
    begun: Check | None = None

    def patience() -> float:
        return patience_s if begun else _STARTING_S

    while True:
        begun = None
        fault = ""
        try:
            work = partial(_verify, entries, make, frozenset(done))
            for told in told_by(work, patience):
                is_over, begun = told
                if is_over:
                    done.add((begun.kernel, begun.block))
                    yield begun
                    begun = None
            return
        except (LostError, DeviceLostError) as error:
            fault = str(error)
        if begun is None:
            raise DeviceError(f"no kernel can be launched: {fault}")
        done.add((begun.kernel, begun.block))
        yield Check(begun.kernel, begun.block, fault)


def _verify(
    entries: Callable[[], Iterable[Entry]],
    make: Callable[[], Launcher],
    done: frozenset[tuple[str, Extent]],
    tell: Tell[tuple[bool, Check]],
) -> None:
    checks = verify(entries(), make(), done, lambda check: tell((False, check)))
    for check in checks:
        tell((True, check))
