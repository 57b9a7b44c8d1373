"""A kernel with everything it can call: one numbering of instructions and of blocks for all."""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property

from msgspec import Struct, field

from ptxenergy.launch.closed.code import Code, UnsupportedError
from ptxenergy.launch.closed.decode import decode
from ptxenergy.launch.closed.swayed import swayed_by_data
from ptxenergy.launch.reference.placement import place
from ptxenergy.launch.reference.relevance import Name, Relevance, relevance_of
from ptxenergy.launch.request import Dim3
from ptxenergy.program.flow import control_flow
from ptxenergy.program.opcode import Opcode
from ptxenergy.program.opcodes import describe
from ptxenergy.program.shared import reachable
from ptxenergy.ptx.syntax import Function, Instruction, Module


class Program(Struct, dict=True):
    """The code of a kernel and of the functions that it names; `block_of` is by instruction.

    `loaded` are the registers and places that may hold what memory held before the launch.
    """

    cluster: Dim3
    relevance: Relevance = field(default_factory=Relevance)
    loaded: Set[Name] = frozenset()
    codes: dict[str, Code] = field(default_factory=dict)
    instructions: list[Instruction] = field(default_factory=list)
    opcodes: list[Opcode] = field(default_factory=list)
    block_of: list[int] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def kernel(self) -> Code:
        """The kernel itself."""
        return next(iter(self.codes.values()))

    @cached_property
    def swayed(self) -> frozenset[int]:
        """The instructions that data may sway; with calls, which are not looked into, all."""
        if len(self.codes) > 1:
            return frozenset(range(len(self.instructions)))
        return swayed_by_data(self.kernel, self.relevance, self.loaded)


def ready(module: Module, kernel: Function) -> Program:
    """A kernel made ready. Raises UnsupportedError where it does what is not followed here."""
    functions = [f for f in reachable(module, kernel) if not f.is_declaration]
    relevance = relevance_of(functions)
    extents = kernel.directives.get("reqnctapercluster", ())
    cluster = Dim3(*(max(1, e) for e in (*extents, 1, 1, 1)[:3]))
    program = Program(
        cluster=cluster,
        relevance=relevance,
        loaded=relevance.loaded(module),
        sizes={v.name: v.size_bytes for v in module.variables if v.space == "global"},
    )
    placement = place(module, functions)
    blocks = 0
    for function in functions:
        flow = control_flow(function)
        if not flow.is_reducible:
            raise UnsupportedError("irreducible control flow")
        opcodes = tuple(describe(instruction.opcode) for instruction in function.instructions)
        code = Code(function, flow, placement, opcodes, len(program.instructions), blocks)
        program.codes[function.name] = code
        program.instructions += function.instructions
        program.opcodes += opcodes
        program.block_of += [
            blocks + b for b in map(flow.block_of.__getitem__, range(len(opcodes)))
        ]
        blocks += len(flow.blocks)
    for name, code in program.codes.items():
        decode(code, program.codes, relevance)
        own = {register for function, register in program.loaded if function == name}
        code.loaded = frozenset(slot for key, slot in code.slots.items() if key in own)
    return program
