"""Outline → module: names, variables and functions whose bodies are read when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

from ptxenergy.ptx.build import build_function
from ptxenergy.ptx.constants import integer
from ptxenergy.ptx.declarations import Declared, declared, variable
from ptxenergy.ptx.events import Occurrence
from ptxenergy.ptx.leaves import leaves
from ptxenergy.ptx.outline import Outline, Outlined
from ptxenergy.ptx.places import Text
from ptxenergy.ptx.scopes import Scope, Taken
from ptxenergy.ptx.signature import Signature, signature
from ptxenergy.ptx.syntax import Function, Module, Symbol, Variable

P = TypeVar("P")
Fetch: TypeAlias = Callable[[P, P], Iterable[Occurrence]]


class LazyFunctions(Mapping[str, Function]):
    """The functions of a file, in its order; a body is read the first time it is asked for.

    Asking raises PtxSyntaxError where the body names what is not declared.
    """

    def __init__(
        self, signatures: Mapping[str, Signature], build: Callable[[str], Function]
    ) -> None:
        self.signatures = signatures
        self._build = build
        self._built: dict[str, Function] = {}

    def __getitem__(self, name: str) -> Function:
        if name not in self._built:
            if name not in self.signatures:
                raise KeyError(name)
            self._built[name] = self._build(name)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.signatures)

    def __len__(self) -> int:
        return len(self.signatures)

    def __contains__(self, name: object) -> bool:
        return name in self.signatures

    @property
    def kernel_names(self) -> tuple[str, ...]:
        """The names of the `.entry` functions, in file order, without reading their bodies."""
        return tuple(name for name, head in self.signatures.items() if head.is_entry)


def assemble(outline: Outline[P], fetch: Fetch[P], text: Text) -> Module:
    """The module with this outline; `fetch` gives the events from one position to another.

    Raises PtxSyntaxError where a declaration means nothing or a function has two bodies.
    """
    bodies: dict[str, Outlined[P]] = {}
    signatures: dict[str, Signature] = {}
    for item in outline.functions:
        head = signature(item.header, item.tunings, text)
        known = bodies.get(head.name)
        if known is not None and known.body is not None:
            if item.body is not None:
                raise text.error(f"'{head.name}' has a body already", head.offset)
            continue
        # A definition takes its own place in the file's order, not that of its declaration.
        if known is not None and item.body is not None:
            del bodies[head.name], signatures[head.name]
        bodies[head.name], signatures[head.name] = item, head
    facts = _Facts(outline.top, text)
    outer, variables = _names(facts, signatures, text)

    def build(name: str) -> Function:
        body = bodies[name].body
        events = () if body is None else fetch(*body)
        return build_function(signatures[name], events, outer, facts.files, text, body is None)

    return Module(
        file=text.file,
        version=facts.version,
        target=facts.target,
        address_size=facts.address_size,
        variables=variables,
        functions=LazyFunctions(signatures, build),
        source_files=facts.files,
    )


class _Facts:
    """What the lines at the top level say."""

    def __init__(self, top: Sequence[Occurrence], text: Text) -> None:
        self.version = (0, 0)
        self.target: tuple[str, ...] = ()
        self.address_size = 64
        self.files: dict[int, str] = {}
        self.aliases: list[str] = []
        self.declared: list[tuple[Declared, Occurrence]] = []
        handlers = {
            "version": self._version,
            "target": self._target,
            "address_size": self._address_size,
            "file": self._file,
            "alias": self._alias,
            "declaration": self._declaration,
        }
        for occurrence in top:
            handle = handlers.get(occurrence.event.kind)
            if handle is not None:
                try:
                    handle(occurrence, _words(occurrence))
                except ValueError as problem:
                    raise text.error(str(problem), occurrence.offset) from None

    def _version(self, occurrence: Occurrence, words: list[str]) -> None:
        major, _, minor = words[0].partition(".")
        if not (minor.isdigit() and len(major) < 5 and len(minor) < 5):
            raise ValueError("a version has the form 8.7")
        self.version = (int(major), int(minor))

    def _target(self, occurrence: Occurrence, words: list[str]) -> None:
        self.target = (*self.target, *words)

    def _address_size(self, occurrence: Occurrence, words: list[str]) -> None:
        self.address_size = integer(words[0])
        if self.address_size not in (32, 64):
            raise ValueError("an address has 32 or 64 bits")

    def _file(self, occurrence: Occurrence, words: list[str]) -> None:
        name = words[1][1:-1].encode("latin-1").decode("utf-8", "replace")
        self.files[integer(words[0])] = name

    def _alias(self, occurrence: Occurrence, words: list[str]) -> None:
        self.aliases.append(words[0])

    def _declaration(self, occurrence: Occurrence, words: list[str]) -> None:
        for item in declared(occurrence.event.node, occurrence.words):
            if item.space == "reg":
                raise ValueError("a register outside a function")
            self.declared.append((item, occurrence))


def _words(occurrence: Occurrence) -> list[str]:
    return [leaf.read(occurrence.words) for leaf in leaves(occurrence.event.node)]


def _names(
    facts: _Facts, signatures: Mapping[str, Signature], text: Text
) -> tuple[Scope, tuple[Variable, ...]]:
    """The scope of the file, in which a name may be used before it is declared."""
    outer = Scope(None, Taken())
    for name in (*signatures, *facts.aliases):
        outer.meanings[name] = Symbol(name)
    for item, _ in facts.declared:
        outer.meanings[item.name] = Symbol(item.name)
        outer.sizes[item.name] = item.element_bytes
    variables: dict[str, Variable] = {}
    for item, occurrence in facts.declared:
        try:
            made = variable(item, item.name, occurrence.words, outer)
        except ValueError as problem:
            raise text.error(str(problem), occurrence.offset) from None
        # `.extern` may announce what the same file defines.
        if item.name not in variables or not item.is_extern:
            variables[item.name] = made
    return outer, tuple(variables.values())
