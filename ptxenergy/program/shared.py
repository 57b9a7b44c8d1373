"""The functions that a kernel reaches, and how much shared memory they declare."""

from __future__ import annotations

from collections.abc import Iterator

from ptxenergy.ptx.syntax import Address, Function, Group, Module, Operand, Symbol, Variable, Vector


def static_shared_bytes(module: Module, kernel: Function) -> int:
    """Bytes of the shared variables that a kernel and what it calls declare or name.

    Module-level shared variables count only where the code names them, as the assembler does.
    Variables are laid out in order, each at its own alignment.
    """
    at_module_level = {v.name: v for v in module.variables if v.space == "shared"}
    found: dict[str, Variable] = {}
    for function in reachable(module, kernel):
        own = {v.name: v for v in function.variables if v.space == "shared"}
        found |= {f"{function.name}:{name}": variable for name, variable in own.items()}
        named = {name for i in function.instructions for name in _symbols(i.operands)}
        found |= {name: at_module_level[name] for name in named & at_module_level.keys()}
    end = 0
    for variable in found.values():
        end = -(-end // variable.align_bytes) * variable.align_bytes + variable.size_bytes
    return end


def reachable(module: Module, kernel: Function) -> tuple[Function, ...]:
    """A kernel and the functions with a body that it names, directly or through others."""
    functions = {kernel.name: kernel}
    pending = [kernel]
    while pending:
        for instruction in pending.pop().instructions:
            for name in _symbols(instruction.operands):
                callee = module.functions.get(name)
                if callee is not None and not callee.is_declaration and name not in functions:
                    functions[name] = callee
                    pending.append(callee)
    return tuple(functions.values())


def _symbols(operands: tuple[Operand, ...]) -> Iterator[str]:
    for operand in operands:
        if isinstance(operand, Symbol):
            yield operand.name
        elif isinstance(operand, Address):
            yield from _symbols((operand.base,))
        elif isinstance(operand, Vector | Group):
            yield from _symbols(operand.elements)
