"""Where the PTX of a block shape comes from, and what it says of the shapes it can have."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from math import prod
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.compare.corrected import Version
from ptxenergy.errors import KernelSelectionError
from ptxenergy.launch.extents import axes_read
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.pipeline import Note, Options
from ptxenergy.program.dataflow import value_graph
from ptxenergy.program.registers import registers_per_thread
from ptxenergy.program.shared import body_of, static_shared_bytes
from ptxenergy.ptx.names import select
from ptxenergy.ptx.syntax import Function

_LISTED_KERNELS = 6


class Texts(Protocol):
    """The PTX by block shape."""

    @property
    def axes(self) -> str:
        """Along which the PTX itself differs from shape to shape; empty where it is one for all."""

    @property
    def title(self) -> str:
        """The file, or what makes one for each shape."""

    def prepare(self, shapes: Iterable[Dim3]) -> None:
        """Make ready what will be asked for, at once where that is quicker."""

    def of(self, block: Dim3 | None) -> tuple[bytes, str]:
        """Text and file name. Raises PtxEnergyError where it cannot be made."""


class OneText(Struct, frozen=True):
    """The same PTX for all blocks."""

    text: bytes
    file: str

    @property
    def axes(self) -> str:
        """It differs along none."""
        return ""

    @property
    def title(self) -> str:
        """The file."""
        return self.file

    def prepare(self, _: Iterable[Dim3]) -> None:
        """Nothing is to be made."""

    def of(self, _: Dim3 | None) -> tuple[bytes, str]:
        """The text."""
        return self.text, self.file


class Source(Struct, dict=True):
    """One kernel in one text, made ready to be predicted at one launch after another."""

    version: Version
    name: str
    given_registers: int | str | None = None

    @cached_property
    def kernel(self) -> Function:
        """Its body."""
        return body_of(self.version.module, self.name)

    @cached_property
    def axes(self) -> str:
        """Along which it looks where a thread stands in its block, or how large that is."""
        return axes_read(value_graph(self.version.module, self.kernel), ("tid", "ntid")) or "x"

    @cached_property
    def shared_bytes(self) -> int:
        """Shared memory that it declares."""
        return static_shared_bytes(self.version.module, self.kernel)

    @cached_property
    def registers(self) -> int:
        """Registers a thread, as far as they are known without an assembler."""
        if isinstance(self.given_registers, int):
            return self.given_registers
        return registers_per_thread(self.kernel, self.version.module)

    @property
    def required(self) -> Dim3 | None:
        """The one block that it allows (`.reqntid`)."""
        extents = self.kernel.directives.get("reqntid")
        return Dim3(*(int(extent) for extent in extents)) if extents else None

    @property
    def most_threads(self) -> int | None:
        """The most threads that a block may have (`.maxntid`)."""
        extents = self.kernel.directives.get("maxntid")
        return prod(extents) if extents else None


class Sources:
    """The kernel in each of its texts, each read once."""

    def __init__(self, texts: Texts, options: Options, note: Note) -> None:
        self._texts, self._options, self._note = texts, options, note
        self._known: dict[bytes, Source] = {}

    def of(self, block: Dim3 | None) -> Source:
        """The kernel for a block. Raises PtxEnergyError where there is no such text or kernel."""
        text, file = self._texts.of(block)
        if text not in self._known:
            options = replace(self._options, kernel=None, request=LaunchRequest())
            version = Version(text, file, options, self._note)
            name = self._name(version.module.kernel_names, file)
            self._known[text] = Source(version, name, self._options.registers)
        return self._known[text]

    def _name(self, names: tuple[str, ...], file: str) -> str:
        if not names:
            raise KernelSelectionError(f"{file} has no kernel (.entry) to tune")
        wanted = self._options.kernel
        if wanted is None and len(names) > 1:
            raise KernelSelectionError(
                f"{file} has {len(names)} kernels, say which by --kernel: "
                + ", ".join(names[:_LISTED_KERNELS])
            )
        return select(names, wanted or names[0])
