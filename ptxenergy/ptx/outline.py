"""Events → the outline of a file: what stands at its top level, and where each body lies.

This holds the nesting that the grammar's rules `module`, `function` and `section` describe; a
body stays unread until its function is asked for.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct, field

from ptxenergy.ptx.events import Occurrence
from ptxenergy.ptx.places import Text

P = TypeVar("P")

MOST_NESTED = 200
IN_FUNCTION = frozenset(
    {"open", "close", "label", "loc", "instruction", "declaration", "alias", "pragma"}
    | {"branch_targets", "call_prototype", "empty"}
)
IN_SECTION = frozenset({"open", "close", "label", "datum"})
_AT_TOP = frozenset(
    {"version", "target", "address_size", "file", "declaration", "alias", "pragma", "empty"}
)


class Outlined(Struct, Generic[P], frozen=True):
    """A function's header, the directives after it, and its body (None for a declaration)."""

    header: Occurrence
    tunings: tuple[Occurrence, ...]
    body: tuple[P, P] | None


class Outline(Struct, Generic[P]):
    """Is fed the events in order; `P` says where an event is, for the one who fetches bodies."""

    text: Text
    depth: int = 0
    in_section: bool = False
    top: list[Occurrence] = field(default_factory=list)
    functions: list[Outlined[P]] = field(default_factory=list)
    _header: Occurrence | None = None
    _tunings: list[Occurrence] = field(default_factory=list)
    _section: Occurrence | None = None
    _opened: list[tuple[Occurrence, P]] = field(default_factory=list)

    def skip(self, depth: int) -> None:
        """Says that events inside a body were left out, after which it is `depth` braces deep."""
        self.depth = depth

    def feed(self, occurrence: Occurrence, position: P) -> None:
        """Takes the next event. Raises PtxSyntaxError where it cannot stand."""
        if self.depth:
            self._inside(occurrence, position)
        elif self._header is not None:
            self._after_header(occurrence, position)
        elif self._section is not None:
            self._need(occurrence, "open", "'{' after .section")
            self._open(occurrence, position)
        else:
            self._top_level(occurrence)

    def finish(self) -> None:
        """Says that no event is left. Raises PtxSyntaxError where something is unfinished."""
        end = len(self.text.content.rstrip())
        if self.depth:
            line = self.text.location(self._opened[0][0].offset).line
            raise self.text.error(f"the text ends inside the braces that line {line} opens", end)
        if self._header is not None or self._section is not None:
            raise self.text.error("the text ends where a body should follow", end, ("'{'",))

    def _top_level(self, occurrence: Occurrence) -> None:
        kind = occurrence.event.kind
        if kind == "header":
            self._header, self._tunings = occurrence, []
        elif kind == "section_head":
            self._section = occurrence
        elif kind in _AT_TOP:
            if kind != "empty":
                self.top.append(occurrence)
        elif kind == "close":
            raise self.text.error("'}' without its '{'", occurrence.offset)
        else:
            raise self.text.error(f"{_named(kind)} outside a function", occurrence.offset)

    def _after_header(self, occurrence: Occurrence, position: P) -> None:
        kind = occurrence.event.kind
        if kind in ("tuning", "pragma"):
            self._tunings.append(occurrence)
        elif kind == "empty":
            self._add(None)
        else:
            self._need(occurrence, "open", "'{', ';' or a directive after the function's header")
            self._open(occurrence, position)

    def _inside(self, occurrence: Occurrence, position: P) -> None:
        kind = occurrence.event.kind
        if kind not in (IN_SECTION if self.in_section else IN_FUNCTION):
            where = "a section" if self.in_section else "a function's body"
            raise self.text.error(f"{_named(kind)} inside {where}", occurrence.offset)
        if kind == "open":
            if self.in_section:
                raise self.text.error("'{' inside a section", occurrence.offset)
            self._open(occurrence, position)
        elif kind == "close":
            self._close(position)

    def _open(self, occurrence: Occurrence, position: P) -> None:
        if self.depth >= MOST_NESTED:
            raise self.text.error(f"scopes nested deeper than {MOST_NESTED}", occurrence.offset)
        if not self.depth:
            self.in_section = self._section is not None
            self._opened = [(occurrence, position)]
        self.depth += 1

    def _close(self, position: P) -> None:
        self.depth -= 1
        if self.depth:
            return
        if not self.in_section:
            self._add((self._opened[0][1], position))
        self._section = None

    def _add(self, body: tuple[P, P] | None) -> None:
        if self._header is not None:
            self.functions.append(Outlined(self._header, tuple(self._tunings), body))
        self._header, self._tunings = None, []

    def _need(self, occurrence: Occurrence, kind: str, what: str) -> None:
        if occurrence.event.kind != kind:
            found = _named(occurrence.event.kind)
            raise self.text.error(f"unexpected {found}", occurrence.offset, (what,))


def _named(kind: str) -> str:
    shown = {"open": "'{'", "close": "'}'", "datum": "debug data", "loc": ".loc"}
    return shown.get(kind, f"{'an' if kind[0] in 'aeiou' else 'a'} {kind.replace('_', ' ')}")
