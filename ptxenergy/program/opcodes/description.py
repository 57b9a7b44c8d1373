"""opcode text → `Opcode`: pure, memoised, and never an error."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, cast

from ptxenergy.program.opcode import Category, Opcode
from ptxenergy.program.opcodes.expansion import expansion_of
from ptxenergy.program.opcodes.form import Form
from ptxenergy.program.opcodes.table import forms_of, matching_forms, vocabulary_of
from ptxenergy.program.opcodes.tensorwork import tensor_work
from ptxenergy.program.opcodes.traffic import accesses_of
from ptxenergy.program.opcodes.words import TYPE_BYTES, space_of, vector_length

_CLASS_OF_TYPE: Final[dict[str, Category]] = {
    "f32": "fp32", "f32x2": "fp32", "tf32": "fp32", "f64": "fp64",
    "f16": "fp16", "f16x2": "fp16", "bf16": "fp16", "bf16x2": "fp16",
}  # fmt: skip


_SMALL_FLOAT: Final = re.compile(r"u?e\dm\d")


@lru_cache(maxsize=65536)
def describe(opcode: str) -> Opcode:
    """All that the table knows of one opcode (`ld.global.nc.v4.f32`).

    An unknown root gives `known=False`, category `other` and one destination, so that whoever
    follows values takes the first operand as changed. A known root with words that the table
    lacks gives `known=False` and what it would be without them, accesses and matrix work
    included; where even that fits no row, the class and destinations of the nearest row.
    """
    root, *rest = opcode.split(".")
    modifiers = tuple(rest)
    types = tuple(word for word in modifiers if word in TYPE_BYTES)
    exact = matching_forms(root, modifiers)
    forms = exact or matching_forms(root, _without_unknown(root, modifiers))
    form = forms[0] if forms else _nearest(root, modifiers)
    if form is None:
        return Opcode(opcode, root, modifiers, types, "other", 1, known=False)
    return Opcode(
        text=opcode,
        root=root,
        modifiers=modifiers,
        types=types,
        category=category_of(form, modifiers, types),
        destinations=form.destinations,
        accesses=accesses_of(form, modifiers, types) if forms else (),
        tensor=tensor_work(root, modifiers, types) if form.is_tensor else None,
        expansion=expansion_of(root, modifiers),
        vector=vector_length(modifiers),
        known=bool(exact),
        accumulates=form.accumulates,
    )


def _without_unknown(root: str, modifiers: tuple[str, ...]) -> tuple[str, ...]:
    vocabulary = vocabulary_of(root)
    return tuple(word for word in modifiers if word in vocabulary)


def category_of(form: Form, modifiers: tuple[str, ...], types: tuple[str, ...]) -> Category:
    """The class under which an instruction of this form is counted."""
    if form.category == "arith":
        return _class_of(types[-1]) if types else "int"
    if form.category == "mixed":
        return _class_of(types[0]) if types else "fp32"
    if form.root in ("ld", "st") and space_of(modifiers) == "param":
        return "move"
    return cast(Category, form.category)


def _class_of(type_name: str) -> Category:
    """The class of arithmetic on this type; floats of eight bits and fewer count as fp16."""
    return _CLASS_OF_TYPE.get(type_name, "fp16" if _SMALL_FLOAT.match(type_name) else "int")


def _nearest(root: str, modifiers: tuple[str, ...]) -> Form | None:
    """The row of the root that shares most modifiers; the first of equals."""
    forms = forms_of(root)
    if not forms:
        return None
    return max(forms, key=lambda form: len(form.vocabulary.intersection(modifiers)))
