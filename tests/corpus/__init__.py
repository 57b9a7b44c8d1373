"""The corpus of PTX and its launches, typed, for every test that wants real kernels.

`README.md` beside this file has the format of `launches.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest

CORPUS = Path(__file__).resolve().parent
PTX = CORPUS / "ptx"
_ENTRY = re.compile(r"\.entry\s+([\w$.]+)")


@dataclass(frozen=True, slots=True)
class CorpusLaunch:
    """One kernel of one PTX file with a realistic launch.

    `source` is the stem of the source file: the same kernel built by several compilers or for
    several targets has one `source` and `label` (the kernel's name, or a unique part of it).
    `reason` says what depends on loaded data.
    """

    path: Path
    kernel: str
    label: str
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
        written = tomllib.load(file)["launch"]
    return tuple(launch for entry in written for launch in _expanded(entry))


def one_launch_per_kernel() -> tuple[CorpusLaunch, ...]:
    """The launches with each kernel once, whatever it was compiled with and for.

    Plain builds come before variants such as `.debug`.
    """
    first: dict[tuple[str, str], CorpusLaunch] = {}
    for launch in sorted(corpus_launches(), key=lambda one: one.path.name.count(".")):
        first.setdefault((launch.source, launch.label), launch)
    return tuple(first.values())


def entries(path: Path) -> tuple[str, ...]:
    """The names of the kernels in a PTX file, in order, without parsing it."""
    return tuple(_ENTRY.findall(path.read_text(encoding="utf-8")))


def _expanded(entry: Mapping[str, Any]) -> list[CorpusLaunch]:
    paths = [path for path in ptx_files() if path.name.partition(".")[0] == entry["source"]]
    return [
        CorpusLaunch(
            path=path,
            kernel=kernel_name(path, entry["kernel"]),
            label=entry["kernel"],
            source=entry["source"],
            family=entry["family"],
            request=_request(entry, path.parent.name),
            loops=entry.get("loops", False),
            data_dependent=entry.get("data_dependent", False),
            reason=entry.get("reason", ""),
        )
        for path in paths
    ]


def kernel_name(path: Path, name: str) -> str:
    """The one kernel of the file that is called `name` or, mangled, contains it."""
    names = entries(path)
    found = [name] if name in names else [whole for whole in names if name in whole]
    if len(found) != 1:
        raise ValueError(f"launches.toml: {name} names {len(found)} kernels of {path.name}")
    return found[0]


def _request(entry: Mapping[str, Any], target: str) -> LaunchRequest:
    scalars = dict(entry.get("args", {}))
    for first, described in entry.get("arrays", {}).items():
        scalars |= _numba_array(int(first), described)
    shared = entry.get("shared_bytes", 0)
    return LaunchRequest(
        block=_dim3(entry["block"]),
        grid=_dim3(entry["grid"]),
        arguments=tuple(_argument(key, value) for key, value in scalars.items()),
        shared_bytes=shared[target] if isinstance(shared, dict) else shared,
    )


def _numba_array(first: int, described: str) -> dict[str, int]:
    """The scalars of a C-contiguous Numba array `"ROWSxCOLUMNS:ITEMSIZE"`.

    It is passed as (owner, parent, items, item size, data, extents…, strides in bytes…).
    """
    extents_text, _, item_text = described.partition(":")
    extents = [int(extent) for extent in extents_text.split("x")]
    item = int(item_text)
    strides = [item * prod(extents[axis + 1 :]) for axis in range(len(extents))]
    shape = {str(first + 5 + i): value for i, value in enumerate(extents + strides)}
    return {str(first + 2): prod(extents), str(first + 3): item, **shape}


def _dim3(text: str) -> Dim3:
    return Dim3(*(int(extent) for extent in text.split("x")))


def _argument(key: str, value: float) -> ArgumentSetting:
    """`2`, a name, or `0+8:u32` for a field of a struct parameter."""
    target, _, field = key.partition("+")
    if not field:
        return ArgumentSetting(target, repr(value))
    offset, _, kind = field.partition(":")
    return ArgumentSetting(target, repr(value), int(offset), kind)
