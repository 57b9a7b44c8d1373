"""Reads a GPU description file into entries: values in the fields' own units, with sources.

`gpus/capability/X.Y.toml` holds what all GPUs of a compute capability share, `gpus/ID.toml` what
one GPU is; both have the same format, and the GPU's file wins.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from ptxenergy.errors import GpuError
from ptxenergy.gpu.fields import FIELDS, GROUPS, SCALES, Field
from ptxenergy.gpu.spec import Source

FOLDER = Path(__file__).resolve().parent / "gpus"
"""Where the descriptions that ship lie, with their sources."""
_ALLOWED = {"value", "unit", "source", "estimated", "note"}


class Entry(Struct, frozen=True):
    """One value in its field's unit, and where it comes from."""

    value: Any
    source: Source


def read_entries(path: Path) -> dict[str, Entry]:
    """The entries of one file by dotted field name.

    Source tags are resolved in the `sources.toml` beside the GPU files, where there is one, and in
    the one that ships. Raises GpuError, which names the file and the field, for what is unknown,
    malformed, of the wrong unit or unsourced.
    """
    folder = path.parent.parent if path.parent.name == "capability" else path.parent
    own = folder / "sources.toml"
    tags = {
        **_read_sources(FOLDER / "sources.toml"),
        **(_read_sources(own) if own.exists() else {}),
    }
    return {
        name: _entry(f"{path.name}: {name}", FIELDS[name], item, tags)
        for name, item in _flatten(path)
    }


def read_toml(path: Path) -> dict[str, Any]:
    """The file as nested dictionaries. Raises GpuError where it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GpuError(f"{path.name}: cannot be read as a GPU description: {error}") from error


def _flatten(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, item in read_toml(path).items():
        members = (
            [(f"{name}.{key}", value) for key, value in item.items()]
            if name in GROUPS and isinstance(item, dict)
            else [(name, item)]
        )
        for dotted, value in members:
            if dotted not in FIELDS:
                raise GpuError(f"{path.name}: {dotted}: there is no such field")
            if not isinstance(value, dict):
                raise GpuError(f"{path.name}: {dotted}: write {{ value, unit, source }}")
            yield dotted, value


@cache
def _read_sources(path: Path) -> Mapping[str, str]:
    sources = read_toml(path)
    for tag, text in sources.items():
        if not isinstance(text, str) or not text.strip():
            raise GpuError(f"{path.name}: {tag}: a source is a line of text")
    return sources


def _entry(where: str, field: Field, item: Mapping[str, Any], tags: Mapping[str, str]) -> Entry:
    unknown = item.keys() - _ALLOWED
    if unknown:
        raise GpuError(f"{where}: unknown key {', '.join(sorted(unknown))}")
    for key in ("value", "unit", "source"):
        if key not in item:
            raise GpuError(f"{where}: has no {key}")
    value = _in_field_unit(where, field, item["value"], item["unit"])
    return Entry(value, _source(where, item, tags))


def _source(where: str, item: Mapping[str, Any], tags: Mapping[str, str]) -> Source:
    estimated, note = item.get("estimated", False), item.get("note", "")
    if not isinstance(estimated, bool) or not isinstance(note, str):
        raise GpuError(f"{where}: estimated is true or false, note is text")
    named = str(item["source"]).split()
    for tag in named:
        if tag not in tags:
            raise GpuError(f"{where}: source {tag!r} is not in sources.toml")
    if not named:
        raise GpuError(f"{where}: has no source")
    text = "; ".join(tags[tag] for tag in named)
    return Source(f"{text} ({note})" if note else text, estimated)


def _in_field_unit(where: str, field: Field, value: Any, unit: Any) -> Any:
    """The value in the field's unit, checked for kind and sign."""
    scales = SCALES.get(field.unit, {field.unit: 1})
    if not isinstance(unit, str) or unit not in scales:
        raise GpuError(f"{where}: unit is {unit!r}, expected {' or '.join(scales)}")
    if field.kind == "text":
        if not isinstance(value, str) or not value:
            raise GpuError(f"{where}: expected text")
        return value
    if field.kind == "integers":
        if not isinstance(value, list) or not value:
            raise GpuError(f"{where}: expected a list of integers")
        return tuple(_number(where, field, one, scales[unit]) for one in value)
    return _number(where, field, value, scales[unit])


def _number(where: str, field: Field, value: Any, scale: float) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GpuError(f"{where}: {value!r} is not a number")
    if not (value > 0 or (field.zero and value == 0)) or value == float("inf"):
        raise GpuError(f"{where}: {value!r} is not positive and finite")
    if field.kind == "number":
        return float(value * scale)
    scaled = value * scale
    if scaled != int(scaled):
        raise GpuError(f"{where}: {value!r} is not a whole number of {field.unit}")
    return int(scaled)
