"""Syntax → text: a module or a function as PTX that says the same.

What is written and read again is written the same: names of inner scopes (`p@2`) become names
that PTX can spell, and every register is declared in the function's own scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from ptxenergy.ptx.spell import Speller
from ptxenergy.ptx.syntax import (
    Address,
    Function,
    Group,
    Instruction,
    Module,
    Negation,
    Operand,
    Pair,
    Register,
    SourceLine,
    Symbol,
    Vector,
)


def print_module(module: Module) -> str:
    """The whole module as PTX text."""
    lines = [f".version {module.version[0]}.{module.version[1]}"]
    if module.target:
        lines.append(".target " + ", ".join(module.target))
    lines.append(f".address_size {module.address_size}")
    lines += [f'.file {index} "{name}"' for index, name in module.source_files.items()]
    functions = list(module.functions.values())
    # An initial value may name a function, which must be declared before it.
    known = sorted((f for f in functions if not f.is_entry), key=lambda f: not f.is_declaration)
    lines += [print_function(replace(function, is_declaration=True)) for function in known]
    lines += [Speller({}).variable(variable) for variable in module.variables]
    defined = (function for function in functions if not function.is_declaration)
    lines += [print_function(function, module.source_files) for function in defined]
    if any(_INLINED in line for line in lines):
        lines.append(f".section .debug_str\n{{\n{_INLINED}:\n.b8 0\n}}")
    return "\n".join(lines) + "\n"


# What is inlined where is kept, its name is not: all are called so.
_INLINED = "$inlined"


def print_function(function: Function, source_files: Mapping[int, str] | None = None) -> str:
    """One function as PTX text; `.loc` lines are written for the files that are given."""
    found = _Found()
    for instruction in function.instructions:
        found.note(instruction)
    speller = Speller(_spellable(function, found))
    head = _head(function, found, speller)
    if function.is_declaration:
        return head + ";"
    numbers = {name: index for index, name in reversed(list((source_files or {}).items()))}
    body = [*_declarations(function, found, speller), *_body(function, speller, numbers)]
    return "\n".join([head, "{", *body, "}"])


class _Found(Struct):
    """The registers, in order of appearance, and the names of symbols in a function's body."""

    registers: dict[str, Register] = field(default_factory=dict)
    selectors: dict[str, set[str]] = field(default_factory=dict)
    symbols: set[str] = field(default_factory=set)

    def note(self, instruction: Instruction) -> None:
        """Adds what one instruction names."""
        if instruction.guard is not None:
            self._add(instruction.guard.register)
        for operand in instruction.operands:
            self._add(operand)

    def _add(self, operand: Operand) -> None:
        match operand:
            case Register():
                self.registers.setdefault(operand.name, operand)
                self.selectors.setdefault(operand.name, set()).add(operand.selector)
            case Symbol():
                self.symbols.add(operand.name)
            case Address():
                self._add(operand.base)
                for part in operand.coordinates:
                    self._add(part)
            case Vector() | Group():
                for part in operand.elements:
                    self._add(part)
            case Negation():
                self._add(operand.operand)
            case Pair():
                self._add(operand.first)
                self._add(operand.second)


def _spellable(function: Function, found: _Found) -> dict[str, str]:
    """Names with `@` → names that nothing else in the function has."""
    own = [
        *found.registers, *function.labels, *function.branch_targets, *function.call_prototypes,
        *(variable.name for variable in function.variables),
    ]  # fmt: skip
    parameters = [parameter.name for parameter in (*function.returns, *function.parameters)]
    taken = {*own, *parameters, *found.symbols, function.name}
    names: dict[str, str] = {}
    for name in own:
        if "@" not in name or name in names:
            continue
        spelled = name.replace("@", "_")
        while spelled in taken:
            spelled += "_"
        taken.add(spelled)
        names[name] = spelled
    return names


def _head(function: Function, found: _Found, speller: Speller) -> str:
    def listed(parameters: Iterator[str]) -> str:
        return "(" + ", ".join(parameters) + ")"

    def each(is_return: bool) -> Iterator[str]:
        for parameter in function.returns if is_return else function.parameters:
            space = "reg" if parameter.name in found.registers else "param"
            yield speller.parameter(parameter, space)

    words = [".visible .entry" if function.is_entry else ".func"]
    if function.returns:
        words.append(listed(each(True)))
    words.append(function.name + listed(each(False)))
    for name, values in function.directives.items():
        words.append(f".{name} " + ", ".join(str(value) for value in values))
    return " ".join(word.rstrip() for word in words)


def _declarations(function: Function, found: _Found, speller: Speller) -> Iterator[str]:
    parameters = {parameter.name for parameter in (*function.returns, *function.parameters)}
    for register in found.registers.values():
        if register.name not in parameters:
            vector = ".v4 " if found.selectors[register.name] & set("xyzwrgba") else ""
            yield f".reg {vector}.{register.type} {speller.name(register.name)};"
    for variable in function.variables:
        yield speller.variable(variable)
    for name, targets in function.branch_targets.items():
        listed = ", ".join(speller.name(target) for target in targets)
        yield f"{speller.name(name)}: .branchtargets {listed};"
    for name, prototype in function.call_prototypes.items():
        returns = ", ".join(speller.parameter(item) for item in prototype.returns)
        taken = ", ".join(speller.parameter(item) for item in prototype.parameters)
        before = f"({returns}) " if returns else ""
        yield f"{speller.name(name)}: .callprototype {before}_ ({taken});"


def _body(function: Function, speller: Speller, files: Mapping[str, int]) -> Iterator[str]:
    labels: dict[int, list[str]] = {}
    for name, index in function.labels.items():
        labels.setdefault(index, []).append(name)
    source: SourceLine | None = None
    written: set[str] = set()
    for index, instruction in enumerate(function.instructions):
        yield from (f"{speller.name(name)}:" for name in labels.get(index, ()))
        if instruction.source is not None and instruction.source != source:
            source = instruction.source
            yield from _loc(source, files, written)
        operands = speller.operands(instruction.operands)
        guarded = speller.guard(instruction.guard) + instruction.opcode
        yield f"{guarded} {operands};" if operands else f"{guarded};"
    yield from (f"{speller.name(name)}:" for name in labels.get(len(function.instructions), ()))


def _loc(source: SourceLine, files: Mapping[str, int], written: set[str]) -> Iterator[str]:
    """The `.loc` of a statement. A place that something is inlined at has one of its own before."""
    if source.file not in files:
        return
    line = f".loc {_place(source, files)}"
    caller = source.inlined_at
    if caller is not None and caller.file in files:
        before = f".loc {_place(caller, files)}"
        if before not in written:
            written.add(before)
            yield before
        line += f", function_name {_INLINED}, inlined_at {_place(caller, files)}"
    written.add(line)
    yield line


def _place(source: SourceLine, files: Mapping[str, int]) -> str:
    return f"{files[source.file]} {source.line} {source.column}"
