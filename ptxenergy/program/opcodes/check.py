"""Instruction → nothing, or the error that ptxas would give for its opcode or operands."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ptxenergy.errors import PtxSyntaxError
from ptxenergy.program.opcodes.form import Form
from ptxenergy.program.opcodes.operands import Pattern, name_of, pattern_of
from ptxenergy.program.opcodes.table import forms_of, matching_forms, vocabulary_of
from ptxenergy.program.opcodes.words import TYPE_BYTES
from ptxenergy.ptx.syntax import Instruction, Operand, Register

_TYPE_LIKE = re.compile(r"(?:[a-z]{1,2}|u?e\dm)(\d+)(?:x(\d+))?")
_NEW_FORMAT = re.compile(r"(?:u?e\d+m\d+|s\d+f\d+)(?:x\d+)?")
_PACKED_BITS: Final = frozenset((8, 16, 32, 64, 128, 256))


def check_operands(instruction: Instruction) -> None:
    """Hold an instruction against the table; an opcode whose root is unknown passes.

    Raises PtxSyntaxError for a modifier or a combination of modifiers that no row has, a
    missing or surplus operand, an operand of a kind that cannot stand in its place, or a guard
    that is no predicate.
    """
    guard = instruction.guard
    if guard is not None and guard.register.type != "pred":
        raise _error(instruction, f"the guard `{guard.register.name}` is no predicate", ())
    patterns = _patterns_of(instruction.opcode)
    if patterns:
        _check_against(instruction, patterns)
        return
    problem = _modifier_problem(instruction.opcode)
    if problem:
        message, expected = problem
        raise _error(instruction, message, expected)


@lru_cache(maxsize=65536)
def _patterns_of(opcode: str) -> tuple[Pattern, ...]:
    root, *rest = opcode.split(".")
    modifiers = tuple(rest)
    return tuple(pattern_of(form, modifiers) for form in matching_forms(root, modifiers))


@lru_cache(maxsize=8192)
def _modifier_problem(opcode: str) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with modifiers that no form takes; None where they may be newer than us."""
    root, *rest = opcode.split(".")
    modifiers = tuple(rest)
    forms = forms_of(root)
    if not forms:
        return None
    vocabulary = vocabulary_of(root)
    unknown = [word for word in modifiers if word not in vocabulary]
    if any(_NEW_FORMAT.fullmatch(word) for word in unknown):
        return None
    is_open = all(form.is_open for form in forms) or any(_may_grow(f, modifiers) for f in forms)
    takes_hints = any(form.takes_hints for form in forms)
    for word in unknown:
        if _is_impossible_type(word) or not (is_open or (takes_hints and "::" in word)):
            return f"`{root}` has no modifier `.{word}`", _suggest(word, vocabulary)
    if is_open or unknown:
        return None
    shown = "".join(f".{word}" for word in modifiers)
    lacking = _lacking(forms, modifiers)
    if lacking:
        return f"`{root}{shown}` lacks a modifier", lacking
    return f"`{root}` does not take the modifiers `{shown}` together", ()


def _may_grow(form: Form, modifiers: tuple[str, ...]) -> bool:
    """Whether later PTX versions may have given this form, of which there is a sign, more words."""
    if not form.is_open:
        return False
    return form.slots[0].optional or not form.slots[0].words.isdisjoint(modifiers)


def _lacking(forms: tuple[Form, ...], modifiers: tuple[str, ...]) -> tuple[str, ...]:
    """The modifiers of which one is missing, by the form that is nearest to being satisfied."""
    nearest: list[frozenset[str]] = []
    for form in forms:
        if form.vocabulary.issuperset(modifiers):
            empty = [
                s.words for s in form.slots if not s.optional and s.words.isdisjoint(modifiers)
            ]
            if empty and (not nearest or len(empty) < len(nearest)):
                nearest = empty
    return tuple(f".{word}" for word in sorted(nearest[0])[:12]) if nearest else ()


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
    """Modifiers of the root that look like this one; else up to twelve of its kind."""
    from difflib import get_close_matches  # 2 ms that only a refusal has to pay

    alike = sorted(
        known for known in vocabulary if (known in TYPE_BYTES) == bool(_TYPE_LIKE.fullmatch(word))
    )
    close = get_close_matches(word, alike, n=6, cutoff=0.6)
    return tuple(f".{known}" for known in close or alike[:12])


def _check_against(instruction: Instruction, patterns: tuple[Pattern, ...]) -> None:
    worst = -1
    closest = patterns[0]
    for pattern in patterns:
        misfit = pattern.first_misfit(instruction.operands)
        if misfit is None:
            return
        if misfit > worst:
            worst, closest = misfit, pattern
    message = _misfit_in_words(instruction, closest, worst)
    raise _error(instruction, message, tuple(name_of(kind) for kind in closest.kinds))


def _misfit_in_words(instruction: Instruction, pattern: Pattern, index: int) -> str:
    given = len(instruction.operands)
    if given < pattern.least:
        return f"`{instruction.opcode}` lacks an operand: {given} given, {pattern.least} needed"
    if pattern.most is not None and given > pattern.most:
        return f"`{instruction.opcode}` has too many operands: {given} given, {pattern.most} taken"
    shown = _kind_in_words(instruction.operands[index]) if index < given else "nothing"
    return f"operand {index + 1} of `{instruction.opcode}` cannot be {shown}"


def _kind_in_words(operand: Operand) -> str:
    """How a reader calls an operand of this class."""
    if isinstance(operand, Register):
        return "a predicate" if operand.type == "pred" else f"a register of type .{operand.type}"
    return _WORDS.get(type(operand).__name__, "this")


_WORDS: Final[dict[str, str]] = {
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
