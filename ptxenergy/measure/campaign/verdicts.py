"""Which kernels were found right on a kind of GPU: `verified.jsonl`, a line a launch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ptxenergy.measure.campaign.verify import Check
from ptxenergy.measure.device.sensor import Identity
from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.kernel import Extent

_FILE = "verified.jsonl"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A check, of which PTX it was, and on which GPU with which driver."""

    check: Check
    ptx_sha256: str
    gpu: str
    driver: str


def noted(
    checks: Iterable[Check], out: Path, entries: Iterable[Entry], identity: Identity
) -> Iterator[Check]:
    """The checks, each appended to the data set's verdicts as it comes."""
    hashes = {entry.kernel.name: entry.ptx_sha256 for entry in entries}
    out.mkdir(parents=True, exist_ok=True)
    with (out / _FILE).open("a", encoding="utf-8") as file:
        for check in checks:
            line = {
                "kernel": check.kernel,
                "block": list(check.block),
                "fault": check.fault,
                "ptx_sha256": hashes[check.kernel],
                "gpu": identity.gpu,
                "driver": identity.driver,
            }
            file.write(json.dumps(line) + "\n")
            file.flush()
            yield check


def read_verdicts(folders: Iterable[Path]) -> Iterator[Verdict]:
    """The verdicts of some data sets; a last line that a kill cut off is left out."""
    for folder in folders:
        path = folder / _FILE
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for line in text[: text.rfind("\n") + 1].splitlines():
            known = json.loads(line)
            check = Check(known["kernel"], Extent(*known["block"]), known["fault"])
            yield Verdict(check, known["ptx_sha256"], known["gpu"], known["driver"])


def known_right(
    folders: Iterable[Path], entries: Iterable[Entry], identity: Identity
) -> frozenset[tuple[str, Extent]]:
    """The launches that were found right before: of the same PTX, GPU and driver."""
    hashes = {entry.kernel.name: entry.ptx_sha256 for entry in entries}
    return frozenset(
        (verdict.check.kernel, verdict.check.block)
        for verdict in read_verdicts(folders)
        if not verdict.check.fault
        and (verdict.gpu, verdict.driver) == (identity.gpu, identity.driver)
        and hashes.get(verdict.check.kernel) == verdict.ptx_sha256
    )


def found_right(folders: Iterable[Path], gpu: str) -> frozenset[str] | None:
    """Hashes of the PTX whose last verdicts on this kind of GPU are right, in every shape tried.

    None where nothing was tried.
    """
    last = {
        (verdict.ptx_sha256, verdict.check.block): verdict.check.fault
        for verdict in read_verdicts(folders)
        if verdict.gpu == gpu
    }
    wrong = {ptx_sha256 for (ptx_sha256, _), fault in last.items() if fault}
    return frozenset(ptx_sha256 for ptx_sha256, _ in last) - wrong if last else None
