"""One row of the opcode table: which modifiers it takes, which operands, what it is.

A row is a line of four columns separated by `;`:

    add [sat] s32 ; =d r r ; int

(An indented line goes on with the one before it.)

1. the opcode: root, then one slot per modifier: `a|b` (one of these), `[a|b]` (or none),
   `$name` (a group of `words.GROUPS`);
2. the operand kinds in order: `=` marks a destination, `?` an operand that may be left out,
   a final `*` any number more;
3. the category, or `arith` for the class of the (last) type;
4. optional notes: accesses `load|store|atomic[.space]@OPERAND[:WIDTH][!][#SIZE_OPERAND]`
   (`!` is bulk), `tensor` for matrix work, `accumulates` where
   the destination is read, too; where later PTX versions keep adding modifiers,
   `open` reports an unknown one instead of refusing it, and `hints` does so only for `a::b`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from ptxenergy.program.opcodes.words import GROUPS, TYPE_BYTES

_ACCESS = re.compile(r"(load|store|atomic)(?:\.(\w+))?@(\d+)(?::(\d+))?(!?)(?:#(\d+))?")


class Slot(Struct, frozen=True):
    """One place for a modifier: any of `words`, which may be absent if `optional`."""

    words: frozenset[str]
    optional: bool


class OperandKind(Struct, frozen=True):
    """What one operand may be; `kind` is a key of `operands.ACCEPTS`."""

    kind: str
    is_destination: bool = False
    is_optional: bool = False


class AccessRule(Struct, frozen=True):
    """How to make an `Access`; None means "as the modifiers say"."""

    direction: str
    operand: int
    space: str | None
    width_bytes: int | None
    is_bulk: bool
    size_operand: int | None


class Form(Struct, frozen=True):
    """One row, compiled. `is_variadic` allows any further operands."""

    root: str
    slots: tuple[Slot, ...]
    operands: tuple[OperandKind, ...]
    is_variadic: bool
    category: str
    accesses: tuple[AccessRule, ...]
    is_tensor: bool
    accumulates: bool
    is_open: bool
    takes_hints: bool
    vocabulary: frozenset[str]
    pattern: str

    @property
    def destinations(self) -> int:
        """How many leading operands are written."""
        return sum(kind.is_destination for kind in self.operands)

    def accepts(self, modifiers: tuple[str, ...]) -> bool:
        """Whether each modifier has a slot of its own and no required slot is empty."""
        if len(modifiers) > len(self.slots) or not self.vocabulary.issuperset(modifiers):
            return False
        return self._fits(modifiers, 0, -1)

    def _fits(self, modifiers: tuple[str, ...], used: int, last_type: int) -> bool:
        """Place each modifier in a slot of its own (`used` has a bit for each taken slot).

        Only types keep their order: ptxas takes `ld.u32.global.volatile`, yet not `cvt` with
        its two types exchanged.
        """
        if not modifiers:
            return all(slot.optional or used >> i & 1 for i, slot in enumerate(self.slots))
        first, rest = modifiers[0], modifiers[1:]
        is_type = first in TYPE_BYTES
        for index in range(last_type + 1 if is_type else 0, len(self.slots)):
            if used >> index & 1 or first not in self.slots[index].words:
                continue
            if self._fits(rest, used | 1 << index, index if is_type else last_type):
                return True
        return False


@lru_cache(maxsize=4096)
def _slot(text: str) -> Slot:
    optional = text.startswith("[")
    words: list[str] = []
    for word in text.strip("[]").split("|"):
        words += GROUPS[word[1:]].split("|") if word.startswith("$") else [word]
    return Slot(frozenset(words), optional)


def _operand(text: str) -> OperandKind:
    return OperandKind(text.lstrip("=?"), "=" in text, "?" in text)


def _access(text: str) -> AccessRule | None:
    found = _ACCESS.fullmatch(text)
    if not found:
        return None
    direction, space, operand, width, bulk, size = found.groups()
    return AccessRule(
        direction=direction,
        operand=int(operand),
        space=space,
        width_bytes=None if width is None else int(width),
        is_bulk=bool(bulk),
        size_operand=None if size is None else int(size),
    )


def compile_row(row: str) -> Form:
    """The form that one line of the table says. Raises ValueError on a malformed line."""
    columns = [column.strip() for column in row.split(";")]
    if len(columns) not in (3, 4):
        raise ValueError(f"opcode table: {row!r}")
    syntax, operands, category = columns[:3]
    notes = columns[3].split() if len(columns) == 4 else []
    root, *slots = syntax.split()
    kinds = operands.split()
    accesses = tuple(rule for rule in map(_access, notes) if rule)
    filled = tuple(_slot(slot) for slot in slots)
    return Form(
        root=root,
        slots=filled,
        operands=tuple(_operand(kind) for kind in kinds if kind != "*"),
        is_variadic="*" in kinds,
        category=category,
        accesses=accesses,
        is_tensor="tensor" in notes,
        accumulates="accumulates" in notes,
        is_open="open" in notes,
        takes_hints="hints" in notes,
        vocabulary=frozenset().union(*(slot.words for slot in filled)),
        pattern=operands,
    )
