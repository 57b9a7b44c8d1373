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
from ptxenergy.ptx.signature import Signature, is_kernel, name_of, signature
from ptxenergy.ptx.syntax import Function, Module, Symbol, Variable

P = TypeVar("P")
Fetch: TypeAlias = Callable[[P, P], Iterable[Occurrence]]


class LazyFunctions(Mapping[str, Function]):
    """The functions of a file, in its order; a body is read the first time it is asked for.

    Asking raises PtxSyntaxError where the body names what is not declared.
    """

    def __init__(
        self,
        is_entry: Mapping[str, bool],
        sign: Callable[[str], Signature],
        build: Callable[[Signature], Function],
    ) -> None:
        self._is_entry = is_entry
        self._sign = sign
        self._build = build
        self._signatures: dict[str, Signature] = {}
        self._built: dict[str, Function] = {}

    def __getitem__(self, name: str) -> Function:
        if name not in self._built:
            self._built[name] = self._build(self.signature(name))
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._is_entry)

    def __len__(self) -> int:
        return len(self._is_entry)

    def __contains__(self, name: object) -> bool:
        return name in self._is_entry

    def signature(self, name: str) -> Signature:
        """What is known of a function without reading its body."""
        if name not in self._is_entry:
            raise KeyError(name)
        if name not in self._signatures:
            self._signatures[name] = self._sign(name)
        return self._signatures[name]


def assemble(outline: Outline[P], fetch: Fetch[P], text: Text) -> Module:
    """The module with this outline; `fetch` gives the events from one position to another.

    Raises PtxSyntaxError where a declaration means nothing or a function has two bodies.
    """
    found = _by_name(outline, text)
    facts = _Facts(outline.top, text)
    outer, variables = _names(facts, found, text)

    def sign(name: str) -> Signature:
        return signature(found[name].header, found[name].tunings, text)

    def build(head: Signature) -> Function:
        body = found[head.name].body
        events = () if body is None else fetch(*body)
        return build_function(head, events, outer, facts.files, text, body is None)

    is_entry = {name: is_kernel(item.header) for name, item in found.items()}
    return Module(
        file=text.file,
        version=facts.version,
        target=facts.target,
        address_size=facts.address_size,
        variables=variables,
        functions=LazyFunctions(is_entry, sign, build),
        kernel_names=tuple(name for name, starts in is_entry.items() if starts),
        source_files=facts.files,
        statements=_statements(outline, text),
    )


def _statements(outline: Outline[P], text: Text) -> dict[str, int]:
    """The semicolons from each header to the next one: no function has more statements."""
    starts = [item.header.offset for item in outline.functions]
    ends = [*starts[1:], len(text.content)][: len(starts)]
    counts: dict[str, int] = {}
    for item, start, end in zip(outline.functions, starts, ends, strict=True):
        name = name_of(item.header)
        counts[name] = max(counts.get(name, 0), text.content.count(b";", start, end))
    return counts


def _by_name(outline: Outline[P], text: Text) -> dict[str, Outlined[P]]:
    """The functions by name; a definition takes its own place, not that of its declaration."""
    found: dict[str, Outlined[P]] = {}
    for item in outline.functions:
        name = name_of(item.header)
        known = found.get(name)
        if known is not None and known.body is not None:
            if item.body is not None:
                raise text.error(f"'{name}' has a body already", item.header.offset)
            continue
        found.pop(name, None)
        found[name] = item
    return found


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


_VALUES = ("DECIMAL", "NAME", "INT", "STRING")


def _words(occurrence: Occurrence) -> list[str]:
    return [leaf.read(occurrence.words) for leaf in leaves(occurrence.event.node, *_VALUES)]


def _names(
    facts: _Facts, functions: Iterable[str], text: Text
) -> tuple[Scope, tuple[Variable, ...]]:
    """The scope of the file, in which a name may be used before it is declared."""
    outer = Scope(None, Taken())
    for name in (*functions, *facts.aliases):
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
