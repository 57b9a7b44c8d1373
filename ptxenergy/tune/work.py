"""Whether two launches do the same work, as far as counting them shows it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct

from ptxenergy.launch.closed.evaluate import Run
from ptxenergy.launch.closed.shared_reads import SharedReads, shared_reads
from ptxenergy.launch.closed.stores import Fingerprint, fingerprint
from ptxenergy.program.opcode import Access

# Where a generic address leads is not known from the text.
_WRITTEN: Final = ("global", "generic", "texture")
_SHARED: Final = ("shared", "cluster", "generic")


class Work(Struct, dict=True):
    """What a launch was seen to do. `run` is None where the exact evaluation did not follow it;
    `shared_bytes` is what each of its blocks was given."""

    run: Run | None
    shared_bytes: int

    @cached_property
    def doubt(self) -> str:
        """Why it cannot be told what the launch writes; empty where it can."""
        if self.run is None:
            return "the launch is too involved to be followed exactly"
        if any(a.space in _WRITTEN and a.direction != "load" for a in self._swayed):
            return "data decides whether or how often it writes"
        if self.stores is None:
            return "data decides where it writes"
        if self.shared_bytes and any(a.space in _SHARED for a in self._swayed):
            return "data decides what it does in shared memory"
        return ""

    @property
    def _swayed(self) -> Iterator[Access]:
        """The accesses that data may sway, if it decided anything. What was assumed may have left
        some out, so that the text is asked, not the run."""
        if self.run is None or self.run.policy.control_exact:
            return
        for number in self.run.program.swayed:
            yield from self.run.program.opcodes[number].accesses

    @cached_property
    def defect(self) -> str:
        """What is wrong with the launch, whatever its work; empty where nothing is seen."""
        if self.shared.end > self.shared_bytes:
            return f"reaches {self.shared.end} bytes of shared memory and has {self.shared_bytes}"
        return "reads shared memory that it did not write" if self.shared.unwritten else ""

    @cached_property
    def stores(self) -> Fingerprint | None:
        """Which bytes of global memory are written how often."""
        return None if self.run is None else fingerprint(self.run.sums)

    @cached_property
    def shared(self) -> SharedReads:
        """What loads find in shared memory."""
        return SharedReads() if self.run is None else shared_reads(self.run.sums)


def difference(work: Work, reference: Work) -> tuple[str, str]:
    """(why a launch does other work than the reference, why it cannot be told); empty where it
    does the same."""
    doubt = reference.doubt or work.doubt
    if doubt:
        return "", doubt
    if work.stores != reference.stores:
        return "writes other addresses of global memory, or some more often", ""
    if work.defect and not reference.defect:
        return work.defect, ""
    own, given = work.shared, reference.shared
    if own.unwritten - given.unwritten:
        return "reads shared memory that it did not write", ""
    if own.unknown - given.unknown:
        return "", "data decides which words of shared memory it reads or writes"
    if own.early - given.early:
        return "", "may read shared memory before it is written"
    return "", ""
