"""The PTX that these tests read, and what is compared of what was read."""

from __future__ import annotations

from pathlib import Path

from ptxenergy.errors import PtxEnergyError
from ptxenergy.ptx.syntax import Function, Module

GOLDEN = Path(__file__).parent / "golden"
CORPUS = Path(__file__).parents[1] / "corpus" / "ptx"

golden_files = sorted(GOLDEN.glob("*.ptx"))
corpus_files = sorted(CORPUS.rglob("*.ptx"))


def in_kernel(body: str, parameters: str = "") -> str:
    """A module with one kernel `k` that declares a few registers before this body."""
    registers = ".reg .b32 %r<9>; .reg .b64 %rd<9>; .reg .f32 %f<9>; .reg .pred %p<9>;"
    header = ".version 8.0\n.target sm_80\n.address_size 64\n"
    return f"{header}.visible .entry k({parameters})\n{{\n{registers}\n{body}\nret;\n}}\n"


def everything(module: Module) -> list[object]:
    """All that a module says, each function's complaint in place of a function with an error."""
    said: list[object] = [module.version, module.target, module.address_size, module.variables]
    said += [dict(module.source_files), tuple(module.functions)]
    for name in module.functions:
        try:
            said.append(module.functions[name])
        except PtxEnergyError as problem:
            said.append(str(problem))
    return said


def meaning(function: Function) -> list[object]:
    """What a function says, but for the places where it says it."""
    statements = [(i.opcode, i.operands, i.guard, i.source) for i in function.instructions]
    return [
        function.name,
        function.is_entry,
        function.parameters,
        function.returns,
        dict(function.directives),
        statements,
        dict(function.labels),
        function.variables,
        dict(function.branch_targets),
        dict(function.call_prototypes),
        function.is_declaration,
    ]
