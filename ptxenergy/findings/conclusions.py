"""All that is known of a data set: its findings, how counts agree, how good a model is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from ptxenergy.findings.data_set import DataSetError
from ptxenergy.findings.values import Findings
from ptxenergy.launch.agreement import Agreement, Compared, CountsAgreement
from ptxenergy.model.scores import Evaluation

EXPLAINED = "explained.toml"
HEADLINE = (
    *("warp_instructions", "warp_instructions_expanded"),
    *("global_load_sectors", "global_store_sectors"),
    *("shared_load_wavefronts", "shared_store_wavefronts"),
    *("l2_read_sectors", "l2_write_sectors", "dram_read_bytes", "dram_write_bytes"),
)
"""The counters that a data set's page is about."""


class Commands(Struct, frozen=True):
    """What makes each part, as it is typed: part of the page by name."""

    publish: str
    findings: str
    counters: str
    counts: str
    train: str
    evaluate: str
    measure: str


class Conclusions(Struct, frozen=True):
    """Findings, and where they could be had, the agreement of counts and the evaluation.

    `counts` and `evaluation` are texts where they are lacking: why, and which command supplies it.
    `explained` says of a counter and a kernel why its count is off. `model` names the model's card.
    """

    title: str
    findings: Findings
    commands: Commands
    counts: CountsAgreement | str
    evaluation: Evaluation | str
    explained: Mapping[str, Mapping[str, str]]
    model: str = ""


class Outlier(Struct, frozen=True):
    """A launch whose count is off by more than 10 %, and why, where somebody said it."""

    launch: Compared
    why: str


def headline_of(counts: CountsAgreement) -> tuple[Agreement, ...]:
    """The agreement of the counters that the page is about, in its order."""
    by_name = {one.counter: one for one in counts.counters}
    return tuple(by_name[name] for name in HEADLINE if name in by_name)


def outliers_of(known: Conclusions) -> Iterator[Outlier]:
    """Of each counter of the page, the worst launch of each kernel that is off by over 10 %."""
    if isinstance(known.counts, str):
        return
    for agreement in headline_of(known.counts):
        reasons = known.explained.get(agreement.counter, {})
        for launch in sorted(agreement.off, key=lambda one: (-abs(one.error), one.kernel)):
            yield Outlier(launch, reasons.get(launch.kernel, ""))


def read_explained(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Why counts are off, written by people in `explained.toml`: a table a counter, `kernel = why`.

    Empty without the file. Raises DataSetError where it says something else.
    """
    path = folder / EXPLAINED
    if not path.exists():
        return {}
    try:
        known = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataSetError(f"{path} cannot be read: {error}") from error
    for counter, reasons in known.items():
        if counter not in HEADLINE or not isinstance(reasons, dict):
            raise DataSetError(f"{path}: [{counter}] is no counter of the page: {HEADLINE}")
    return {
        counter: {kernel: " ".join(str(why).split()) for kernel, why in reasons.items()}
        for counter, reasons in known.items()
    }
