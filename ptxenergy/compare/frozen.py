"""The old version's launch, as it came out, for the new version: both must do the same work."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ptxenergy.errors import ArgumentError
from ptxenergy.launch.arguments import parameter_index
from ptxenergy.launch.parse import parse_argument
from ptxenergy.launch.request import ArgumentSetting, Launch, LaunchRequest, Pins
from ptxenergy.ptx.syntax import Function

_ARGUMENT = "--arg "


def frozen(
    asked: LaunchRequest,
    launch: Launch,
    kernels: tuple[Function, Function],
    own: Sequence[ArgumentSetting] = (),
    pins: Pins | None = None,
) -> tuple[LaunchRequest, tuple[str, ...]]:
    """What to ask for of the new version, and which arguments it has no place for.

    `asked` is what was asked for of the old version and `launch` what came of it: block, grid and
    every argument, given or assumed, are taken over. `own` are the new version's alone; they come
    first. `pins` are by its own lines.
    """
    old, new = kernels
    assumed = [
        parse_argument(one.option.removeprefix(_ARGUMENT))
        for one in launch.assumptions
        if one.code == "argument" and one.option.startswith(_ARGUMENT)
    ]
    kept = {_place(new, setting): setting for setting in own}
    lost: list[str] = []
    for setting in (*asked.arguments, *assumed):
        index = _counterpart(old, new, parameter_index(old, setting.target))
        if index is None:
            lost.append(setting.target)
        elif (index, setting.offset) not in kept:
            kept[index, setting.offset] = replace(setting, target=str(index))
    maps = asked.pins.tensor_maps
    return (
        LaunchRequest(
            block=launch.block,
            grid=launch.grid,
            arguments=tuple(kept.values()),
            shared_bytes=launch.shared_bytes,
            pins=replace(pins or Pins(), tensor_maps=maps),
        ),
        tuple(lost),
    )


def _place(kernel: Function, setting: ArgumentSetting) -> tuple[int, int]:
    return parameter_index(kernel, setting.target), setting.offset


def _counterpart(old: Function, new: Function, index: int) -> int | None:
    """The new version's parameter for one of the old: that of its name, else of its index, if it
    is of the same type and size."""
    was = old.parameters[index]
    try:
        found = parameter_index(new, was.name)
    except ArgumentError:
        found = index
    if found >= len(new.parameters):
        return None
    now = new.parameters[found]
    is_same = (was.type, was.size_bytes) == (now.type, now.size_bytes)
    return found if is_same else None
