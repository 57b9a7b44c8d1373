"""Reads the launch options as people type them: `32x8`, `n=4096`, `p+8:u32=7`, `120=0.25`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

from ptxenergy.errors import ArgumentError, LaunchError
from ptxenergy.launch.reference.lanes import WARP
from ptxenergy.launch.request import ArgumentSetting, Dim3, Pins, TensorMap, Trips

_DIGITS_MAX = 20
_DIMENSIONS_MAX = 5
# Each of five dimensions has at most 256 elements (CUDA driver API, cuTensorMapEncodeTiled), and
# a box must fit in shared memory, which no GPU has as much of.
_COPY_BYTES_MAX = 1 << 18
_FIELD = re.compile(
    r"(?P<target>.+?)\+(?P<offset>0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})(?::(?P<type>\w+))?"
)
_TYPED = re.compile(r"(?P<target>.+):(?P<type>\w+)")
_Parsed = TypeVar("_Parsed")


def parse_dim3(text: str) -> Dim3:
    """`X`, `XxY` or `XxYxZ`, each at least 1; raises LaunchError."""
    parts = text.strip().lower().split("x")
    if not 1 <= len(parts) <= 3 or not all(_is_integer(part) for part in parts):
        raise LaunchError(f"{text!r} is no extent: write 256, 32x8 or 8x8x4")
    extents = [int(part) for part in parts]
    if min(extents) < 1:
        raise LaunchError(f"{text!r} has an extent below 1: a launch needs at least one of each")
    return Dim3(*extents)


def parse_argument(text: str) -> ArgumentSetting:
    """`INDEX|PARAM=VALUE`, or `PARAM+OFFSET:TYPE=VALUE` for a field; raises ArgumentError."""
    target, equals, value = text.partition("=")
    target, value = target.strip(), value.strip()
    if not equals or not target or not value:
        raise ArgumentError(
            f"{text!r} sets no argument: write INDEX=VALUE, PARAM=VALUE or PARAM+OFFSET:u32=VALUE"
        )
    field = _FIELD.fullmatch(target)
    if field:
        digits = field["offset"]
        offset = int(digits, 16 if digits[:2] in ("0x", "0X") else 10)
        return ArgumentSetting(field["target"], value, offset, field["type"])
    typed = _TYPED.fullmatch(target)
    if typed:
        return ArgumentSetting(typed["target"], value, 0, typed["type"])
    return ArgumentSetting(target, value)


def parse_pins(
    trips: Iterable[str],
    branches: Iterable[str],
    accesses: Iterable[str],
    tensor_maps: Iterable[str] = (),
) -> Pins:
    """The `--trip`, `--branch` and `--access` options, each `LINE=…`, and `--tensor-map` ones.

    Raises LaunchError.
    """
    return Pins(
        trips=_by_line("--trip", trips, _trip),
        branches=_by_line("--branch", branches, _probability),
        accesses=_by_line("--access", accesses, _access),
        tensor_maps=_tensor_maps(tensor_maps),
    )


def _tensor_maps(texts: Iterable[str]) -> dict[str, TensorMap]:
    """`PARAM=BOX:ELEMENT_BYTES` for each tensor map, such as `2=64x64:2`."""
    found: dict[str, TensorMap] = {}
    for text in texts:
        target, _, shape = (part.strip() for part in text.partition("="))
        box, _, size = shape.partition(":")
        extents = box.lower().split("x")
        numbers = [*extents, size]
        if not target or not all(_is_integer(n) and int(n) > 0 for n in numbers):
            raise LaunchError(
                f"--tensor-map {text}: write PARAM=BOX:ELEMENT_BYTES, such as 2=64x64:2"
            )
        if len(extents) > _DIMENSIONS_MAX:
            raise LaunchError(f"--tensor-map {text}: a tensor has at most five dimensions")
        if target in found:
            raise LaunchError(f"--tensor-map is given twice for parameter {target}")
        found[target] = TensorMap(tuple(int(extent) for extent in extents), int(size))
        if found[target].copy_bytes > _COPY_BYTES_MAX:
            raise LaunchError(f"--tensor-map {text}: a box has at most {_COPY_BYTES_MAX} bytes")
    return found


def _by_line(
    option: str, texts: Iterable[str], parse: Callable[[str], _Parsed]
) -> dict[int, _Parsed]:
    found: dict[int, _Parsed] = {}
    for text in texts:
        line, equals, value = text.partition("=")
        if not equals or not _is_integer(line) or int(line) < 1:
            raise LaunchError(f"{option} {text}: write LINE=…, with a line of the PTX file")
        if int(line) in found:
            raise LaunchError(f"{option} is given twice for line {int(line)}")
        try:
            found[int(line)] = parse(value.strip())
        except ValueError as error:
            raise LaunchError(f"{option} {text}: {error}") from None
    return found


def _trip(text: str) -> float | Trips:
    """`MEAN`, or `MEAN/WARP`."""
    mean, slash, most = text.partition("/")
    trips = _number(mean)
    if trips < 0:
        raise ValueError("a number of iterations is 0 or more")
    if not slash:
        return trips
    of_warp = _number(most)
    if not trips <= of_warp <= WARP * trips:
        raise ValueError(
            "write MEAN/WARP, where WARP, the mean of the most iterations in a warp, lies between "
            f"MEAN and {WARP} times MEAN"
        )
    return Trips(trips, of_warp)


def _probability(text: str) -> float:
    probability = _number(text)
    if not 0 <= probability <= 1:
        raise ValueError("a probability lies between 0 and 1")
    return probability


def _access(text: str) -> Literal["coalesced", "random"] | float:
    if text == "coalesced":
        return "coalesced"
    if text == "random":
        return "random"
    sectors = _number(text)
    if sectors <= 0:
        raise ValueError("write coalesced, random, or sectors per request above 0")
    return sectors


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not finite")
    return value


def _is_integer(text: str) -> bool:
    digits = text.strip().removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX
