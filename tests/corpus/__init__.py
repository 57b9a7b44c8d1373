"""The corpus of PTX and its launches, typed, for every test that wants real kernels.

`README.md` beside this file has the format of `launches.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest

CORPUS = Path(__file__).resolve().parent
PTX = CORPUS / "ptx"


@dataclass(frozen=True, slots=True)
class CorpusLaunch:
    """One kernel of one PTX file with a realistic launch.

    `source` is the stem of the source file: the same kernel built by several compilers or for
    several targets has one `source` and `kernel`. `reason` says what depends on loaded data.
    """

    path: Path
    kernel: str
    source: str
    family: str
    request: LaunchRequest
    loops: bool
    data_dependent: bool
    reason: str

    @property
    def name(self) -> str:
        """A short name for test ids: folder, file and kernel."""
        return f"{self.path.relative_to(PTX)}:{self.kernel}"


@cache
def ptx_files() -> tuple[Path, ...]:
    """Every PTX file of the corpus, sorted."""
    return tuple(sorted(PTX.rglob("*.ptx")))


@cache
def corpus_launches() -> tuple[CorpusLaunch, ...]:
    """Every launch of `launches.toml` for every PTX file that it applies to."""
    with (CORPUS / "launches.toml").open("rb") as file:
        entries = tomllib.load(file)["launch"]
    return tuple(launch for entry in entries for launch in _expanded(entry))


def one_launch_per_kernel() -> tuple[CorpusLaunch, ...]:
    """The launches with each kernel once, whatever it was compiled with and for."""
    first: dict[tuple[str, str], CorpusLaunch] = {}
    for launch in corpus_launches():
        first.setdefault((launch.source, launch.kernel), launch)
    return tuple(first.values())


def _expanded(entry: Mapping[str, Any]) -> list[CorpusLaunch]:
    paths = [path for path in ptx_files() if path.name.partition(".")[0] == entry["source"]]
    if "targets" in entry:
        paths = [path for path in paths if path.parent.name in entry["targets"]]
    return [
        CorpusLaunch(
            path=path,
            kernel=entry["kernel"],
            source=entry["source"],
            family=entry["family"],
            request=_request(entry),
            loops=entry.get("loops", False),
            data_dependent=entry.get("data_dependent", False),
            reason=entry.get("reason", ""),
        )
        for path in paths
    ]


def _request(entry: Mapping[str, Any]) -> LaunchRequest:
    return LaunchRequest(
        block=_dim3(entry["block"]),
        grid=_dim3(entry["grid"]),
        arguments=tuple(_argument(key, value) for key, value in entry.get("args", {}).items()),
        shared_bytes=entry.get("shared_bytes", 0),
    )


def _dim3(text: str) -> Dim3:
    return Dim3(*(int(extent) for extent in text.split("x")))


def _argument(key: str, value: float) -> ArgumentSetting:
    """`2`, a name, or `0+8:u32` for a field of a struct parameter."""
    target, _, field = key.partition("+")
    if not field:
        return ArgumentSetting(target, repr(value))
    offset, _, kind = field.partition(":")
    return ArgumentSetting(target, repr(value), int(offset), kind)
