"""Finds a GPU by name and builds its `Gpu` from the description files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from ptxenergy.errors import GpuError
from ptxenergy.gpu.fields import FIELDS, GROUPS
from ptxenergy.gpu.spec import Gpu, Limits
from ptxenergy.gpu.tables import FOLDER, Entry, read_entries, read_toml
from ptxenergy.plugins import Host, host

_NOT_GPUS = {"sources", "aliases"}


def available() -> tuple[str, ...]:
    """The ids of all described GPUs, sorted: those that ship, and those of plugins."""
    return tuple(sorted((*_shipped(), *_of_plugins(host()))))


def load(id: str) -> Gpu:
    """The GPU of that id or alias, whatever its case, spaces, hyphens and underscores.

    The answer is kept, so that a second call costs nothing. Raises GpuError, with near names,
    where no GPU is called so, and where a description is incomplete or malformed.
    """
    return _load_file(_file_of(id))


def read_gpu(path: Path) -> Gpu:
    """The GPU that the file `path` and its capability's base file describe.

    `sources.toml` and `capability/` beside it come before those that ship. Raises GpuError, which
    names the file and the field, where a field is missing, unknown, malformed or unsourced.
    """
    own = read_entries(path)
    if "compute_capability" not in own:
        raise GpuError(f"{path.name}: compute_capability: is missing")
    capability = str(own["compute_capability"].value)
    if not re.fullmatch(r"\d+\.\d+", capability):
        raise GpuError(f"{path.name}: compute_capability: {capability!r} is not major.minor")
    base = Path("capability", f"{capability}.toml")
    beside = path.parent / base
    entries = read_entries(beside if beside.is_file() else FOLDER / base) | own
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


def _file_of(id: str) -> Path:
    """The file of a GPU. Plugins are asked only for what does not ship."""
    shipped, wanted = _shipped(), _plain(id)
    named = {_plain(known): known for known in shipped}
    aliases = {_plain(alias): str(target) for alias, target in _aliases().items()}
    found = named.get(wanted) or aliases.get(wanted)
    if found:
        return shipped[found]
    files = _of_plugins(host())
    named |= {_plain(known): known for known in files}
    if wanted in named:
        return files[named[wanted]]
    near = difflib.get_close_matches(wanted, [*named, *aliases], n=4, cutoff=0.5)
    meant = dict.fromkeys(named.get(name) or aliases[name] for name in near)
    hint = f"did you mean {', '.join(meant)}?" if meant else f"known are {', '.join(available())}"
    raise GpuError(f"no GPU is called {id!r}: {hint}")


@cache
def _shipped() -> Mapping[str, Path]:
    """The files of the GPUs that ship, by id. Lists files and parses none."""
    return {path.stem: path for path in FOLDER.glob("*.toml") if path.stem not in _NOT_GPUS}


@cache
def _of_plugins(plugins: Host) -> Mapping[str, Path]:
    """The files of the GPUs of plugins, by id. A plugin with one that is broken or taken is skipped
    with all of its own, and one line of warning."""
    found: dict[str, Path] = {}
    for plugin, paths in plugins.ask("ptxenergy_gpus"):
        found |= plugins.guarded(plugin, partial(_checked, paths, {*_shipped(), *found})) or {}
    return found


def _checked(paths: Iterable[Path], taken: set[str]) -> dict[str, Path]:
    """The files by id; raises GpuError for one that is broken or has an id that is taken."""
    files = {Path(path).stem: Path(path) for path in paths}
    for id, path in files.items():
        if id in taken:
            raise GpuError(f"{path.name}: a GPU {id} is there already")
        read_gpu(path)
    return files


@cache
def _aliases() -> Mapping[str, Any]:
    return read_toml(FOLDER / "aliases.toml")
