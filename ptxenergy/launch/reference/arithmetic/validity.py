"""Which types each instruction takes, so that what PTX does not define is not computed.

PTX ISA section 9.7: the `.type` lists of the syntax of each instruction. Comparisons, conversions
and video instructions check their own types.
"""

from __future__ import annotations

from collections.abc import Mapping

from ptxenergy.launch.reference.arithmetic.forms import Form

Names = frozenset[str]


def _names(text: str) -> Names:
    return frozenset(text.split())


_INTEGERS = _names("u16 s16 u32 s32 u64 s64")
_WIDE_INTEGERS = _names("u32 s32 u64 s64")
_INTEGER_PAIRS = _names("u16x2 s16x2")
_INTEGERS_32 = _names("u32 s32")
_UNTYPED = _names("b16 b32 b64")
_HALVES = _names("f16 f16x2 bf16 bf16x2")
_FLOATS = _names("f32 f64")
_ANY_REGISTER = _INTEGERS | _UNTYPED | _FLOATS | _names("f16 bf16")
_ALL_FLOATS = _HALVES | _FLOATS | {"f32x2"}

_ALLOWED: Mapping[str, Names] = {
    **dict.fromkeys(("add", "sub"), _INTEGERS | _INTEGER_PAIRS | _ALL_FLOATS),
    "mul": _INTEGERS | _ALL_FLOATS,
    "fma": _ALL_FLOATS,
    "mad": _INTEGERS | _FLOATS,
    "div": _INTEGERS | _FLOATS,
    **dict.fromkeys(("rem", "sad"), _INTEGERS),
    **dict.fromkeys(("abs", "neg"), _names("s16 s32 s64") | _HALVES | _FLOATS),
    **dict.fromkeys(("min", "max"), _INTEGERS | _INTEGER_PAIRS | _HALVES | _FLOATS),
    **dict.fromkeys(("mul24", "mad24", "szext", "dp4a", "dp2a"), _INTEGERS_32),
    **dict.fromkeys(("addc", "subc", "madc", "bfind", "bfe"), _WIDE_INTEGERS),
    **dict.fromkeys(("popc", "clz", "brev", "bfi"), _names("b32 b64")),
    **dict.fromkeys(("fns", "bmsk", "shf", "prmt", "lop3"), _names("b32")),
    **dict.fromkeys(("rcp", "sqrt", "rsqrt", "copysign", "testp"), _FLOATS),
    **dict.fromkeys(("sin", "cos", "lg2"), _names("f32")),
    **dict.fromkeys(("ex2", "tanh"), _HALVES | {"f32"}),
    **dict.fromkeys(("and", "or", "xor", "not"), _UNTYPED | {"pred"}),
    **dict.fromkeys(("cnot", "shl"), _UNTYPED),
    "shr": _UNTYPED | _INTEGERS,
    **dict.fromkeys(("selp", "slct"), _ANY_REGISTER),
    "mov": _ANY_REGISTER | _names("pred b128 f16x2 bf16x2"),
    "cvta": _names("u32 u64"),
}


def is_defined(form: Form) -> bool:
    """Whether PTX has the instruction `form` for its first type (true where not listed here)."""
    first = form.types[0]
    allowed = _WIDE_INTEGERS if form.has("cc") else _ALLOWED.get(form.root)
    if allowed is None:
        return True
    is_too_wide = form.has("wide") and first in ("u64", "s64")
    return first in allowed and not is_too_wide
