"""Runs a kernel of the corpus in the reference interpreter on real arrays, and gives them back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory, evaluate
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.launch.resolve import resolve
from ptxenergy.ptx import parse_file
from ptxenergy.ptx.syntax import Module
from tests.corpus import PTX, kernel_name

Array: TypeAlias = npt.NDArray[Any]


@cache
def _module(file: str) -> Module:
    return parse_file(PTX / file)


def run(
    file: str, kernel: str, shape: tuple[str, str], arguments: Sequence[Any], shared: int = 0
) -> list[Array]:
    """The arrays among `arguments` as the kernel leaves them.

    `shape` is (grid, block) as text. An argument is an array for a pointer, a number, or the
    fields of a struct by `offset:type`.
    """
    module = _module(file)
    function = module.functions[kernel_name(PTX / file, kernel)]
    grid, block = (Dim3(*(int(extent) for extent in text.split("x"))) for text in shape)
    request = LaunchRequest(block, grid, None, tuple(_settings(arguments)), shared)
    launch = resolve(module, function, request, lambda _: 1)
    memory = GlobalMemory(seed=1)
    places = [
        (int.from_bytes(given.image, "little"), value)
        for given, value in zip(launch.arguments, arguments, strict=True)
        if isinstance(value, np.ndarray)
    ]
    for address, value in places:
        memory.write(address, value)
    evaluate(module, function, launch, EvaluationOptions(data=1), memory)
    return [memory.read(at, v.size, v.dtype).reshape(v.shape) for at, v in places]


def _settings(arguments: Sequence[Any]) -> list[ArgumentSetting]:
    settings = []
    for index, value in enumerate(arguments):
        if isinstance(value, dict):
            for field, number in value.items():
                offset, _, kind = field.partition(":")
                settings.append(ArgumentSetting(str(index), repr(number), int(offset), kind))
        elif not isinstance(value, np.ndarray):
            settings.append(ArgumentSetting(str(index), repr(value)))
    return settings
