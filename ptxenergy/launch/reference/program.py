"""A kernel with everything it can call, made ready to run for one launch."""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field

from ptxenergy.launch.reference.code import Code
from ptxenergy.launch.reference.decode import decode
from ptxenergy.launch.reference.memory import Bank, GlobalMemory
from ptxenergy.launch.reference.phases import are_followed
from ptxenergy.launch.reference.placement import WINDOWS, Placement, place
from ptxenergy.launch.reference.relevance import Relevance, relevance_of
from ptxenergy.launch.reference.tensors import TensorMaps
from ptxenergy.launch.request import Dim3, Launch, Pins
from ptxenergy.program.flow import control_flow
from ptxenergy.program.shared import reachable
from ptxenergy.ptx.syntax import Function, Module


class Program(Struct):
    """The code of a launch. Instructions of all functions are numbered one after another."""

    module: Module
    kernel: Function
    launch: Launch
    placement: Placement
    functions: tuple[Function, ...]
    size: int
    cluster: Dim3
    relevance: Relevance
    _first: dict[str, int]
    _codes: dict[str, Code] = field(default_factory=dict)
    _maps: TensorMaps | None = None
    _follows_phases: bool | None = None

    @property
    def kernel_code(self) -> Code:
        """The kernel itself."""
        found = self.code(self.kernel.name)
        if found is None:
            raise KeyError(self.kernel.name)
        return found

    @property
    def shared_bytes(self) -> int:
        """Bytes of shared memory of a block, static and dynamic."""
        return self.placement.static_shared_bytes + 1024 + self.launch.shared_bytes

    @property
    def local_bytes(self) -> int:
        """Bytes of local memory of a thread when nothing has been called yet."""
        return self.kernel_code.local_bytes

    @property
    def constant_bytes(self) -> int:
        """Bytes of constant memory."""
        return self.placement.constant_bytes

    @property
    def follows_phases(self) -> bool:
        """Whether all that is done with mbarriers is followed."""
        if self._follows_phases is None:
            self._follows_phases = are_followed(self.functions)
        return self._follows_phases

    def maps(self, pins: Pins) -> TensorMaps:
        """The tensor maps of the launch, of which the pins may tell."""
        if self._maps is None:
            self._maps = TensorMaps.of(self, pins.tensor_maps)
        return self._maps

    def code(self, name: str) -> Code | None:
        """A function's steps; None where the file has no body for it."""
        if name not in self._first:
            return None
        found = self._codes.get(name)
        if found is None:
            function = self.module.functions[name]
            flow = control_flow(function)
            found = Code(function, flow, self._first[name])
            decode(found, self.placement, self.relevance)
            self._codes[name] = found
        return found

    def function_at(self, address: int) -> str:
        """The function whose address this is; an empty name where there is none."""
        number = (address - (WINDOWS["function"] << self.placement.window_shift)) // 16
        names = list(self.module.functions)
        return names[number - 1] if 0 < number <= len(names) else ""

    def fill_constants(self, bank: Bank, memory: GlobalMemory | None) -> None:
        """Write the initial values of constant variables; the host may have set all others."""
        if memory is not None:
            window = self.placement.generic("constant", 0)
            room = min(self.constant_bytes, bank.slot_bytes)
            bank.data[:room] = memory.read(window, room, np.uint8)
        for space, offset, image in self.placement.images:
            if space == "constant":
                bank.write_all(offset, image)

    def fill_variables(self, memory: GlobalMemory) -> None:
        """Write the initial values of variables into real memory."""
        for space, offset, image in self.placement.images:
            memory.write(self.placement.generic(space, offset), np.frombuffer(image, np.uint8))

    def fill_arguments(self, bank: Bank | None) -> None:
        """Write the launch's arguments into the kernel's parameters."""
        if bank is None:
            return
        for argument in self.launch.arguments:
            start = self.kernel_code.parameter_offsets[argument.parameter.name]
            bank.write_all(start, argument.image)


def prepare(module: Module, kernel: Function, launch: Launch) -> Program:
    """Number the instructions and lay out the variables of a launch.

    Raises EvaluationError where the program is malformed.
    """
    functions = tuple(
        module.functions[f.name] for f in reachable(module, kernel) if not f.is_declaration
    )
    first: dict[str, int] = {}
    size = 0
    for function in functions:
        first[function.name] = size
        size += len(function.instructions)
    extents = kernel.directives.get("reqnctapercluster", ())
    cluster = Dim3(*(max(1, e) for e in (*extents, 1, 1, 1)[:3]))
    return Program(
        module,
        kernel,
        launch,
        place(module, functions),
        functions,
        size,
        cluster,
        relevance_of(functions),
        first,
    )
