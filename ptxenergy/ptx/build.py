"""Events → functions: scopes, labels, source lines (PTX ISA, sections 4.3, 7 and 11.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from sys import intern

from msgspec import Struct, field

from ptxenergy.ptx.constants import integer
from ptxenergy.ptx.declarations import Declared, declared, variable
from ptxenergy.ptx.events import InstructionShape, Occurrence
from ptxenergy.ptx.leaves import leaves, nodes
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.scopes import Scope, Taken
from ptxenergy.ptx.signature import Signature, parameter_lists
from ptxenergy.ptx.syntax import (
    CallPrototype,
    Function,
    Guard,
    Instruction,
    Location,
    Operand,
    Register,
    SourceLine,
    Symbol,
    Variable,
)


class _Body(Struct):
    """What has been gathered while a body is walked."""

    scope: Scope
    files: Mapping[int, str]
    variables: list[tuple[Declared, str, Scope, Occurrence]] = field(default_factory=list)
    instructions: list[tuple[Occurrence, Scope, SourceLine | None]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    tables: list[tuple[str, Occurrence, Scope]] = field(default_factory=list)
    prototypes: dict[str, CallPrototype] = field(default_factory=dict)
    source: SourceLine | None = None
    last_label: str = ""


def build_function(
    head: Signature,
    events: Iterable[Occurrence],
    outer: Scope,
    files: Mapping[int, str],
    text: Text,
    is_declaration: bool = False,
) -> Function:
    """The whole function. `outer` holds the names of the file, `files` those of its sources.

    Raises PtxSyntaxError where a name is not declared, or is declared twice in one scope.
    """
    try:
        body = _Body(_function_scope(head, outer), files)
    except ValueError as problem:
        raise text.error(str(problem), head.offset) from None
    for occurrence in events:
        handle = _HANDLERS.get(occurrence.event.kind)
        if handle is not None:
            try:
                handle(body, occurrence)
            except ValueError as problem:
                raise text.error(str(problem), occurrence.offset) from None
    return Function(
        name=head.name,
        is_entry=head.is_entry,
        parameters=head.parameters,
        returns=head.returns,
        directives=head.directives,
        instructions=_instructions(body, text),
        labels=body.labels,
        variables=tuple(_variables(body, text)),
        branch_targets=_tables(body, text),
        location=text.location(head.offset),
        is_declaration=is_declaration,
        call_prototypes=body.prototypes,
    )


def _function_scope(head: Signature, outer: Scope) -> Scope:
    scope = Scope(outer, Taken(outer.meanings))
    for item in (*head.returns, *head.parameters):
        if item.name in head.register_parameters:
            scope.declare_register(item.name, item.type)
        elif item.name != "_":
            scope.declare_symbol(item.name)
    return scope


# ---- one handler for each kind of event -------------------------------------------------------


def _open(body: _Body, occurrence: Occurrence) -> None:
    body.scope = Scope(body.scope, body.scope.names)


def _close(body: _Body, occurrence: Occurrence) -> None:
    if body.scope.parent is not None:
        body.scope = body.scope.parent


def _label(body: _Body, occurrence: Occurrence) -> None:
    name = next(leaves(occurrence.event.node)).read(occurrence.words)
    body.last_label = body.scope.declare_symbol(name)
    body.labels[body.last_label] = len(body.instructions)


def _loc(body: _Body, occurrence: Occurrence) -> None:
    node, words = occurrence.event.node, occurrence.words
    caller = None
    for inlined in nodes(node, "inlined"):
        caller = _source_line(body, [leaf.read(words) for leaf in leaves(inlined, "INT")][-3:])
    body.source = _source_line(body, [leaf.read(words) for leaf in leaves(node, "INT")], caller)


def _source_line(body: _Body, words: list[str], caller: SourceLine | None = None) -> SourceLine:
    file, line, column = (integer(word) for word in words)
    return SourceLine(body.files.get(file, ""), line, column, caller)


def _declaration(body: _Body, occurrence: Occurrence) -> None:
    for item in declared(occurrence.event.node, occurrence.words):
        if item.space == "reg":
            body.scope.declare_register(item.name, item.type, item.count)
            continue
        own = body.scope.declare_symbol(item.name, item.element_bytes)
        body.variables.append((item, own, body.scope, occurrence))


def _instruction(body: _Body, occurrence: Occurrence) -> None:
    body.instructions.append((occurrence, body.scope, body.source))


def _branch_targets(body: _Body, occurrence: Occurrence) -> None:
    body.labels.pop(body.last_label, None)
    body.tables.append((body.last_label, occurrence, body.scope))


def _call_prototype(body: _Body, occurrence: Occurrence) -> None:
    body.labels.pop(body.last_label, None)
    returns, parameters = parameter_lists(occurrence.event.node, occurrence.words)
    prototype = CallPrototype(
        tuple(item for item, _ in returns), tuple(item for item, _ in parameters)
    )
    body.prototypes[body.last_label] = prototype


_HANDLERS: Mapping[str, Callable[[_Body, Occurrence], None]] = {
    "open": _open,
    "close": _close,
    "label": _label,
    "loc": _loc,
    "declaration": _declaration,
    "instruction": _instruction,
    "branch_targets": _branch_targets,
    "call_prototype": _call_prototype,
}


# ---- once every name is known -----------------------------------------------------------------


def _instructions(body: _Body, text: Text) -> tuple[Instruction, ...]:
    places = text.locations([occurrence.offset for occurrence, _, _ in body.instructions])
    made = []
    for (occurrence, scope, source), place in zip(body.instructions, places, strict=True):
        shape = occurrence.event.instruction
        if shape is not None:
            try:
                made.append(_made(shape, occurrence, scope, place, source))
            except ValueError as problem:
                raise text.error(str(problem), occurrence.offset) from None
    return tuple(made)


def _made(
    shape: InstructionShape,
    occurrence: Occurrence,
    scope: Scope,
    place: Location,
    source: SourceLine | None,
) -> Instruction:
    words = occurrence.words
    opcode = intern("".join([leaf.read(words) for leaf in shape.opcode]))
    operands = tuple([make(words, scope) for make in shape.operands])
    guard = None
    if shape.guard is not None:
        guard = Guard(_guard_register(scope.resolve(shape.guard.read(words))), shape.is_negated)
    return Instruction(opcode, operands, guard, place, source)


def _guard_register(operand: Operand) -> Register:
    if isinstance(operand, Register):
        return operand
    raise ValueError("a guard must be a declared predicate register")


def _variables(body: _Body, text: Text) -> Iterator[Variable]:
    for item, own, scope, occurrence in body.variables:
        try:
            yield variable(item, own, occurrence.words, scope)
        except ValueError as problem:
            raise text.error(str(problem), occurrence.offset) from None


def _tables(body: _Body, text: Text) -> dict[str, tuple[str, ...]]:
    tables: dict[str, tuple[str, ...]] = {}
    for name, occurrence, scope in body.tables:
        words = occurrence.words
        try:
            targets = [
                scope.resolve(leaf.read(words)) for leaf in leaves(occurrence.event.node, "NAME")
            ]
        except ValueError as problem:
            raise text.error(str(problem), occurrence.offset) from None
        tables[name] = tuple(target.name for target in targets if isinstance(target, Symbol))
    return tables
