"""The PTX type of each operand of an arithmetic instruction.

PTX ISA section 9.7. Where an instruction may be written with fewer sources (three-source min and
max, selectors of video instructions), the types of the longest form are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ptxenergy.launch.reference.arithmetic import video
from ptxenergy.launch.reference.arithmetic.forms import Form
from ptxenergy.launch.reference.arithmetic.logic import BOOLEAN

Types = tuple[str, ...]
Signature = tuple[Types, Types]

_SOURCES: Mapping[str, int] = {
    # Instructions whose operands all have the instruction's type, by number of sources.
    **dict.fromkeys(
        ("abs", "neg", "not", "cnot", "rcp", "sqrt", "rsqrt", "sin", "cos", "lg2", "ex2", "tanh",
         "mov", "cvta", "brev"),
        1,
    ),
    **dict.fromkeys(
        ("add", "addc", "sub", "subc", "mul", "mul24", "div", "rem", "min", "max", "and", "or",
         "xor", "copysign"),
        2,
    ),
    **dict.fromkeys(("mad", "madc", "mad24", "fma", "sad"), 3),
}  # fmt: skip


def _doubled(ptx_type: str) -> str:
    return f"{ptx_type[0]}{int(ptx_type[1:]) * 2}"


def _uniform(form: Form) -> Signature:
    first, count = form.types[0], _SOURCES[form.root]
    if form.root in ("min", "max") and first == "f32":
        count = 3
    if len(form.types) > 1 and form.root in ("add", "sub", "fma"):
        return (first,), (form.types[1],) * (count - 1) + (first,)
    if form.has("wide"):
        wide = _doubled(first)
        return (wide,), (first, first, wide)[:count]
    return (first,), (first,) * count


def _combined(form: Form) -> Types:
    """The predicate operand that `.and`, `.or` or `.xor` adds."""
    return ("pred",) if any(name in BOOLEAN for name in form.modifiers) else ()


def _setp(form: Form) -> Signature:
    return ("pred", "pred"), (form.types[-1],) * 2 + _combined(form)


def _set(form: Form) -> Signature:
    return (form.types[0],), (form.types[-1],) * 2 + _combined(form)


def _lop3(form: Form) -> Signature:
    extra = _combined(form)
    return ("b32", *extra), ("b32", "b32", "b32", "u32", *extra)


def _dot_product(form: Form) -> Signature:
    result = "s32" if "s32" in form.types else "u32"
    return (result,), (*form.types, result)


def _cvt(form: Form) -> Signature:
    target, source = form.types[0], form.types[-1]
    if form.has("pack"):
        return ("u32",), ("s32", "s32", "b32")[: 3 if "b32" in form.types else 2]
    if source == "f32" and target.endswith("x2"):
        return (target,), ("f32", "f32")
    return (target,), (source,)


def _video(form: Form) -> Signature:
    result = form.types[0] if len(form.types) == 3 else "u32"
    return (result,), (*form.types[-2:], result)


_Builder = Callable[[Form], Signature]
_SIGNATURES: Mapping[str, _Builder] = {
    **dict.fromkeys(_SOURCES, _uniform),
    **dict.fromkeys(("popc", "clz", "bfind"), lambda form: (("u32",), (form.types[0],))),
    **dict.fromkeys(("shl", "shr", "szext"), lambda form: (form.types[:1], (form.types[0], "u32"))),
    "fns": lambda form: (("b32",), ("b32", "b32", "s32")),
    "bfe": lambda form: (form.types[:1], (form.types[0], "u32", "u32")),
    "bfi": lambda form: (form.types[:1], (form.types[0], form.types[0], "u32", "u32")),
    "bmsk": lambda form: (("b32",), ("u32", "u32")),
    "dp4a": _dot_product,
    "dp2a": _dot_product,
    "shf": lambda form: (("b32",), ("b32", "b32", "u32")),
    "prmt": lambda form: (("b32",), ("b32", "b32", "b32")),
    "lop3": _lop3,
    "testp": lambda form: (("pred",), form.types[:1]),
    "setp": _setp,
    "set": _set,
    "selp": lambda form: (form.types[:1], (form.types[0], form.types[0], "pred")),
    "slct": lambda form: (form.types[:1], (form.types[0], form.types[0], form.types[1])),
    "cvt": _cvt,
    **dict.fromkeys(video.BUILDERS, _video),
}


def signature(form: Form) -> Signature:
    """(destination types, source types); two empty tuples where the root is not known here."""
    build = _SIGNATURES.get(form.root)
    return build(form) if build is not None and form.types else ((), ())
