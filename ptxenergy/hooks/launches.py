"""Which launch a kernel of a build has: said by the project, by the file, or assumed.

In order: an entry of `[[tool.ptxenergy.kernel]]`, the PTX's `.reqntid`, its `.maxntid`, the
defaults of `predict`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any, Literal

from ptxenergy.errors import InputError
from ptxenergy.launch.parse import parse_dim3
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.ptx.names import short_name
from ptxenergy.ptx.syntax import Function

BlockSource = Literal["project", ".reqntid", ".maxntid", "default"]
_KEYS = {"match", "block", "grid", "args"}


@dataclass(frozen=True, slots=True)
class KernelEntry:
    """One `[[tool.ptxenergy.kernel]]`: `match` is a pattern (`*`, `?`) over a kernel's mangled or
    short name; what is not given is left open."""

    match: str
    block: Dim3 | None = None
    grid: Dim3 | None = None
    arguments: tuple[ArgumentSetting, ...] = ()

    def fits(self, kernel: str) -> bool:
        """Whether this entry is for that kernel."""
        return any(fnmatchcase(name, self.match) for name in (kernel, short_name(kernel)))


def read_entries(start: Path) -> tuple[KernelEntry, ...]:
    """The entries of the nearest `ptxenergy.toml`, or `pyproject.toml`, upwards; none without.

    Raises InputError where the file cannot be read, and LaunchError for an impossible extent.
    """
    for directory, name in product((start, *start.parents), ("ptxenergy.toml", "pyproject.toml")):
        path = directory / name
        if not path.is_file():
            continue
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {error}") from error
        listed = document.get("tool", {}).get("ptxenergy", {}).get("kernel", [])
        return tuple(_entry(path, item) for item in listed)
    return ()


def request_for(
    kernel: Function, entries: Sequence[KernelEntry]
) -> tuple[LaunchRequest, BlockSource]:
    """What to ask for, by the first entry that fits, and where its block comes from."""
    entry = next((one for one in entries if one.fits(kernel.name)), KernelEntry(""))
    request = LaunchRequest(block=entry.block, grid=entry.grid, arguments=entry.arguments)
    if entry.block is not None:
        return request, "project"
    if kernel.directives.get("reqntid"):
        return request, ".reqntid"
    most = kernel.directives.get("maxntid")
    if most:
        block = Dim3(*(int(extent) for extent in most))
        return LaunchRequest(block, entry.grid, arguments=entry.arguments), ".maxntid"
    return request, "default"


def _entry(path: Path, item: Any) -> KernelEntry:
    if not isinstance(item, Mapping) or not isinstance(item.get("match"), str):
        raise InputError(f"{path}: each [[tool.ptxenergy.kernel]] needs a `match` in quotes")
    unknown = sorted(set(item) - _KEYS)
    if unknown:
        raise InputError(f"{path}: {unknown[0]!r} is no key of a kernel: {sorted(_KEYS)}")
    arguments = item.get("args", {})
    if not isinstance(arguments, Mapping):
        raise InputError(f"{path}: write `args` as a table: args = {{ n = 4096 }}")
    return KernelEntry(
        item["match"],
        _extent(item.get("block")),
        _extent(item.get("grid")),
        tuple(ArgumentSetting(target, str(value)) for target, value in arguments.items()),
    )


def _extent(value: Any) -> Dim3 | None:
    if value is None:
        return None
    return parse_dim3("x".join(map(str, value)) if isinstance(value, list) else str(value))
