"""The arguments that were given: found by index or name, checked against type, put into bytes."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable

from msgspec import Struct

from ptxenergy.errors import ArgumentError
from ptxenergy.launch.fields import is_float, type_bytes
from ptxenergy.launch.request import ArgumentSetting
from ptxenergy.ptx.syntax import Function, Parameter

_LISTED_MAX = 32
_NAME_MAX, _NAME_HEAD, _NAME_TAIL = 48, 24, 16
_INTEGER = re.compile(r"[+-]?(0[xX][0-9a-fA-F]{1,16}|0[bB][01]{1,64}|[0-9]{1,20})")
_INTEGER_TYPE = re.compile(r"[usb](8|16|32|64)")
_FLOAT_PACKING = {"f16": "<e", "f32": "<f", "f64": "<d"}


class Value(Struct, frozen=True):
    """A value of a PTX type and its little-endian bytes."""

    type: str
    value: int | float
    image: bytes


def given_values(
    kernel: Function, settings: Iterable[ArgumentSetting]
) -> dict[tuple[int, int], Value]:
    """What was given, by (parameter index, byte offset).

    Raises ArgumentError for a parameter that does not exist, a value that does not fit its type,
    a field outside its parameter, or bytes that are given twice.
    """
    found: dict[tuple[int, int], Value] = {}
    for setting in settings:
        index = parameter_index(kernel, setting.target)
        parameter = kernel.parameters[index]
        value = encode(_type_of(parameter, setting), setting.text, setting)
        end = setting.offset + len(value.image)
        if end > parameter.size_bytes:
            raise ArgumentError(
                f"--arg {_shown(setting)}: bytes {setting.offset} to {end - 1} lie outside "
                f"{describe_parameter(kernel, index)}"
            )
        for (other, offset), known in found.items():
            is_same = other == index and offset < end and setting.offset < offset + len(known.image)
            if is_same:
                raise ArgumentError(
                    f"--arg {_shown(setting)}: {parameter.name} is given twice"
                    + (f" at byte {offset}" if parameter.is_array else "")
                )
        found[index, setting.offset] = value
    return found


def parameter_index(kernel: Function, target: str) -> int:
    """The index of a parameter given by 0-based index, name, or the unique end of its name."""
    names = [parameter.name for parameter in kernel.parameters]
    if target in names:
        return names.index(target)
    if re.fullmatch("[0-9]{1,9}", target) and int(target) < len(names):
        return int(target)
    ends = [index for index, name in enumerate(names) if name.endswith(f"_{target}")]
    if len(ends) == 1 and not target.isdigit():
        return ends[0]
    raise ArgumentError(f"{kernel.name} has no parameter {target}; {_listing(kernel)}")


def describe_parameter(kernel: Function, index: int) -> str:
    """`parameter 3 (u32 k_param_3)`, for messages."""
    parameter = kernel.parameters[index]
    name = parameter.name
    if len(name) > _NAME_MAX:
        name = f"{name[:_NAME_HEAD]}…{name[-_NAME_TAIL:]}"
    if parameter.is_array:
        return f"parameter {index} ({parameter.size_bytes} bytes, {name})"
    return f"parameter {index} ({parameter.type} {name})"


def encode(type_: str, text: str, setting: ArgumentSetting) -> Value:
    """The text as a value of a PTX type; raises ArgumentError where it does not fit."""
    if is_float(type_):
        return _float(type_, text, setting)
    if not _INTEGER_TYPE.fullmatch(type_):
        raise ArgumentError(
            f"--arg {_shown(setting)}: {type_} is no type of a value; "
            "use u8…u64, s8…s64, b8…b64, f16, bf16, f32 or f64"
        )
    return _integer(type_, text, setting)


def pack(type_: str, value: int | float) -> bytes:
    """The little-endian bytes of a value that fits its type; packed types repeat it."""
    base, _, count = type_.partition("x")
    times = int(count) if count else 1
    if base == "bf16":
        return struct.pack("<H", _bf16_bits(float(value))) * times
    if base in _FLOAT_PACKING:
        return struct.pack(_FLOAT_PACKING[base], value) * times
    size = type_bytes(type_)
    return (int(value) & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _type_of(parameter: Parameter, setting: ArgumentSetting) -> str:
    if setting.type is not None:
        return setting.type
    if parameter.is_array or setting.offset:
        raise ArgumentError(
            f"--arg {_shown(setting)}: {parameter.name} holds {parameter.size_bytes} bytes; "
            f"set a field of it with its type: {setting.target}+{setting.offset}:u32=…"
        )
    is_bits = parameter.type.startswith("b") and not is_float(parameter.type)
    if (
        is_bits
        and not _INTEGER.fullmatch(setting.text)
        and f"f{parameter.size_bytes * 8}" in (_FLOAT_PACKING)
    ):
        return f"f{parameter.size_bytes * 8}"
    return parameter.type


def _integer(type_: str, text: str, setting: ArgumentSetting) -> Value:
    """An integer. PTX gives a C `int` the type `.u32`, so that unsigned types take negatives."""
    value = _whole(text)
    if value is None:
        raise ArgumentError(f"--arg {_shown(setting)}: {text!r} is no integer, as {type_} needs")
    bits = 8 * type_bytes(type_)
    low, high = -(1 << (bits - 1)), (1 << (bits - (type_[0] == "s"))) - 1
    if not low <= value <= high:
        raise ArgumentError(
            f"--arg {_shown(setting)}: {value} does not fit {type_} ({low} to {high})"
        )
    return Value(type_, value, pack(type_, value))


def _whole(text: str) -> int | None:
    if _INTEGER.fullmatch(text):
        return int(text, 0 if re.match("[+-]?0[xXbB]", text) else 10)
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if math.isfinite(value) and value == int(value) else None


def _float(type_: str, text: str, setting: ArgumentSetting) -> Value:
    try:
        value = float(int(text, 16)) if re.match("[+-]?0[xX]", text) else float(text)
        image = pack(type_, value)
    except ValueError:
        raise ArgumentError(f"--arg {_shown(setting)}: {text!r} is no number") from None
    except OverflowError:
        raise ArgumentError(f"--arg {_shown(setting)}: {text} does not fit {type_}") from None
    return Value(type_, value, image)


def _bf16_bits(value: float) -> int:
    """The upper half of the binary32 pattern, rounded to nearest even."""
    bits = int.from_bytes(struct.pack("<f", value), "little")
    if math.isnan(value):
        return (bits >> 16) | 0x40
    return min((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16, 0xFFFF)


def _shown(setting: ArgumentSetting) -> str:
    field = f"+{setting.offset}" if setting.offset else ""
    type_ = f":{setting.type}" if setting.type else ""
    return f"{setting.target}{field}{type_}={setting.text}"


def _listing(kernel: Function) -> str:
    if not kernel.parameters:
        return "it takes none"
    count = len(kernel.parameters)
    lines = [describe_parameter(kernel, index) for index in range(min(count, _LISTED_MAX))]
    more = [f"… and {count - _LISTED_MAX} more"] if count > _LISTED_MAX else []
    return "it takes " + ", ".join([*lines, *more]).replace("parameter ", "")
