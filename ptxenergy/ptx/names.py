"""Kernel names: as compilers mangle them, as people write them, and how to choose one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ptxenergy.errors import KernelSelectionError

_ABI_TAG = re.compile(r"\[abi:[^\]]*\]")
_TEMPLATE_NUMBER = re.compile(r"\((?:unsigned )?(?:int|long|long long|short|char)\)(?=-?\d)")
_SHOWN_CANDIDATES = 10


def demangle(name: str) -> str:
    """The name as its author wrote it; the name itself where it is not mangled (Itanium C++ ABI).

    Numba's ABI tags are left out: they are hashes that no person typed.
    """
    if not name.startswith("_Z"):
        return name
    from ptxenergy.ptx.demangling import spelt_out

    text = spelt_out(name) or ""
    return _TEMPLATE_NUMBER.sub("", _ABI_TAG.sub("", text)) or name


def short_name(name: str) -> str:
    """The demangled name without result type, template arguments and parameters: `ns::gemm`."""
    bare = demangle(name)
    if bare == name:
        return name
    depth = 0
    kept: list[str] = []
    for character in bare:
        if character == "<":
            depth += 1
        elif character == ">":
            depth = max(0, depth - 1)
        elif depth == 0:
            if character == "(" and "".join(kept) and not "".join(kept).endswith("::"):
                break
            kept.append(character)
    return "".join(kept).rsplit(" ", 1)[-1] or bare


def select(names: Iterable[str], wanted: str) -> str:
    """The one of `names` (mangled) that `wanted` means.

    Tried in turn: the mangled name, the demangled one, the demangled one without its parameters,
    and a part of either. Raises KernelSelectionError, with the candidates, where none matches or
    more than one does at the first step that matches any.
    """
    candidates = tuple(names)
    spoken = _without_spaces(wanted)
    steps: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: _without_spaces(demangle(name)) == spoken,
        lambda name: short_name(name) == wanted,
        lambda name: bool(wanted) and (wanted in name or spoken in _without_spaces(demangle(name))),
    )
    for matches in steps:
        found = [name for name in candidates if matches(name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise KernelSelectionError(
                f"{len(found)} kernels match {wanted!r}; name one of them: {_listed(found)}"
            )
    if not candidates:
        raise KernelSelectionError("the file has no kernel (.entry)")
    raise KernelSelectionError(f"no kernel matches {wanted!r}; the file has: {_listed(candidates)}")


def _without_spaces(text: str) -> str:
    return text.replace(" ", "")


def _listed(names: Iterable[str]) -> str:
    shown = [
        name if demangle(name) == name else f"{demangle(name)} [{name}]" for name in sorted(names)
    ]
    rest = len(shown) - _SHOWN_CANDIDATES
    tail = f" and {rest} more" if rest > 0 else ""
    return "; ".join(shown[:_SHOWN_CANDIDATES]) + tail
