"""opcode text → `Opcode`: pure, memoised, and never an error."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, cast

from ptxenergy.program.opcode import Category, Opcode
from ptxenergy.program.opcodes.expansion import expansion_of
from ptxenergy.program.opcodes.form import Form
from ptxenergy.program.opcodes.table import forms_of, matching_forms
from ptxenergy.program.opcodes.tensorwork import tensor_work
from ptxenergy.program.opcodes.traffic import accesses_of
from ptxenergy.program.opcodes.words import TYPE_BYTES, space_of, vector_length

_CLASS_OF_TYPE: Final[dict[str, Category]] = {
    "f32": "fp32", "f32x2": "fp32", "tf32": "fp32", "f64": "fp64",
    "f16": "fp16", "f16x2": "fp16", "bf16": "fp16", "bf16x2": "fp16",
}  # fmt: skip


@lru_cache(maxsize=65536)
def describe(opcode: str) -> Opcode:
    """All that the table knows of one opcode (`ld.global.nc.v4.f32`).

    An unknown root gives `known=False`, category `other` and one destination, so that whoever
    follows values takes the first operand as changed. A known root with modifiers that no row
    has gives `known=False` with the class and destinations of the root's nearest row (a load or
    store with a hint of a later PTX version keeps its access, too).
    """
    root, *rest = opcode.split(".")
    modifiers = tuple(rest)
    types = tuple(word for word in modifiers if word in TYPE_BYTES)
    forms = matching_forms(root, modifiers)
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
        accesses=accesses_of(form, modifiers, types) if forms or form.takes_hints else (),
        tensor=tensor_work(root, modifiers, types) if form.is_tensor else None,
        expansion=expansion_of(root, modifiers),
        vector=vector_length(modifiers),
        known=bool(forms),
    )


def category_of(form: Form, modifiers: tuple[str, ...], types: tuple[str, ...]) -> Category:
    """The class under which an instruction of this form is counted."""
    if form.category == "arith":
        return _CLASS_OF_TYPE.get(types[-1], "int") if types else "int"
    if form.category == "mixed":
        return _CLASS_OF_TYPE.get(types[0], "fp32") if types else "fp32"
    if form.root in ("ld", "st") and space_of(modifiers) == "param":
        return "move"
    return cast(Category, form.category)


def _nearest(root: str, modifiers: tuple[str, ...]) -> Form | None:
    """The row of the root that shares most modifiers; the first of equals."""
    forms = forms_of(root)
    if not forms:
        return None
    return max(forms, key=lambda form: len(form.vocabulary.intersection(modifiers)))
