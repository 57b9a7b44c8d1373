"""Finds a GPU by name and builds its `Gpu` from the description files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ptxenergy.errors import GpuError
from ptxenergy.gpu.fields import FIELDS, GROUPS
from ptxenergy.gpu.spec import Gpu, Limits
from ptxenergy.gpu.tables import Entry, read_entries, read_toml

_FOLDER = Path(__file__).resolve().parent / "gpus"
_NOT_GPUS = {"sources", "aliases"}


def available() -> tuple[str, ...]:
    """The ids of all described GPUs, sorted. Lists files and parses none."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml") if path.stem not in _NOT_GPUS))


def load(id: str) -> Gpu:
    """The GPU of that id or alias, whatever its case, spaces, hyphens and underscores.

    The answer is kept, so that a second call costs nothing. Raises GpuError, with near names,
    where no GPU is called so, and where a description is incomplete or malformed.
    """
    return _load_file(_FOLDER / f"{_resolve(id)}.toml")


def read_gpu(path: Path) -> Gpu:
    """The GPU that the file `path` and its capability's base file describe.

    `sources.toml` and `capability/` are expected beside it. Raises GpuError, which names the
    file and the field, where a field is missing, unknown, malformed or unsourced.
    """
    own = read_entries(path)
    if "compute_capability" not in own:
        raise GpuError(f"{path.name}: compute_capability: is missing")
    capability = str(own["compute_capability"].value)
    if not re.fullmatch(r"\d+\.\d+", capability):
        raise GpuError(f"{path.name}: compute_capability: {capability!r} is not major.minor")
    entries = read_entries(path.parent / "capability" / f"{capability}.toml") | own
    for name, field in FIELDS.items():
        if name not in entries and not field.optional:
            raise GpuError(f"{path.name}: {name}: is missing here and in capability {capability}")
    return _build(path.stem, entries)


@cache
def _load_file(path: Path) -> Gpu:
    return read_gpu(path)


def _build(id: str, entries: Mapping[str, Entry]) -> Gpu:
    values: dict[str, Any] = {group: {} for group in GROUPS}
    for dotted, entry in entries.items():
        group, _, name = dotted.rpartition(".")
        (values[group] if group else values)[name] = entry.value
    major, _, minor = values.pop("compute_capability").partition(".")
    limits = Limits(**values.pop("limits"))
    sources = {name: entries[name].source for name in FIELDS if name in entries}
    return Gpu(
        id=id,
        compute_capability=(int(major), int(minor)),
        limits=limits,
        sources=sources,
        **values,
    )


def _plain(id: str) -> str:
    return re.sub(r"[\s_-]+", "", id).lower()


def _resolve(id: str) -> str:
    ids = available()
    if id in ids:
        return id
    named = {_plain(known): known for known in ids}
    wanted = _plain(id)
    if wanted in named:
        return named[wanted]
    aliases = {_plain(alias): str(target) for alias, target in _aliases().items()}
    if wanted in aliases:
        return aliases[wanted]
    near = difflib.get_close_matches(wanted, [*named, *aliases], n=4, cutoff=0.5)
    meant = dict.fromkeys(named.get(name) or aliases[name] for name in near)
    hint = f"did you mean {', '.join(meant)}?" if meant else f"known are {', '.join(ids)}"
    raise GpuError(f"no GPU is called {id!r}: {hint}")


@cache
def _aliases() -> Mapping[str, Any]:
    return read_toml(_FOLDER / "aliases.toml")
