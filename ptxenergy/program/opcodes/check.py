"""Instruction → nothing, or the error that ptxas would give for its opcode or operands."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.program.opcodes.form import Form
from ptxenergy.program.opcodes.operands import count_range, first_misfit, name_of
from ptxenergy.program.opcodes.table import forms_of, matching_forms
from ptxenergy.program.opcodes.words import TYPE_BYTES
from ptxenergy.ptx.syntax import Instruction, Operand

_TYPE_LIKE = re.compile(r"(?:[a-z]{1,2}|u?e\dm)(\d+)(?:x(\d+))?")
_PACKED_BITS: Final = frozenset((8, 16, 32, 64, 128, 256))


def check_operands(instruction: Instruction) -> None:
    """Hold an instruction against the table; an opcode whose root is unknown passes.

    Raises PtxSyntaxError for a modifier or a combination of modifiers that no row has, a
    missing or surplus operand, or an operand of a kind that cannot stand in its place.
    """
    root, *rest = instruction.opcode.split(".")
    modifiers = tuple(rest)
    forms = matching_forms(root, modifiers)
    if forms:
        _check_against(instruction, forms)
        return
    problem = _modifier_problem(root, modifiers)
    if problem:
        message, expected = problem
        raise _error(instruction, message, expected)


@lru_cache(maxsize=8192)
def _modifier_problem(root: str, modifiers: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with modifiers that no form takes; None where they may be newer than us."""
    forms = forms_of(root)
    if not forms:
        return None
    vocabulary = frozenset().union(*(form.vocabulary for form in forms))
    unknown = [word for word in modifiers if word not in vocabulary]
    is_open = any(form.is_open for form in forms)
    takes_hints = any(form.takes_hints for form in forms)
    for word in unknown:
        if _is_impossible_type(word) or not (is_open or (takes_hints and "::" in word)):
            return f"`{root}` has no modifier `.{word}`", _suggest(word, vocabulary)
    if is_open or unknown:
        return None
    shown = "".join(f".{word}" for word in modifiers)
    return f"`{root}` does not take the modifiers `{shown}` together", ()


def _is_impossible_type(word: str) -> bool:
    """A word in the shape of a type that no present or plausible type has (`q32`, `f32x9`)."""
    found = _TYPE_LIKE.fullmatch(word)
    if not found or word in TYPE_BYTES:
        return False
    letters = word[: found.start(1)]
    bits = int(found[1]) * int(found[2] or 1)
    if letters in ("b", "u", "s", "f", "bf", "tf"):
        return bits not in _PACKED_BITS
    return letters == "q"


def _suggest(word: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Up to eight modifiers of the root: of the same kind (types for a type) where there are."""
    alike = [w for w in vocabulary if (w in TYPE_BYTES) == bool(_TYPE_LIKE.fullmatch(word))]
    return tuple(f".{w}" for w in sorted(alike)[:8])


def _check_against(instruction: Instruction, forms: tuple[Form, ...]) -> None:
    worst = -1
    closest = forms[0]
    for form in forms:
        misfit = first_misfit(form, instruction.operands)
        if misfit is None:
            return
        if misfit > worst:
            worst, closest = misfit, form
    raise _error(instruction, *_describe_misfit(instruction, closest, worst))


def _describe_misfit(
    instruction: Instruction, form: Form, index: int
) -> tuple[str, tuple[str, ...]]:
    given = len(instruction.operands)
    least, most = count_range(form)
    if given < least:
        message = f"`{instruction.opcode}` lacks an operand: {given} given, {least} needed"
    elif most is not None and given > most:
        message = f"`{instruction.opcode}` has too many operands: {given} given, {most} taken"
    else:
        shown = _kind_in_words(instruction.operands[index]) if index < given else "nothing"
        message = f"operand {index + 1} of `{instruction.opcode}` cannot be {shown}"
    return message, tuple(name_of(kind) for kind in form.operands)


def _kind_in_words(operand: Operand) -> str:
    """How a reader calls an operand of this class."""
    return _WORDS.get(type(operand).__name__, "this")


_WORDS: Final[dict[str, str]] = {
    "Register": "this register",
    "SpecialRegister": "a special register",
    "Immediate": "a constant",
    "Symbol": "a name",
    "Address": "an address",
    "Vector": "a vector",
    "Negation": "a negation",
    "Pair": "a pair",
    "Group": "a list in parentheses",
    "Sink": "`_`",
}


def _error(instruction: Instruction, message: str, expected: tuple[str, ...]) -> PtxSyntaxError:
    place = instruction.location
    return PtxSyntaxError(
        message, file=place.file, line=place.line, column=place.column, expected=expected
    )
