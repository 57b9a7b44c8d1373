"""What planning needs to know of a kernel's arguments at a size: bytes, scalars, pins.

Bytes and scalars come from shadows, so that gigabytes are never made to plan; a definition whose
shapes depend on values makes real arrays. Pins follow from values, so they are computed from the
real input at full size, by the definition itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.generated import GeneratedKernel
from ptxenergy.measure.kernels.kernel import Data, Pin, Size
from ptxenergy.measure.planning.markers import Text, read, resolve
from ptxenergy.measure.planning.shadow import SHADOW, NeedsValuesError, Shadow


@dataclass(frozen=True, slots=True)
class Facts:
    """`footprint_bytes`: all buffers together. `scalars`: value by parameter index."""

    footprint_bytes: int
    scalars: Mapping[int, int | float]


ResolvedPin: TypeAlias = Mapping[str, float | int | str]


class FactFinder:
    """Finds facts and pins of one kernel's sizes, each once."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._facts: dict[str, Facts] = {}
        self._pins: dict[str, tuple[ResolvedPin, ...]] = {}
        self._text: Text | None = None

    @property
    def has_pins(self) -> bool:
        """Whether data steers this kernel."""
        return "// pin:" in self._entry.source

    def facts(self, size: Size, data: Data) -> Facts:
        """Bytes and scalars at a size."""
        key = _key(size, data)
        if key not in self._facts:
            self._facts[key] = facts_of(self._entry, size, data)
        return self._facts[key]

    def pins(self, size: Size, data: Data) -> tuple[ResolvedPin, ...]:
        """Pins by PTX line at a size; raises MarkerError where one has no line."""
        if not self.has_pins:
            return ()
        key = _key(size, data)
        if key not in self._pins:
            if self._text is None:
                ptx = read_ptx(self._entry.ptx).decode()
                self._text = read(ptx, self._entry.source_name)
            pins = pins_of(self._entry, size, data)
            self._pins[key] = tuple(resolve(pins, self._entry.source, self._text))
        return self._pins[key]


def facts_of(entry: Entry, size: Size, data: Data) -> Facts:
    """Bytes and scalars of a kernel's arguments, by shadows where that can be."""
    kernel = entry.kernel
    try:
        arguments: tuple[Any, ...] = kernel.arguments(SHADOW, size, data)
    except NeedsValuesError:
        arguments = kernel.arguments(np, size, data)
    footprint = 0
    scalars: dict[int, int | float] = {}
    for index, argument in enumerate(arguments):
        if isinstance(argument, (Shadow, np.ndarray)):
            footprint += argument.nbytes
        else:
            scalars[index] = argument.item()
    return Facts(footprint, scalars)


def pins_of(entry: Entry, size: Size, data: Data) -> tuple[Pin, ...]:
    """A kernel's pins, from its real input at full size."""
    kernel = entry.kernel
    if isinstance(kernel, GeneratedKernel):
        return kernel.pins_at(size, data)
    return kernel.pins(size, kernel.arguments(np, size, data))


def _key(size: Size, data: Data) -> str:
    return f"{sorted(size.items())} {data.kind} {data.seed}"
